/** What it costs to wait for many streams at once, beside one XREAD BLOCK over all of them and beside a connection for each. */
import { numeric, type ScanWriter } from '../../../lib/index.js';
import { us } from '../bench.js';
import type { Bar, Candidate, Comparison, Figures } from './figures.js';
import { liveRun } from './live-run.js';
import type { WaitingBench } from './waiting-bench.js';

const pointsPerSecond = 2000;
/** More connections than that are no alternative. */
const mostConnections = 1000;
/** At how many streams the figures are compared; at fewer and more they show how the cost grows. */
const comparedAt = 1000;

export const scalars =
  (count: number) =>
  (scan: ScanWriter): void => {
    for (let i = 0; i < count; i++) scan.createStream(`scalar-${i}`, numeric('float64'));
  };

export function manyStreams({ url, redis, sizes: { seconds } }: WaitingBench, streams: number): Comparison {
  const follow = (reader: string, ...readerArgs: readonly string[]) => async (): Promise<Figures> => {
    const { p50, p99, serverCpu, readerCpu, sockets, heapBytes } = await liveRun({ url, redis, declare: scalars(streams), reader, readerArgs, pointsPerSecond, seconds });
    return { 'p50 ms': p50, 'p99 ms': p99, 'server CPU %': serverCpu, 'reader CPU %': readerCpu, 'reader heap MB': heapBytes / 1e6, sockets };
  };
  const oneXread = 'one XREAD BLOCK';
  const eachItsOwn = `${streams} connections`;
  const peers: readonly Candidate[] = [
    { name: oneXread, run: follow('follow-with-xread', 'one') },
    ...(streams > mostConnections ? [] : [{ name: eachItsOwn, run: follow('follow-with-xread', 'each') }]),
  ];
  const latencies = ['p50 ms', 'p99 ms'].flatMap((figure) => peers.map(({ name }): Bar => ({ figure, atMost: 1, timesThatOf: name })));
  const serverCpu: Bar = { figure: 'server CPU %', atMost: 0.5, timesThatOf: oneXread };
  return {
    title: `Waiting: ${streams} streams, ${pointsPerSecond} points/s`,
    candidates: [
      {
        name: us,
        run: follow('follow-scan'),
        bars: [...(streams === comparedAt ? [...latencies, serverCpu] : []), { figure: 'sockets', atMost: 4 }],
      },
      ...peers,
    ],
  };
}
