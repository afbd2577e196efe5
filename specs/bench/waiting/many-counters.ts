/** The ordinary scan: many counters, each with a point every 10 ms, published by one process and read as rows by another, beside Python. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { python, us, type WaitingBench } from '../bench.js';
import { Child } from './child.js';
import type { Bar, Comparison, Figures } from './figures.js';
import { latencySummary, type LatencySummary } from './latency-summary.js';
import { startPython } from './python-process.js';
import { cpuSeconds, quiet } from './server.js';

const pointsPerSecond = 100;
/** Until everything is compiled, which a scan of minutes does not notice. */
const warmUpSeconds = 2;
/** For how many counters there are bars. */
const comparedAt = 200;

const Published = t.type({ points: t.number, seconds: t.number, cpuSeconds: t.number });
const Followed = t.type({ p50: t.number, p99: t.number, cpuSeconds: t.number });
const FollowedByPython = t.type({ samples: t.array(t.tuple([t.number, t.number])), points: t.number, seconds: t.number, cpuSeconds: t.number });

/** In percent of one core. */
const percent = (cpu: number, seconds: number): number => (100 * cpu) / seconds;

/** The server's CPU while something happens, in percent. */
async function serverCpu<A>(redis: Redis, work: () => Promise<A>): Promise<readonly [A, number]> {
  const start = performance.now();
  const before = await cpuSeconds(redis);
  const result = await work();
  return [result, percent((await cpuSeconds(redis)) - before, (performance.now() - start) / 1000)];
}

const figures = (published: t.TypeOf<typeof Published>, server: number, followed: LatencySummary & { readonly cpu: number }): Figures => ({
  'publisher CPU %': percent(published.cpuSeconds, published.seconds),
  'server CPU %': server,
  'reader CPU %': followed.cpu,
  'p50 ms': followed.p50,
  'p99 ms': followed.p99,
});

export function manyCounters({ url, redis, sizes: { seconds } }: WaitingBench, counters: number): Comparison {
  const ours = async (): Promise<Figures> => {
    await using publisher = Child.start('publish-counters', url, counters);
    await using follower = Child.start('follow-rows', url, await publisher.ask('scan', t.string));
    await publisher.ask('prime', t.unknown);
    await follower.ask('begun', t.unknown);
    const warmUp = await publisher.ask('publish', Published, `${pointsPerSecond} ${warmUpSeconds}`);
    await follower.ask('read', t.unknown, warmUp.points);
    await quiet(redis);
    await follower.ask('start', t.unknown);
    const [{ published, followed }, server] = await serverCpu(redis, async () => {
      const sent = await publisher.ask('publish', Published, `${pointsPerSecond} ${seconds}`);
      return { published: sent, followed: await follower.ask('finish', Followed, sent.points) };
    });
    await publisher.ask('close', t.unknown);
    return figures(published, server, { ...followed, cpu: percent(followed.cpuSeconds, published.seconds) });
  };
  const theirs = async (): Promise<Figures> => {
    using publisher = await startPython('counters', 'publish', url, counters, pointsPerSecond, seconds);
    using follower = await startPython('counters', 'follow', url, await publisher.next(t.string));
    await follower.next(t.literal('following'));
    publisher.go();
    const [{ published, followed }, server] = await serverCpu(redis, async () => ({ published: await publisher.next(Published), followed: await follower.next(FollowedByPython) }));
    const { samples, points } = followed;
    if (points !== published.points * counters) throw new Error(`Python read ${points} points instead of ${published.points * counters}`);
    const latency = latencySummary(samples.map(([sentAt, ms]) => ({ sentAt, ms })));
    return figures(published, server, { ...latency, cpu: percent(followed.cpuSeconds, followed.seconds) });
  };
  const most = Object.entries({ 'publisher CPU %': 20, 'server CPU %': 12, 'reader CPU %': 25, 'p99 ms': 15 });
  const bars = counters === comparedAt ? most.map(([figure, atMost]): Bar => ({ figure, atMost })) : [];
  return {
    title: `Many counters: ${counters}, ${pointsPerSecond} points/s each, read as rows`,
    candidates: [
      { name: us, run: ours, bars },
      { name: `${python}, CursorGroup`, run: theirs },
    ],
  };
}
