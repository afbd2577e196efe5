/** HDF5 files that h5py wrote, read as h5py reads them. */
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { firstValueFrom } from 'rxjs';
import { hdf5Files } from '../../../lib/files.js';
import { expectSame, hdf5, onFiles, part, read } from '../on-files.js';

const on = onFiles();

describe('HDF5 files', () => {
  it.each([
    ['dtypes.h5', 25],
    ['layouts.h5', 9],
    ['compressed.h5', 9],
    ['user-block.h5', 1],
    ['master.h5', 10],
    ['odd.h5', 11],
  ])('are read as h5py reads them: %s', async (file, count) => {
    const datasets = on.datasets(file);
    expect(datasets).toHaveLength(count);
    for (const [dataset, expected] of datasets) {
      expect(await firstValueFrom(on.files.length(hdf5(file, dataset)))).toBe(expected.shape[0]);
      expectSame(await read(on.files, hdf5(file, dataset), 0, expected.shape[0]), expected, `${file} ${dataset}`);
    }
  });

  it('have any range, fewer points at their end, and none beyond', async () => {
    const datasets = ['layouts.h5', 'master.h5'].flatMap((file) => on.datasets(file).map(([dataset, expected]) => ({ place: hdf5(file, dataset), expected })));
    const bound = fc.oneof(fc.nat(45), fc.nat(100_010));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...datasets), bound, bound, async ({ place, expected }, a, b) => {
        const [start, stop] = [Math.min(a, b), Math.max(a, b)];
        expectSame(await read(on.files, place, start, stop), part(expected, start, stop), `${place.dataset} [${start}:${stop}]`);
      }),
      { numRuns: 100 },
    );
  });

  it('have an empty range of the right type and shape', async () => {
    for (const [start, stop] of [[3, 3], [3, 2], [1000, 2000]] as const) {
      expect(await read(on.files, hdf5('compressed.h5', 'bitshuffle'), start, stop)).toEqual({ dtype: 'uint16', shape: [0, 30, 40], data: new Uint16Array(0) });
    }
  });

  it('are found under the first of several roots, by a relative path or an absolute one', async () => {
    const files = hdf5Files({ root: [join(on.folder, 'parts'), on.folder] });
    for (const file of ['0.h5', 'parts/0.h5', join(on.folder, 'parts/0.h5'), `${on.folder}/parts/../parts//0.h5`]) {
      expect(await firstValueFrom(files.length(hdf5(file, 'frames')))).toBe(20);
    }
  });

  it('may be anywhere, if that is allowed', async () => {
    expect((await read(hdf5Files({ root: '/' }), hdf5(join(on.folder, 'master.h5'), 'external, absolute'))).shape).toEqual([20, 30, 40]);
  });

  it('are read many at a time', async () => {
    const place = hdf5('layouts.h5', 'rank 1');
    const [[, expected] = []] = on.datasets('layouts.h5').filter(([dataset]) => dataset === '/rank 1');
    if (expected === undefined) throw new Error('there is no such dataset');
    // Many at once, each with its own range.
    const ranges = Array.from({ length: 20 }, (_, n) => [n * 1234, n * 4321] as const);
    const arrays = await Promise.all(ranges.map(([start, stop]) => read(on.files, place, start, stop)));
    arrays.forEach((array, n) => expectSame(array, part(expected, ranges[n]?.[0] ?? 0, Math.max(ranges[n]?.[0] ?? 0, ranges[n]?.[1] ?? 0)), `range ${n}`));
  });

  it('may be larger than memory and than 32 bits can count: only the requested part is loaded', async () => {
    const place = hdf5('large.h5', 'x');
    const length = 5 * 2 ** 30;
    expect(await firstValueFrom(on.files.length(place))).toBe(length);
    const before = process.memoryUsage().rss;
    expect((await read(on.files, place, length - 4, length)).data).toEqual(Uint8Array.of(0, 1, 2, 3));
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 30);
    await expect(read(on.files, place, 0, length)).rejects.toMatchObject({ _tag: 'InvalidArgument', argument: 'range' });
  });

  it('refuse an invalid range', async () => {
    const place = hdf5('layouts.h5', 'rank 1');
    for (const [start, stop] of [[-1, 2], [0.5, 2], [0, NaN], [0, -3]] as const) {
      await expect(read(on.files, place, start, stop)).rejects.toMatchObject({ _tag: 'InvalidArgument' });
    }
    expect(() => hdf5Files({ root: [] })).toThrow(expect.objectContaining({ _tag: 'InvalidArgument' }));
    expect(() => hdf5Files({ root: '' })).toThrow(expect.objectContaining({ _tag: 'InvalidArgument' }));
  });
});
