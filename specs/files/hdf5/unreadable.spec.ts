/** HDF5 files that cannot be read: errors say why, and the process survives. */
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isBlissdataError } from '../../../lib/model/errors.js';
import { edf, errorOf, hdf5, onFiles, read } from '../on-files.js';

const on = onFiles();

describe('an HDF5 file that cannot be read', () => {
  it.each([
    ['long double', 'a float of 16 bytes'],
    ['text', 'a type that is'],
    ['ragged', 'of variable length'],
    ['table', 'a compound'],
    ['scalar', 'a scalar'],
    ['null', 'nothing'],
    ['group', 'a group'],
    ['', 'a group'],
    ['unknown filter', 'the filter 32018'],
  ])('holds something that is not supported: %s', async (dataset, received) => {
    expect(await errorOf(on.files, hdf5('refused.h5', dataset))).toMatchObject({ _tag: 'UnsupportedFile', retriable: false, received: expect.stringContaining(received) });
  });

  it.each([
    ['refused-odd.h5', 'f4 as i4', 'of another type'],
    ['refused-odd.h5', 'i2 as u2', 'of another type'],
    ['refused-odd.h5', 'i2 as i1', 'of another type'],
    ['refused-odd.h5', 'f8 as f4', 'of another type'],
    ['refused-odd.h5', 'bits', 'of another type'],
    ['refused-odd.h5', 'boolean', '7 bits'],
    ['refused-odd.h5', 'bit field', 'a bit field'],
    ['refused-odd.h5', 'complex', 'a compound'],
    ['refused-odd.h5', 'packed late', 'behind deflate'],
  ])('would be other numbers in other versions or byte orders: %s %s', async (file, dataset, received) => {
    expect(await errorOf(on.files, hdf5(file, dataset))).toMatchObject({ _tag: 'UnsupportedFile', retriable: false, received: expect.stringContaining(received) });
  });

  it('is of a newer version of the format', async () => {
    expect(await errorOf(on.files, hdf5('newest.h5', 'chunks'))).toMatchObject({ _tag: 'UnsupportedFile', expected: expect.stringContaining('a layout of version 4 at most'), received: 'version 5' });
    expect((await read(on.files, hdf5('newest.h5', 'contiguous'))).shape).toEqual([20, 30, 40]);
    const newer = readFileSync(join(on.folder, 'newest.h5'));
    newer[8] = 4;
    writeFileSync(join(on.folder, 'newer.h5'), newer);
    expect(await errorOf(on.files, hdf5('newer.h5', 'contiguous'))).toMatchObject({ _tag: 'UnsupportedFile', expected: expect.stringContaining('a superblock of version 3 at most'), received: 'version 4' });
  });

  it.each([
    ['nothing.h5', 'x', 'there is no such file'],
    ['refused.h5', 'nothing', 'it has no dataset "nothing"'],
    ['refused.h5', 'dangling', 'it has no dataset'],
    ['refused.h5', 'external, missing', 'there is no such file'],
    ['refused.h5', 'virtual, missing', 'there is no such file'],
  ])('may become readable: %s %s', async (file, dataset, reason) => {
    expect(await errorOf(on.files, hdf5(file, dataset))).toMatchObject({ _tag: 'FileNotReadable', retriable: true, reason: expect.stringContaining(reason) });
  });

  it('is empty, truncated, of another format, or not a file', async () => {
    const path = (name: string): string => join(on.folder, name);
    writeFileSync(path('empty.h5'), '');
    writeFileSync(path('text.h5'), 'not HDF5\n'.repeat(1000));
    copyFileSync(path('compressed.h5'), path('truncated.h5'));
    truncateSync(path('truncated.h5'), 10_000);
    mkdirSync(path('folder.h5'));
    expect(await errorOf(on.files, hdf5('empty.h5', 'x'))).toMatchObject({ _tag: 'FileNotReadable', reason: 'it is empty' });
    expect(await errorOf(on.files, hdf5('text.h5', 'x'))).toMatchObject({ _tag: 'UnsupportedFile', expected: 'an HDF5 file' });
    expect(await errorOf(on.files, hdf5('truncated.h5', 'lz4'))).toMatchObject({ _tag: 'FileNotReadable', reason: expect.stringContaining('truncated') });
    expect(await errorOf(on.files, hdf5('folder.h5', 'x'))).toMatchObject({ _tag: 'UnsupportedFile', received: 'a folder' });
    expect(await errorOf(on.files, edf('text.h5'))).toMatchObject({ _tag: 'UnsupportedFile', expected: 'a header that begins with {' });
  });

  it('is damaged in any way', async () => {
    const damaged = join(on.folder, 'damaged.h5');
    const whole = ['layouts.h5', 'compressed.h5', 'dtypes.h5', 'master.h5'].map((file) => ({ file, bytes: readFileSync(join(on.folder, file)), datasets: on.datasets(file).map(([dataset]) => dataset) }));
    const damage = fc.constantFrom(...whole).chain(({ bytes, datasets }) =>
      fc.record({
        bytes: fc.constant(bytes),
        dataset: fc.constantFrom(...datasets),
        // The structure of a small file is in its first bytes.
        changes: fc.array(fc.tuple(fc.oneof(fc.nat(4000), fc.nat(bytes.length - 1)), fc.nat(255)), { minLength: 1, maxLength: 20 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(damage, async ({ bytes, dataset, changes }) => {
        const copy = Buffer.from(bytes);
        for (const [at, byte] of changes) copy[at] = byte;
        writeFileSync(damaged, copy);
        const outcome: unknown = await read(on.files, hdf5('damaged.h5', dataset)).then(
          ({ shape }) => shape,
          (error: unknown) => error,
        );
        expect(Array.isArray(outcome) || isBlissdataError(outcome)).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect((await read(on.files, hdf5('compressed.h5', 'bitshuffle'))).shape).toEqual([20, 30, 40]);
  });
});
