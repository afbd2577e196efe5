/** What is opened is closed, also where reading fails; and an EDF file is not read again from its begin for each image. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { AllowedPaths } from '../../lib/files/allowed-paths.js';
import { openBytes } from '../../lib/files/bytes.js';
import { edfReader } from '../../lib/files/edf/edf-reader.js';
import { edf, errorOf, expectSame, hdf5, onFiles, part, read } from './on-files.js';

const on = onFiles();

describe('a thousand reads that fail', () => {
  it.each([
    ['refused.h5', 'virtual, missing'],
    ['refused.h5', 'external, missing'],
    ['refused.h5', 'table'],
    ['refused.h5', 'nothing'],
    ['text', 'x'],
  ])('leave no file open: %s %s', async (file, dataset) => {
    writeFileSync(join(on.folder, 'text'), 'neither HDF5 nor EDF\n'.repeat(100));
    mkdirSync(join(on.folder, 'folder'), { recursive: true });
    await errorOf(on.files, hdf5(file, dataset));
    const before = readdirSync('/proc/self/fd').length;
    for (let n = 0; n < 1000; n++) await errorOf(on.files, hdf5(file, dataset));
    for (const path of ['text', 'folder', 'nothing']) await errorOf(on.files, edf(path));
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
  });
});

describe('an EDF file that is read image by image', () => {
  it('has its bytes read once, not once for each image', async () => {
    const path = join(on.folder, 'long.edf');
    const image = readFileSync(join(on.folder, 'uint8.edf'));
    writeFileSync(path, Buffer.concat(Array.from({ length: 200 }, () => image)));
    let read = 0;
    const reader = edfReader(new AllowedPaths([on.folder]), async (descriptor, name) => {
      const bytes = await openBytes(descriptor, name);
      const peek = bytes.peek.bind(bytes);
      bytes.peek = async (count) => {
        const some = await peek(count);
        read += some.length;
        return some;
      };
      return bytes;
    });
    const turn = (): Promise<void> => Promise.resolve();
    for (let n = 0; n < 600; n++) expect((await reader.read(edf('long.edf'), n, n + 1, turn)).shape).toEqual([1, 4, 6]);
    // Each image's own header, and that of the file: a few thousand bytes an image, not all that is before it.
    expect(read).toBeLessThan(600 * 8000);
    copyFileSync(join(on.folder, 'int16.edf'), path);
    expect(await reader.length(edf('long.edf'), turn)).toBe(3);
    expect(await firstValueFrom(on.files.length(edf('long.edf')))).toBe(3);
  });

  it('has each byte unpacked once where it is gzipped, and keeps few files open for that', async () => {
    const image = readFileSync(join(on.folder, 'uint8.edf'));
    const expected = await read(on.files, edf('uint8.edf'));
    const packed = gzipSync(Buffer.concat(Array.from({ length: 200 }, () => image)));
    const names = Array.from({ length: 20 }, (_, n) => `packed${n}.edf.gz`);
    for (const name of names) writeFileSync(join(on.folder, name), packed);
    let opened = 0;
    const reader = edfReader(new AllowedPaths([on.folder]), (descriptor, name) => {
      opened += 1;
      return openBytes(descriptor, name);
    });
    const turn = (): Promise<void> => Promise.resolve();
    const before = readdirSync('/proc/self/fd').length;
    for (let n = 0; n < 600; n++) expectSame(await reader.read(edf('packed0.edf.gz'), n, n + 1, turn), part(expected, n % 3, (n % 3) + 1), `image ${n}`);
    expect(opened).toBe(1);
    expect((await reader.read(edf('packed0.edf.gz'), 600, 601, turn)).shape).toEqual([0, 4, 6]);
    expectSame(await reader.read(edf('packed0.edf.gz'), 1, 2, turn), part(expected, 1, 2), 'one before');
    for (const name of names) expect((await Promise.all([3, 7].map((n) => reader.read(edf(name), n, n + 2, turn)))).map(({ shape }) => shape[0])).toEqual([2, 2]);
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before + 4);
    // Another file in its place is read from its begin.
    writeFileSync(join(on.folder, 'packed19.edf.gz'), gzipSync(readFileSync(join(on.folder, 'int16.edf'))));
    expect(await reader.read(edf('packed19.edf.gz'), 2, 3, turn)).toMatchObject({ dtype: 'int16', shape: [1, 4, 6] });
  });
});
