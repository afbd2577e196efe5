/** What a stream that pours images does to the latency of quiet ones that the same process follows. */
import * as t from 'io-ts';
import { numeric, type ScanWriter } from '../../../lib/index.js';
import { us } from '../bench.js';
import { imageBytes, imageShape } from '../points.js';
import { Child } from './child.js';
import type { Candidate, Comparison, Figures } from './figures.js';
import { declareScan, liveRun } from './live-run.js';
import { scalars } from './many-streams.js';
import type { WaitingBench } from './waiting-bench.js';

const megabytesPerSecond = 100;
const quietStreams = 50;
const quietPointsPerSecond = 10 * quietStreams;

const Poured = t.type({ images: t.number, perSecond: t.number });
type Poured = t.TypeOf<typeof Poured>;

const image = (scan: ScanWriter): void => void scan.createStream('image', numeric('uint16', imageShape));
const megabytes = (images: number): number => (images * imageBytes) / 1e6;

export function fairness({ url, redis, sizes: { seconds } }: WaitingBench): Comparison {
  const follow = (loud: 'none' | 'read' | 'not read') => async (): Promise<Figures> => {
    let poured: Poured = { images: 0, perSecond: 0 };
    await using publisher = Child.start('publish-images', url);
    const pour = async (scanKey: string): Promise<() => Promise<void>> => {
      // The images that nobody reads belong to another scan.
      const key = loud === 'read' ? scanKey : await declareScan(url, image);
      await publisher.ask('start', t.unknown, `${key} ${(megabytesPerSecond * 1e6) / imageBytes}`);
      return async () => {
        poured = await publisher.ask('stop', Poured);
      };
    };
    const run = await liveRun({
      url,
      redis,
      declare: (scan) => {
        scalars(quietStreams)(scan);
        if (loud === 'read') image(scan);
      },
      reader: 'follow-scan',
      pointsPerSecond: quietPointsPerSecond,
      seconds,
      ...(loud === 'none' ? {} : { beside: pour }),
    });
    const { images = 0, expired = 0 } = run;
    const read = { 'loud: MB behind': megabytes(poured.images - images - expired), 'loud: points expired': expired };
    return {
      'p50 ms': run.p50,
      'p99 ms': run.p99,
      'server CPU %': run.serverCpu,
      'reader CPU %': run.readerCpu,
      ...(loud === 'none' ? {} : { 'loud: MB/s': megabytes(poured.perSecond) }),
      ...(loud === 'read' ? read : {}),
    };
  };
  const alone: Candidate = { name: `${us}, without the loud one`, run: follow('none') };
  return {
    title: `Waiting: fairness to ${quietStreams} quiet streams beside one of ${megabytesPerSecond} MB/s`,
    candidates: [
      { name: us, run: follow('read'), bars: [{ figure: 'p99 ms', atMost: 5, timesThatOf: alone.name }, { figure: 'loud: points expired', atMost: 0 }] },
      alone,
      { name: `${us}, the loud one not read`, run: follow('not read') },
    ],
  };
}
