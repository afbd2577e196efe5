/** How late a point comes from a publisher to a page that follows it through a gateway, beside Node doing the same and Node without a gateway. */
import * as t from 'io-ts';
import { us, type WaitingBench } from '../bench.js';
import { Child } from '../waiting/child.js';
import type { Comparison, Figures } from '../waiting/figures.js';
import { quiet } from '../waiting/server.js';
import { ChromiumPage } from './chromium-page.js';
import { percent, Serving } from './serving.js';

/** One every 5 ms. */
const pointsPerSecond = 200;

const Quantiles = t.type({ p50: t.number, p99: t.number });

const figures = ({ p50, p99 }: t.TypeOf<typeof Quantiles>): Figures => ({ 'p50 ms': p50, 'p99 ms': p99 });

export function toChromium({ url, redis, sizes: { seconds } }: WaitingBench): Comparison {
  const published = async (publisher: Child): Promise<number> => {
    await quiet(redis);
    return publisher.ask('publish', t.number, `${pointsPerSecond} ${seconds}`);
  };
  const chromium = async (): Promise<Figures> => {
    await using publisher = Child.start('publish-live', url);
    const scanKey = await publisher.ask('scan', t.string);
    await using page = await ChromiumPage.open();
    await using serving = await Serving.start(url, page.origin);
    const begun = page.call('followTimes', t.unknown, serving.url, scanKey, 'live');
    await serving.watch();
    const points = await published(publisher);
    await begun;
    const quantiles = await page.call('times', Quantiles, points + 1);
    const { cpuSeconds, seconds: took } = await serving.cost();
    return { ...figures(quantiles), 'gateway CPU %': percent(cpuSeconds, took) };
  };
  const node = (through: boolean) => async (): Promise<Figures> => {
    await using publisher = Child.start('publish-live', url);
    const scanKey = await publisher.ask('scan', t.string);
    await using serving = await Serving.start(url);
    await using follower = Child.start('follow-scan', through ? serving.url : url, scanKey);
    await follower.ask('start', t.unknown);
    const points = await published(publisher);
    return figures(await follower.ask('finish', Quantiles, points));
  };
  const bars = [
    { figure: 'p50 ms', atMost: 3 },
    { figure: 'p99 ms', atMost: 10 },
  ];
  return {
    title: 'Gateway: latency of a scalar every 5 ms, from Node to Chromium',
    candidates: [
      { name: `${us}, Chromium`, run: chromium, bars },
      { name: `${us}, Node through the gateway`, run: node(true) },
      { name: `${us}, Node without it`, run: node(false) },
    ],
  };
}
