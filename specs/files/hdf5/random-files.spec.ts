/** Files with random types, shapes, links and virtual datasets: the same numbers as h5py reads, or an error. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { hdf5Files } from '../../../lib/files.js';
import { isBlissdataError } from '../../../lib/model/errors.js';
import { pythonWith } from '../../support/python.js';
import { arrayOf, Described, expectSame, hdf5, read } from '../on-files.js';

const Cases = t.array(t.intersection([t.type({ file: t.string, dataset: t.string, kind: t.string }), t.partial({ array: Described, error: t.string, crashed: t.boolean })]));

const seed = Number(process.env['HDF5_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const FILES = 500;

/** Refused although h5py reads it, because other versions and byte orders read other numbers. */
const refusedOnPurpose = /of another type|with unusual padding|a boolean of/;

describe('HDF5 files that h5py makes at random', () => {
  it.each([
    ['an ordinary folder', tmpdir()],
    ['the shared memory of the system, where the library has a folder of its own', '/dev/shm'],
  ])(`are read as h5py reads them, or refused (seed ${seed}): in %s`, async (_, parent) => {
    const folder = realpathSync(mkdtempSync(join(parent, 'blissdata-rx-spec-')));
    try {
      const { code, stdout, stderr } = await (await pythonWith('2.4.5')).run(resolve('specs/files/hdf5/python/random_files.py'), [folder, String(parent === '/dev/shm' ? seed + 1 : seed), String(FILES)]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const cases = Cases.decode(JSON.parse(stdout));
      if (E.isLeft(cases)) throw new Error('the output of Python is invalid');
      const files = hdf5Files({ root: folder });
      const outcomes = new Map<string, number>();
      for (const { file, dataset, kind, array, error, crashed } of cases.right) {
        const what = `${file} ${dataset}`;
        const outcome: unknown = await read(files, hdf5(file, dataset)).catch((reason: unknown) => reason);
        const isRead = typeof outcome === 'object' && outcome !== null && 'data' in outcome;
        if (!isRead && !isBlissdataError(outcome)) throw new Error(`${what}: expected a BlissdataError, received ${String(outcome)}`);
        // A scalar has no points.
        const expected = array === undefined || array.shape.length === 0 ? undefined : arrayOf(array);
        if (crashed === true) {
          outcomes.set('HDF5 crashed', (outcomes.get('HDF5 crashed') ?? 0) + 1);
          continue;
        }
        if (isRead && expected === undefined) throw new Error(`${what}: expected an error (${error ?? 'a scalar'}), received ${JSON.stringify(outcome)}`);
        if (isRead && expected !== undefined) expectSame(await read(files, hdf5(file, dataset)), expected, what);
        const key = `${kind}: ${isRead ? 'read' : expected === undefined || kind === 'other' || refusedOnPurpose.test(String(outcome)) ? 'rightly refused' : 'refused'}`;
        outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
        if (!isRead && expected !== undefined && process.env['HDF5_SEED'] !== undefined) process.stdout.write(`${what}: ${String(outcome)}\n`);
      }
      const count = (end: string): number => [...outcomes].filter(([key]) => key.endsWith(end)).reduce((sum, [, some]) => sum + some, 0);
      const share = count(': read') / (count(': read') + count(': refused'));
      process.stdout.write(`seed ${seed}, ${cases.right.length} files, ${(share * 100).toFixed(1)} % of what h5py reads is read: ${JSON.stringify(Object.fromEntries(outcomes))}\n`);
      expect(cases.right).toHaveLength(FILES);
      expect(share).toBeGreaterThan(0.99);
      expect(count(': read')).toBeGreaterThan(0.5 * FILES);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 180_000);
});
