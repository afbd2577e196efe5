/** Points and slices out of the midst of a long stream, an entry for each point, beside Python's `stream[i]` and `stream[a:b]`. */
import { firstValueFrom } from 'rxjs';
import { DataStore, type Stream } from '../../lib/index.js';
import { python, secondsOf, us, type Bench } from './bench.js';
import type { Measurement, Rates } from './measurement.js';
import { scalarAt } from './points.js';
import { writeScalars } from './write-scalars.js';

const slicePoints = 100;
/** How often it is done before it counts, for what is done a few thousand times only is not compiled yet; and how often it counts. */
const warmUps = 10;
const rounds = 5;

/** Where to look: scattered over the whole stream, and the same in every run and for Python. */
const scattered = (count: number, below: number): readonly number[] => Array.from({ length: count }, (_, i) => Math.floor(((i * 0.618_033_988_749_895) % 1) * below));

const expect = (right: boolean): void => {
  if (!right) throw new Error('random access: what was read is not what was written');
};

const point = async (stream: Stream<'float64'>, index: number): Promise<void> => expect((await firstValueFrom(stream.at(index))) === scalarAt(index));

async function slice(stream: Stream<'float64'>, start: number): Promise<void> {
  const { data } = await firstValueFrom(stream.slice({ start, stop: start + slicePoints }));
  expect(data.length === slicePoints && data[0] === scalarAt(start) && data.at(-1) === scalarAt(start + slicePoints - 1));
}

const each = async (indices: readonly number[], read: (index: number) => Promise<void>): Promise<void> => {
  for (const index of indices) await read(index);
};
const atOnce = (indices: readonly number[], read: (index: number) => Promise<void>): Promise<unknown> => Promise.all(indices.map(read));

export function randomAccess({ url, peer, sizes: { points, lookUps } }: Bench): Measurement {
  const slices = Math.ceil(lookUps / 4);
  const indices = scattered(lookUps, points);
  const row = Array.from({ length: lookUps }, (_, i) => Math.floor((points - lookUps) / 2) + i);
  const starts = scattered(slices, points - slicePoints);
  let scan = '';

  const ours = async (): Promise<Rates> => {
    await using store = DataStore.connect(url);
    const stream = await firstValueFrom((await firstValueFrom(store.loadScan(scan))).stream('scalars', 'float64'));
    const rate = async (count: number, work: () => Promise<unknown>): Promise<number> => {
      const times = async (n: number): Promise<void> => {
        for (let round = 0; round < n; round++) await work();
      };
      return (rounds * count) / (await secondsOf(() => times(rounds), () => times(warmUps)));
    };
    return {
      'at, one after another': await rate(lookUps, () => each(indices, (index) => point(stream, index))),
      [`at, ${lookUps} in one tick`]: await rate(lookUps, () => atOnce(indices, (index) => point(stream, index))),
      [`at, ${lookUps} in a row in one tick`]: await rate(lookUps, () => atOnce(row, (index) => point(stream, index))),
      'slices, one after another': await rate(slices, () => each(starts, (start) => slice(stream, start))),
      [`slices, ${slices} in one tick`]: await rate(slices, () => atOnce(starts, (start) => slice(stream, start))),
    };
  };

  const theirs = async (): Promise<Rates> => {
    const at = lookUps / (await peer.ask('random_points', { url, scan, indices })).seconds;
    const sliced = slices / (await peer.ask('random_slices', { url, scan, starts, points: slicePoints })).seconds;
    // It has only one way, also for many points.
    return { 'at, one after another': at, [`at, ${lookUps} in one tick`]: at, [`at, ${lookUps} in a row in one tick`]: at, 'slices, one after another': sliced, [`slices, ${slices} in one tick`]: sliced };
  };

  const against = [
    { name: python, figure: 'at, one after another', atLeast: 1.5 },
    { name: python, figure: `at, ${lookUps} in one tick`, atLeast: 12 },
    { name: python, figure: `at, ${lookUps} in a row in one tick`, atLeast: 20 },
    { name: python, figure: 'slices, one after another', atLeast: 4 },
    { name: python, figure: `slices, ${slices} in one tick`, atLeast: 4 },
  ];
  return {
    title: `Random access to ${points} float64 points, an entry each: at(i), and slices of ${slicePoints} points`,
    unit: 'calls/s',
    write: async () => {
      scan = (await writeScalars(url, points, false)).scan;
    },
    contestants: [
      { name: us, run: ours, against },
      { name: python, run: theirs },
    ],
  };
}
