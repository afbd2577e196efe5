/** How late a point comes from a publisher to a reader that waits for it, beside the same pair in Python. */
import * as t from 'io-ts';
import { python, us, type WaitingBench } from '../bench.js';
import { Child } from './child.js';
import type { Comparison, Figures } from './figures.js';
import { latencySummary } from './latency-summary.js';
import { startPython } from './python-process.js';
import { quiet } from './server.js';

/** One every 5 ms. */
const pointsPerSecond = 200;

const Quantiles = t.type({ p50: t.number, p99: t.number });
const Samples = t.array(t.tuple([t.number, t.number]));

const figures = ({ p50, p99 }: t.TypeOf<typeof Quantiles>): Figures => ({ 'p50 ms': p50, 'p99 ms': p99 });

export function liveLatency({ url, redis, sizes: { seconds } }: WaitingBench): Comparison {
  const ours = async (): Promise<Figures> => {
    await using publisher = Child.start('publish-live', url);
    await using follower = Child.start('follow-scan', url, await publisher.ask('scan', t.string));
    await follower.ask('start', t.unknown);
    await quiet(redis);
    const points = await publisher.ask('publish', t.number, `${pointsPerSecond} ${seconds}`);
    return figures(await follower.ask('finish', Quantiles, points));
  };
  const theirs = async (): Promise<Figures> => {
    using publisher = await startPython('live', 'publish', url, pointsPerSecond, seconds);
    using follower = await startPython('live', 'follow', url, await publisher.next(t.string));
    await follower.next(t.literal('following'));
    await quiet(redis);
    publisher.go();
    const points = await publisher.next(t.number);
    const samples = await follower.next(Samples);
    if (samples.length !== points) throw new Error(`Python read ${samples.length} points instead of ${points}`);
    return figures(latencySummary(samples.map(([sentAt, ms]) => ({ sentAt, ms }))));
  };
  return {
    title: 'Waiting: live latency from one process to another, a scalar every 5 ms',
    candidates: [
      { name: us, run: ours, bars: ['p50 ms', 'p99 ms'].map((figure) => ({ figure, atMost: 1, timesThatOf: python })) },
      { name: python, run: theirs },
    ],
  };
}
