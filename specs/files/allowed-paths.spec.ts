/** No path and no link leads out of the folders that may be read. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { hdf5Files } from '../../lib/files.js';
import type { ArrayFiles } from '../../lib/kinds.js';
import { edf, errorOf, hdf5, onFiles, read } from './on-files.js';

const on = onFiles();

let inside: string;
let files: ArrayFiles;
beforeAll(() => {
  inside = join(on.folder, 'inside');
  files = hdf5Files({ root: inside });
});

describe('a file outside the roots', () => {
  it.each([
    ['an absolute path', () => join(on.folder, 'outside/x.h5')],
    ['an absolute path with ..', () => `${inside}/../outside/x.h5`],
    ['a relative path', () => '../outside/x.h5'],
    ['a relative path by a folder', () => 'folder/../../outside/x.h5'],
    ['a symbolic link to it', () => 'link.h5'],
    ['a symbolic link to its folder', () => `${inside}/outside/x.h5`],
    ['a name that begins as the root does', () => `${inside}side/x.h5`],
    ['a file that does not exist', () => join(on.folder, 'outside/nothing.h5')],
    ['a device', () => '/dev/zero'],
    ['what the process has open', () => '/proc/self/environ'],
  ])('is not read by %s', async (_, path) => {
    for (const place of [hdf5(path(), 'frames'), edf(path())]) {
      expect(await errorOf(files, place)).toMatchObject({ _tag: 'PathNotAllowed', path: path(), roots: [inside], retriable: false });
      await expect(firstValueFrom(files.length(place))).rejects.toMatchObject({ _tag: 'PathNotAllowed' });
    }
  });

  it.each(['absolute', 'relative', 'by a link', 'by a folder', 'of the system', 'by a file', 'virtual', 'virtual, relative', 'virtual, by a file', 'stored outside'])(
    'is not read by a link in an HDF5 file: %s',
    async (dataset) => {
      expect(await errorOf(files, hdf5('leading.h5', dataset))).toMatchObject({ _tag: 'PathNotAllowed', roots: [inside] });
      // The same path may be read with another root.
      if (dataset !== 'of the system') expect((await read(on.files, hdf5('inside/leading.h5', dataset), 0, 2)).shape[0]).toBe(2);
    },
  );

  it.each(['a/'.repeat(100_000), '../'.repeat(3000), '/x'.repeat(3000)])('is not searched by a path longer than any system opens', async (path) => {
    for (const place of [hdf5(path, 'frames'), edf(path)]) expect(await errorOf(files, place)).toMatchObject({ _tag: 'FileNotReadable', reason: expect.stringContaining('4096') });
  });

  it('does not keep other files from being read', async () => {
    await errorOf(files, hdf5('leading.h5', 'absolute'));
    expect((await read(files, hdf5('leading.h5', 'harmless'))).shape).toEqual([20, 30, 40]);
    expect((await read(files, hdf5('harmless.h5', 'frames'))).shape).toEqual([20, 30, 40]);
  });
});

describe('a root', () => {
  it('may itself be a symbolic link', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-'));
    try {
      symlinkSync(inside, join(folder, 'root'));
      const linked = hdf5Files({ root: join(folder, 'root') });
      for (const path of [join(folder, 'root/x.h5'), join(inside, 'x.h5'), 'x.h5']) expect((await read(linked, hdf5(path, 'frames'))).shape[0]).toBe(20);
      expect(await errorOf(linked, hdf5('leading.h5', 'absolute'))).toMatchObject({ _tag: 'PathNotAllowed' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('may be created later', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-'));
    try {
      const later = hdf5Files({ root: join(folder, 'later') });
      expect(await errorOf(later, hdf5('x.h5', 'frames'))).toMatchObject({ _tag: 'FileNotReadable' });
      mkdirSync(join(folder, 'later'));
      symlinkSync(join(inside, 'x.h5'), join(folder, 'later/x.h5'));
      expect(await errorOf(later, hdf5('x.h5', 'frames'))).toMatchObject({ _tag: 'PathNotAllowed' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('of one reader opens nothing to another reader at the same time', async () => {
    const [mine, others] = await Promise.all([errorOf(files, hdf5('leading.h5', 'absolute')), read(on.files, hdf5('inside/leading.h5', 'absolute'))]);
    expect(mine).toMatchObject({ _tag: 'PathNotAllowed' });
    expect(others.shape).toEqual([20, 30, 40]);
  });
});
