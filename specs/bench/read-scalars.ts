/** Reading float64 points back that were written one by one: as coalesced entries, and as entries of one point each. */
import { switchMap, tap, type Observable } from 'rxjs';
import type { Stream } from '../../lib/index.js';
import { python, secondsToRead, us, type Bench } from './bench.js';
import type { Contestant, Measurement, Rates } from './measurement.js';
import { sumOfScalars } from './points.js';
import { readWithIoredis } from './read-with-ioredis.js';
import { writeScalars } from './write-scalars.js';

class Sum {
  private count = 0;
  private sum = 0;

  add(value: number): void {
    this.count++;
    this.sum += value;
  }

  addAll(values: Float64Array): void {
    let sum = 0;
    for (const value of values) sum += value;
    this.count += values.length;
    this.sum += sum;
  }

  expect(points: number): void {
    if (this.count !== points || this.sum !== sumOfScalars(points)) throw new Error('the scalars that were read are not those written');
  }
}

/** One of the ways to read a stream to its end. */
type Reader = (stream: Stream<'float64'>, sum: Sum) => Observable<unknown>;

const chunks: Reader = (stream, sum) => stream.chunks$.pipe(tap(({ data }) => sum.addAll(data.data)));
const points: Reader = (stream, sum) => stream.points$.pipe(tap(({ value }) => sum.add(value)));

async function ours(url: string, size: number, coalesce: boolean, reader: Reader): Promise<Rates> {
  const { scan } = await writeScalars(url, size, coalesce);
  const sum = new Sum();
  const seconds = await secondsToRead(url, scan, (loaded) => loaded.stream('scalars', 'float64').pipe(switchMap((stream) => reader(stream, sum))));
  sum.expect(size);
  return { read: size / seconds };
}

async function ioredis(url: string, size: number): Promise<Rates> {
  const { streams } = await writeScalars(url, size, false);
  const sum = new Sum();
  const seconds = await readWithIoredis(url, streams.key, 1000, (payload) => sum.add(payload.readDoubleLE()));
  sum.expect(size);
  return { read: size / seconds };
}

export function readingScalars({ url, peer, sizes }: Bench): Measurement {
  const pythonReads = async (scan: string, size: number): Promise<Rates> => ({ read: size / (await peer.ask('read_scalars', { url, scan, points: size })).seconds });
  const comparedWith = python;
  const coalesced: readonly Contestant[] = [
    { name: `${us}, chunks$`, run: () => ours(url, sizes.points, true, chunks), comparedWith },
    { name: `${us}, points$`, run: () => ours(url, sizes.points, true, points), comparedWith },
    { name: `${python}, of the same stream`, run: async () => pythonReads((await writeScalars(url, sizes.points, true)).scan, sizes.points), comparedWith },
  ];
  const singly: readonly Contestant[] = [
    { name: `${us}, chunks$, 1-point entries`, run: () => ours(url, sizes.points, false, chunks), comparedWith, atLeast: 2 },
    { name: `${us}, points$, 1-point entries`, run: () => ours(url, sizes.points, false, points), comparedWith, atLeast: 2 },
    { name: 'ioredis XREAD, 1-point entries', run: () => ioredis(url, sizes.peerPoints), comparedWith },
    { name: python, run: async () => pythonReads((await peer.ask('write_scalars', { url, points: sizes.peerPoints })).scan, sizes.peerPoints) },
  ];
  return { title: 'Reading float64 points that were written one by one', unit: 'points/s', contestants: [...coalesced, ...singly] };
}
