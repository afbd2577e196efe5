/** What a page that does nothing for a while does to its gateway's memory, and what it gets afterwards. */
import { setTimeout } from 'node:timers/promises';
import * as t from 'io-ts';
import { numeric } from '../../../lib/index.js';
import { us, type WaitingBench } from '../bench.js';
import { imageBytes, imageShape } from '../points.js';
import { Child } from '../waiting/child.js';
import type { Bar, Comparison, Figures } from '../waiting/figures.js';
import { declareScan } from '../waiting/live-run.js';
import { ChromiumPage } from './chromium-page.js';
import { Serving } from './serving.js';

/** What is published meanwhile is more than 200 MB. */
const megabytesPerSecond = 10;
/** The last images are there before the page goes on. */
const quietSeconds = 0.5;

const Poured = t.type({ images: t.number, perSecond: t.number });
const Got = t.type({ chunks: t.number, points: t.number });

export function stalledTab({ url, sizes: { stallSeconds } }: WaitingBench): Comparison {
  const stalled = (policy: 'all' | 'newest') => async (): Promise<Figures> => {
    const scanKey = await declareScan(url, (scan) => void scan.createStream('image', numeric('uint16', imageShape)));
    await using publisher = Child.start('publish-images', url);
    await using page = await ChromiumPage.open();
    await using serving = await Serving.start(url, page.origin);
    await publisher.ask('start', t.unknown, `${scanKey} ${(megabytesPerSecond * 1e6) / imageBytes}`);
    await page.call('followImages', t.unknown, serving.url, scanKey, 'image', policy);
    // At full pace for a while, so that all that is allocated once is.
    await page.call('images', Got, (2 * megabytesPerSecond * 1e6) / imageBytes);
    const before = await reads(serving);
    await serving.watch();
    const stalling = page.call('stall', t.unknown, stallSeconds);
    await setTimeout(1000 * (stallSeconds - quietSeconds));
    const { images, perSecond } = await publisher.ask('stop', Poured);
    const cost = await serving.cost();
    await stalling;
    const got = await page.call('images', Got, images);
    return {
      'gateway holds more MB': cost.held,
      'gateway RSS growth MB': cost.rss,
      'published meanwhile MB': (perSecond * (stallSeconds - quietSeconds) * imageBytes) / 1e6,
      'chunks afterwards': got.chunks,
      'images afterwards': got.points,
      'data requests': (await reads(serving)) - before,
    };
  };
  const bars: readonly Bar[] = [{ figure: 'gateway holds more MB', atMost: 5 }];
  return {
    title: `Gateway: a page that follows images of ${megabytesPerSecond} MB/s and stalls for ${stallSeconds} s`,
    candidates: [
      { name: `${us}, all`, run: stalled('all'), bars },
      { name: `${us}, newest`, run: stalled('newest'), bars },
    ],
    notes: ['with `all` every image came once and in order, otherwise the run would have failed'],
  };
}

const reads = async (serving: Serving): Promise<number> => (await serving.answered('read')) + (await serving.answered('range'));
