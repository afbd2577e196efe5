/** HDF5 files that are written while they are read. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { hdf5Files } from '../../../lib/files.js';
import type { ArrayFiles } from '../../../lib/kinds.js';
import { isFileNotReadable } from '../../../lib/model/errors.js';
import { pythonWith } from '../../support/python.js';
import { errorOf, hdf5, read } from '../on-files.js';

let folder: string;
let files: ArrayFiles;
let processes: ChildProcess[] = [];
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-')));
  files = hdf5Files({ root: folder });
});
afterEach(async () => {
  for (const each of processes) {
    each.stdin?.end();
    if (each.exitCode === null) await once(each, 'close');
  }
  processes = [];
  rmSync(folder, { recursive: true, force: true });
});

/** A Python process that writes a file, step by step. */
async function writing(name: string, how: 'plain' | 'v110' | 'swmr'): Promise<(step: string) => Promise<void>> {
  const process = (await pythonWith('2.4.5')).spawn(resolve('specs/files/hdf5/python/growing.py'), [join(folder, name), how]);
  processes.push(process);
  if (process.stdout === null) throw new Error('the process has no pipes');
  const lines = createInterface(process.stdout)[Symbol.asyncIterator]();
  const answer = async (): Promise<void> => {
    const { done } = await lines.next();
    if (done === true) throw new Error('Python has ended');
  };
  await answer();
  return (step) => {
    process.stdin?.write(`${step}\n`);
    return answer();
  };
}

const place = hdf5('growing.h5', 'x');
const rows = (start: number, stop: number): Int32Array => Int32Array.from({ length: (stop - start) * 3 }, (_, n) => start * 3 + n);

describe('an HDF5 file that is being written', () => {
  it.each(['plain', 'swmr'] as const)('has what was flushed, and more at the next read: %s', async (how) => {
    const step = await writing('growing.h5', how);
    expect(await firstValueFrom(files.length(place))).toBe(0);
    let length = 0;
    for (const more of [5, 1, 100]) {
      await step(String(more));
      await step('flush');
      length += more;
      expect(await firstValueFrom(files.length(place))).toBe(length);
      expect(await read(files, place)).toEqual({ dtype: 'int32', shape: [length, 3], data: rows(0, length) });
      expect((await read(files, place, length - 1, length + 10)).data).toEqual(rows(length - 1, length));
    }
    await step('close');
    expect((await read(files, place)).shape).toEqual([106, 3]);
  });

  it('is read, or may be readable later, while it is not flushed', async () => {
    const step = await writing('growing.h5', 'plain');
    for (let n = 0; n < 50; n++) {
      await step('40');
      const seen: unknown = await read(files, place, 0, 1e6).catch((error: unknown) => error);
      if (!isFileNotReadable(seen)) expect(seen).toMatchObject({ dtype: 'int32' });
    }
    await step('close');
    expect((await read(files, place, 0, 1e6)).data).toEqual(rows(0, 2000));
  });

  it('says so if it cannot be read before it is closed', async () => {
    const step = await writing('growing.h5', 'v110');
    await step('5');
    await step('flush');
    expect(await errorOf(files, place)).toMatchObject({ _tag: 'FileNotReadable', retriable: true, reason: expect.stringContaining('already open for write') });
    await step('close');
    expect((await read(files, place)).data).toEqual(rows(0, 5));
  });

  it('may be replaced by another one', async () => {
    const step = await writing('growing.h5', 'plain');
    await step('4');
    await step('close');
    expect((await read(files, place)).shape).toEqual([4, 3]);
    const other = await writing('other.h5', 'plain');
    await other('9');
    await other('close');
    renameSync(join(folder, 'other.h5'), join(folder, 'growing.h5'));
    expect((await read(files, place)).shape).toEqual([9, 3]);
    rmSync(join(folder, 'growing.h5'));
    expect(await errorOf(files, place)).toMatchObject({ _tag: 'FileNotReadable', reason: 'there is no such file' });
  });

  it('may be replaced by a folder', async () => {
    const step = await writing('growing.h5', 'plain');
    await step('4');
    await step('close');
    copyFileSync(join(folder, 'growing.h5'), join(folder, 'first'));
    expect((await read(files, hdf5('first', 'x'))).shape).toEqual([4, 3]);
    rmSync(join(folder, 'first'));
    mkdirSync(join(folder, 'first'));
    renameSync(join(folder, 'growing.h5'), join(folder, 'first/growing.h5'));
    expect((await read(files, hdf5('first/growing.h5', 'x'))).shape).toEqual([4, 3]);
  });

  it('is truncated if its writer died', async () => {
    const step = await writing('growing.h5', 'plain');
    await step('1000');
    await step('close');
    const { size } = statSync(join(folder, 'growing.h5'));
    for (const kept of [size - 1, Math.floor(size / 2), 600, 100, 8, 1, 0]) {
      copyFileSync(join(folder, 'growing.h5'), join(folder, 'cut.h5'));
      truncateSync(join(folder, 'cut.h5'), kept);
      const error = await errorOf(files, hdf5('cut.h5', 'x'));
      expect([kept, error._tag]).toEqual([kept, kept > 0 && kept < 8 ? 'UnsupportedFile' : 'FileNotReadable']);
    }
  });
});
