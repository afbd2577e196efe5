/** Links and virtual datasets through several files: each name counts from the folder of its file, and missing files are an error at any level. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hdf5Files } from '../../../lib/files.js';
import { pythonWith } from '../../support/python.js';
import { errorOf, hdf5, read } from '../on-files.js';

let folder: string;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-')));
  const { stderr } = await (await pythonWith('2.4.5')).run(resolve('specs/files/hdf5/python/chains.py'), [folder]);
  expect(stderr).toBe('');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a chain of files', () => {
  it.each(['linked, good', 'nested, good'])('is read to its end: %s', async (dataset) => {
    expect(await read(hdf5Files({ root: folder }), hdf5('top.h5', dataset))).toEqual({ dtype: 'float64', shape: [3], data: Float64Array.of(0, 1, 2) });
  });

  it.each(['linked, gone', 'nested, gone', 'nested, link', 'nested, nothing'])('that is broken may be complete later: %s', async (dataset) => {
    expect(await errorOf(hdf5Files({ root: folder }), hdf5('top.h5', dataset))).toMatchObject({ _tag: 'FileNotReadable', retriable: true });
  });

  it.each(['linked, itself', 'nested, itself', 'circle'])('that contains itself is refused: %s', async (dataset) => {
    expect(await errorOf(hdf5Files({ root: folder }), hdf5('top.h5', dataset))).toMatchObject({ _tag: 'UnsupportedFile' });
  });

  it('may not lead out of the roots at any level', async () => {
    expect(await errorOf(hdf5Files({ root: join(folder, 'sub/scan0001') }), hdf5(join(folder, 'top.h5'), 'linked, good'))).toMatchObject({ _tag: 'PathNotAllowed' });
  });
});
