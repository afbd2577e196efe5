/** The built package finds the optional packages, imported and required, and a program that has read its files ends. */
import { describe, expect, it } from '@jest/globals';
import { run } from '../../lib/server/run.js';
import { onFiles } from './on-files.js';

const on = onFiles();

const body = `
  const files = hdf5Files({ root: process.argv[1] });
  const show = (place) => files.read(place, 0, 2).subscribe({ next: ({ shape }) => console.log(JSON.stringify(shape)), error: (error) => console.log(error.message) });
  show({ format: 'hdf5', file: 'compressed.h5', dataset: 'bitshuffle' });
  show({ format: 'edf', file: 'many.edf.gz', dataset: '' });`;

describe('blissdata-rx/hdf5', () => {
  it.each([
    ['imported', ['--input-type=module', '--eval', `import { hdf5Files } from 'blissdata-rx/hdf5'; ${body}`]],
    ['required', ['--input-type=commonjs', '--eval', `const { hdf5Files } = require('blissdata-rx/hdf5'); ${body}`]],
  ])('reads files when it is %s', async (_, args) => {
    const { code, stdout, stderr } = await run(process.execPath, [...args, on.folder]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual(['[2,30,40]', '[2,30,40]']);
  });
});
