/** `hdf5Files` without its optional packages, and while it reads for long. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, VirtualTimeScheduler, type Observable } from 'rxjs';
import { hdf5Files, hdf5FilesWith } from '../../lib/files/array-files.js';
import { importPackage } from '../../lib/files/hdf5/library/import-package.js';
import type { NdArray } from '../../lib/model/nd-array.js';
import { edf, errorOf, hdf5, onFiles, read } from './on-files.js';

const on = onFiles();

describe('without an optional package', () => {
  const missing = (): Promise<never> => Promise.reject(new Error('Cannot find package'));

  it('HDF5 says which one to install, and EDF is read', async () => {
    const files = hdf5FilesWith({ h5wasm: missing, plugins: missing }, { root: on.folder });
    const error = await errorOf(files, hdf5('layouts.h5', 'contiguous'));
    expect(error).toMatchObject({ _tag: 'MissingPackage', package: 'h5wasm', advice: expect.stringContaining('npm install'), retriable: false });
    expect((await read(files, edf('many.edf'))).shape).toEqual([20, 30, 40]);
  });

  it('a compression that needs a plugin says so, and others are read', async () => {
    const files = hdf5FilesWith({ h5wasm: () => importPackage('h5wasm'), plugins: missing }, { root: on.folder });
    expect(await errorOf(files, hdf5('compressed.h5', 'lz4'))).toMatchObject({ _tag: 'MissingPackage', package: 'h5wasm-plugins' });
    expect((await read(files, hdf5('compressed.h5', 'gzip'))).shape).toEqual([20, 30, 40]);
  });
});

describe('a long read', () => {
  const long = (scheduler: VirtualTimeScheduler): Observable<NdArray> => hdf5Files({ root: on.folder, scheduler }).read(hdf5('large.h5', 'x'), 0, 20_000_000);
  /** Other reads, which take longer than one piece of the long read. */
  const otherWork = (): Promise<NdArray> => read(on.files, hdf5('compressed.h5', 'bitshuffle'));

  it('lets other work run between its pieces', async () => {
    const scheduler = new VirtualTimeScheduler();
    const emitted: NdArray[] = [];
    long(scheduler).subscribe((array) => emitted.push(array));
    let turns = 0;
    for (; emitted.length === 0; turns++) {
      await otherWork();
      scheduler.flush();
    }
    expect(turns).toBeGreaterThan(3);
    expect(emitted.map(({ shape }) => shape)).toEqual([[20_000_000]]);
  });

  it('stops when it is unsubscribed from', async () => {
    const scheduler = new VirtualTimeScheduler();
    const heard: unknown[] = [];
    const subscription = long(scheduler).subscribe({ next: (array) => heard.push(array), error: (error: unknown) => heard.push(error) });
    await otherWork();
    expect(scheduler.actions).toHaveLength(1);
    subscription.unsubscribe();
    scheduler.flush();
    await otherWork();
    expect(scheduler.actions).toHaveLength(0);
    expect(heard).toEqual([]);
  });

  it('begins only when it is subscribed to', async () => {
    const nothing = hdf5Files({ root: on.folder }).length(hdf5('later.h5', 'x'));
    copyFileSync(join(on.folder, 'user-block.h5'), join(on.folder, 'later.h5'));
    expect(await firstValueFrom(nothing)).toBe(4);
  });
});
