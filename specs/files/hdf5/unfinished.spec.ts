/** Truncated files whose writer died: what can be read is right, the rest is an error, and no read blocks. */
import { copyFileSync, mkdtempSync, realpathSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { hdf5Files } from '../../../lib/files.js';
import { isFileNotReadable } from '../../../lib/model/errors.js';
import { pythonWith } from '../../support/python.js';
import { hdf5 } from '../on-files.js';

let folder = '';
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-')));
  const { code, stderr } = await (await pythonWith('2.4.5')).run(resolve('specs/files/hdf5/python/unfinished.py'), [folder]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const values = (from: number, count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => i + from);
const expected = new Map([
  ['counts', values(0, 1000)],
  ['images0', values(Math.SQRT2, 5000)],
  ['images3', values(Math.sqrt(5), 5000)],
]);

describe('a file that was cut off', () => {
  it.each([
    ['closed.h5', 3],
    ['left.h5', 20],
  ])('%s is read, or else FileNotReadable, at once', async (file, least) => {
    const files = hdf5Files({ root: folder });
    const { size } = statSync(join(folder, file));
    let right = 0;
    for (let length = size; length > 0; length -= 2048) {
      copyFileSync(join(folder, file), join(folder, 'cut.h5'));
      truncateSync(join(folder, 'cut.h5'), length);
      for (const [dataset, numbers] of expected) {
        try {
          const { data } = await firstValueFrom(files.read(hdf5('cut.h5', dataset), 0, 1000));
          expect(data).toEqual(numbers);
          right++;
        } catch (error) {
          if (!isFileNotReadable(error)) throw error;
        }
      }
    }
    expect(right).toBeGreaterThanOrEqual(least);
  });
});
