/** EDF files that fabio wrote, read as fabio reads them. */
import { truncateSync, copyFileSync, writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { edf, errorOf, expectSame, onFiles, part, read } from '../on-files.js';

const on = onFiles();

describe('EDF files', () => {
  it('are read as fabio reads them, gzipped or not', async () => {
    const images = on.images();
    expect(images.map(([file]) => file)).toHaveLength(13);
    for (const [file, expected] of images) {
      expect(await firstValueFrom(on.files.length(edf(file)))).toBe(expected.shape[0]);
      expectSame(await read(on.files, edf(file)), expected, file);
    }
  });

  it.each(['many.edf', 'many.edf.gz'])('have any range of images: %s', async (file) => {
    const [, expected] = on.images().find(([name]) => name === file) ?? [];
    if (expected === undefined) throw new Error('there is no such file');
    for (const [start, stop] of [[0, 1], [7, 8], [3, 12], [18, 25], [5, 5], [20, 22], [100, 200]] as const) {
      expectSame(await read(on.files, edf(file), start, stop), part(expected, start, stop), `${file} [${start}:${stop}]`);
    }
  });

  it('that end early have the images that are complete', async () => {
    for (const [file, size] of [['many.edf', 20_000], ['many.edf.gz', 10_000]] as const) {
      copyFileSync(join(on.folder, file), join(on.folder, 'short.edf'));
      truncateSync(join(on.folder, 'short.edf'), size);
      const length = await firstValueFrom(on.files.length(edf('short.edf')));
      expect(length).toBeGreaterThan(0);
      expect(length).toBeLessThan(20);
      const [, expected] = on.images().find(([name]) => name === file) ?? [];
      if (expected === undefined) throw new Error('there is no such file');
      expectSame(await read(on.files, edf('short.edf')), part(expected, 0, length), file);
    }
  });

  it('that cannot be decoded say why', async () => {
    const header = (fields: string): string => `{\n${fields}\n}\n`.padEnd(512);
    const path = join(on.folder, 'strange.edf');
    writeFileSync(path, header('DataType = QuadrupleValue ;\nByteOrder = LowByteFirst ;\nDim_1 = 1 ;'));
    expect(await errorOf(on.files, edf('strange.edf'))).toMatchObject({ _tag: 'UnsupportedFile', received: 'QuadrupleValue', path: 'strange.edf' });
    writeFileSync(path, 'x'.repeat(600));
    expect(await errorOf(on.files, edf('strange.edf'))).toMatchObject({ _tag: 'UnsupportedFile', expected: 'a header that begins with {' });
    writeFileSync(path, `{${' '.repeat(300_000)}`);
    expect(await errorOf(on.files, edf('strange.edf'))).toMatchObject({ _tag: 'UnsupportedFile', received: 'a longer one' });
    writeFileSync(path, Buffer.concat([readFileSync(join(on.folder, 'int16.edf')), readFileSync(join(on.folder, 'uint8.edf'))]));
    expect((await read(on.files, edf('strange.edf'), 0, 3)).shape).toEqual([3, 4, 6]);
    await expect(read(on.files, edf('strange.edf'), 0, 4)).rejects.toMatchObject({ _tag: 'UnsupportedFile', expected: expect.stringContaining('images of one type') });
    const zipped = gzipSync(readFileSync(join(on.folder, 'many.edf')));
    zipped.fill(7, 2000, 3000);
    writeFileSync(path, zipped);
    expect(await firstValueFrom(on.files.read(edf('strange.edf'), 0, 20)).catch((error: unknown) => error)).toMatchObject({ _tag: 'FileNotReadable' });
  });

  it('take no memory for what they only claim to hold', async () => {
    writeFileSync(join(on.folder, 'huge.edf'), `{\nDataType = UnsignedByte ;\nDim_1 = 1000000 ;\nDim_2 = 2000 ;\n}\n`.padEnd(512));
    const before = process.memoryUsage().arrayBuffers;
    expect((await read(on.files, edf('huge.edf'), 0, 1)).shape).toEqual([0, 2000, 1000000]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
  });
});
