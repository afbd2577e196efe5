/** Catching up with images in Chromium through a gateway, beside a bare WebSocket that brings as many bytes to the same page. */
import * as t from 'io-ts';
import { numeric } from '../../../lib/index.js';
import { published, us, type WaitingBench } from '../bench.js';
import { frameAt, frameShape, imageAt, imageShape } from '../points.js';
import { Child } from '../waiting/child.js';
import type { Bar, Comparison, Figures } from '../waiting/figures.js';
import { ChromiumPage } from './chromium-page.js';
import { percent, processes, Serving } from './serving.js';

const Read = t.type({ points: t.number, bytes: t.number, seconds: t.number });
const Received = t.type({ bytes: t.number, seconds: t.number });

interface Images {
  readonly size: string;
  readonly count: number;
  readonly shape: readonly [number, number];
  readonly at: (index: number) => Uint16Array;
  readonly bars: readonly Bar[];
}

export const catchUpsInChromium = (bench: WaitingBench): readonly Comparison[] => [
  catchUpInChromium(bench, { size: '200 KB', count: bench.sizes.images, shape: imageShape, at: imageAt, bars: [{ figure: 'MB/s', atLeast: 250 }] }),
  catchUpInChromium(bench, { size: '8 MB', count: bench.sizes.frames, shape: frameShape, at: frameAt, bars: [] }),
];

function catchUpInChromium({ url }: WaitingBench, { size, count, shape, at, bars }: Images): Comparison {
  const bytes = count * at(0).byteLength;
  const bare = 'a bare WebSocket';
  const publish = async (): Promise<string> => {
    const { scan } = await published(
      url,
      (writer) => writer.createStream('image', numeric('uint16', shape)),
      async (stream) => {
        for (let i = 0; i < count; i++) if (!stream.send(at(i))) await stream.ready();
        await stream.flush();
      },
    );
    return scan;
  };
  const ours = (lend: boolean) => async (): Promise<Figures> => {
    const scanKey = await publish();
    await using page = await ChromiumPage.open();
    await using serving = await Serving.start(url, page.origin);
    await serving.watch();
    const read = await page.call('catchUp', Read, serving.url, scanKey, 'image', lend);
    const { cpuSeconds, seconds, rss } = await serving.cost();
    if (read.points !== count || read.bytes !== bytes) throw new Error(`${read.points} images of ${read.bytes} bytes were read instead of ${count} of ${bytes}`);
    return { 'MB/s': bytes / 1e6 / read.seconds, 'gateway CPU %': percent(cpuSeconds, seconds), 'gateway RSS growth MB': rss };
  };
  const bareSocket = async (): Promise<Figures> => {
    await using page = await ChromiumPage.open();
    await using server = Child.startIn(processes, 'send-images');
    const received = await page.call('receive', Received, await server.ask('send', t.string, bytes));
    if (received.bytes !== bytes) throw new Error(`${received.bytes} bytes came instead of ${bytes}`);
    return { 'MB/s': bytes / 1e6 / received.seconds };
  };
  const ratio: Bar = { figure: 'MB/s', timesThatOf: bare };
  return {
    title: `Gateway: catching up with ${count} images of ${size} in Chromium`,
    candidates: [
      { name: us, run: ours(false), bars: [...bars, ratio] },
      { name: `${us}, lent`, run: ours(true), bars: [...bars, ratio] },
      { name: bare, run: bareSocket },
    ],
  };
}
