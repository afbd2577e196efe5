/** Whatever a read opens, it closes, also if it fails. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { edf, errorOf, hdf5, onFiles } from './on-files.js';

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
