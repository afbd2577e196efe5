/** EDF files that are written while they are read. */
import { appendFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { hdf5Files } from '../../../lib/files.js';
import type { ArrayFiles } from '../../../lib/kinds.js';
import { edf, errorOf, read } from '../on-files.js';

let folder: string;
let files: ArrayFiles;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-')));
  files = hdf5Files({ root: folder });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('an EDF file that is being written', () => {
  const header = `{\nHeaderID = EH:000001:000000:000000 ;\nByteOrder = LowByteFirst ;\nDataType = UnsignedByte ;\nDim_1 = 4 ;\nDim_2 = 2 ;\nSize = 8 ;\n${' '.repeat(380)}}\n`;

  it('has the images that are complete', async () => {
    const path = join(folder, 'images.edf');
    writeFileSync(path, header.slice(0, 200));
    expect(await errorOf(files, edf('images.edf'))).toMatchObject({ _tag: 'FileNotReadable', reason: 'it has no image yet' });
    expect(await firstValueFrom(files.length(edf('images.edf')))).toBe(0);
    const lengths: number[] = [];
    for (const piece of [header.slice(200), 'abcd', 'efgh', header.slice(0, 7), header.slice(7), 'ABCDEFG', 'H']) {
      appendFileSync(path, piece);
      lengths.push(await firstValueFrom(files.length(edf('images.edf'))));
    }
    expect(lengths).toEqual([0, 0, 1, 1, 1, 1, 2]);
    expect(await read(files, edf('images.edf'))).toEqual({ dtype: 'uint8', shape: [2, 2, 4], data: Uint8Array.from(Buffer.from('abcdefghABCDEFGH')) });
    expect(readFileSync(path).length).toBe(2 * (header.length + 8));
  });
});
