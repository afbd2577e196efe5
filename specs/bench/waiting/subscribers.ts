/** What a hundred subscribers at the live end of one stream cost the server, beside one. */
import { us } from '../bench.js';
import type { Candidate, Comparison, Figures } from './figures.js';
import { liveRun } from './live-run.js';
import { scalars } from './many-streams.js';
import type { WaitingBench } from './waiting-bench.js';

/** Slow enough that every point finds all subscribers waiting. */
const pointsPerSecond = 100;
/** Whether two points are read together is chance, and more often so when there is more to do: the numbers are the same but for that. */
const chance = 1.1;

export function subscribers({ url, redis, sizes: { seconds } }: WaitingBench): Comparison {
  const follow = (count: number) => async (): Promise<Figures> => {
    const run = { url, redis, declare: scalars(1), reader: 'follow-scan', readerArgs: [count], subscribers: count, pointsPerSecond, seconds };
    const { points, commands, p50, p99, serverCpu, readerCpu } = await liveRun(run);
    return { 'commands/point': commands / points, 'p50 ms': p50, 'p99 ms': p99, 'server CPU %': serverCpu, 'reader CPU %': readerCpu };
  };
  const one: Candidate = { name: `${us}, 1 subscriber`, run: follow(1) };
  return {
    title: `Waiting: subscribers of points$ of one stream, ${pointsPerSecond} points/s`,
    candidates: [{ name: `${us}, 100 subscribers`, run: follow(100), bars: [{ figure: 'commands/point', atMost: chance, timesThatOf: one.name }] }, one],
  };
}
