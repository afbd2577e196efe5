/** An EDF file that is read image by image is not read from its beginning for each image. */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { AllowedPaths } from '../../../lib/files/allowed-paths.js';
import { openByteSource } from '../../../lib/files/edf/byte-source.js';
import { edfReader } from '../../../lib/files/edf/edf-reader.js';
import { edf, expectSame, onFiles, part, read } from '../on-files.js';

const on = onFiles();

describe('an EDF file that is read image by image', () => {
  it('has its bytes read once, not once for each image', async () => {
    const path = join(on.folder, 'long.edf');
    const image = readFileSync(join(on.folder, 'uint8.edf'));
    writeFileSync(path, Buffer.concat(Array.from({ length: 200 }, () => image)));
    let read = 0;
    const reader = edfReader(new AllowedPaths([on.folder]), async (descriptor, name) => {
      const bytes = await openByteSource(descriptor, name);
      const peek = bytes.peek.bind(bytes);
      bytes.peek = async (count) => {
        const some = await peek(count);
        read += some.length;
        return some;
      };
      return bytes;
    });
    const pause = (): Promise<void> => Promise.resolve();
    for (let n = 0; n < 600; n++) expect((await reader.read(edf('long.edf'), n, n + 1, pause)).shape).toEqual([1, 4, 6]);
    // The image's own header and the head of the file: a few thousand bytes an image, not everything before it.
    expect(read).toBeLessThan(600 * 8000);
    copyFileSync(join(on.folder, 'int16.edf'), path);
    expect(await reader.length(edf('long.edf'), pause)).toBe(3);
    expect(await firstValueFrom(on.files.length(edf('long.edf')))).toBe(3);
  });

  it('has each byte unpacked once if it is gzipped, and few files are kept open for that', async () => {
    const image = readFileSync(join(on.folder, 'uint8.edf'));
    const expected = await read(on.files, edf('uint8.edf'));
    const packed = gzipSync(Buffer.concat(Array.from({ length: 200 }, () => image)));
    const names = Array.from({ length: 20 }, (_, n) => `packed${n}.edf.gz`);
    for (const name of names) writeFileSync(join(on.folder, name), packed);
    let opened = 0;
    const reader = edfReader(new AllowedPaths([on.folder]), (descriptor, name) => {
      opened += 1;
      return openByteSource(descriptor, name);
    });
    const pause = (): Promise<void> => Promise.resolve();
    const before = readdirSync('/proc/self/fd').length;
    for (let n = 0; n < 600; n++) expectSame(await reader.read(edf('packed0.edf.gz'), n, n + 1, pause), part(expected, n % 3, (n % 3) + 1), `image ${n}`);
    expect(opened).toBe(1);
    expect((await reader.read(edf('packed0.edf.gz'), 600, 601, pause)).shape).toEqual([0, 4, 6]);
    expectSame(await reader.read(edf('packed0.edf.gz'), 1, 2, pause), part(expected, 1, 2), 'one before');
    for (const name of names) expect((await Promise.all([3, 7].map((n) => reader.read(edf(name), n, n + 2, pause)))).map(({ shape }) => shape[0])).toEqual([2, 2]);
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before + 4);
    // A file that replaces it is read from its beginning.
    writeFileSync(join(on.folder, 'packed19.edf.gz'), gzipSync(readFileSync(join(on.folder, 'int16.edf'))));
    expect(await reader.read(edf('packed19.edf.gz'), 2, 3, pause)).toMatchObject({ dtype: 'int16', shape: [1, 4, 6] });
  });
});
