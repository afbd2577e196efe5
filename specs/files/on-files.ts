/** Files written by Python, in a folder of their own, and what they contain. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { firstValueFrom } from 'rxjs';
import { hdf5Files } from '../../lib/files.js';
import type { ArrayFiles, ArrayPlace } from '../../lib/kinds.js';
import { isDtype } from '../../lib/model/dtype.js';
import { isBlissdataError, type BlissdataError } from '../../lib/model/errors.js';
import type { NdArray } from '../../lib/model/nd-array.js';
import { numbersOf } from '../../lib/wire/encoding/number-bytes.js';
import { pythonWith } from '../support/python.js';

export const Described = t.type({ dtype: t.string, shape: t.array(t.number), bytes: t.string });
const Written = t.type({ hdf5: t.record(t.string, t.record(t.string, Described)), edf: t.record(t.string, Described) });

export interface OnFiles {
  /** The folder of all these files. */
  readonly folder: string;
  readonly files: ArrayFiles;
  /** Each dataset of a file with what h5py reads from it. */
  datasets(file: string): readonly (readonly [dataset: string, array: NdArray])[];
  /** What fabio reads from each file of images. */
  images(): readonly (readonly [file: string, array: NdArray])[];
}

/** In a spec: has Python write the files before its tests, and removes them after. */
export function onFiles(): OnFiles {
  let folder = '';
  let files: ArrayFiles | undefined;
  let written: t.TypeOf<typeof Written> | undefined;
  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-')));
    files = hdf5Files({ root: folder });
    const { code, stdout, stderr } = await (await pythonWith('2.4.5')).run(resolve('specs/files/python/write_files.py'), [folder]);
    if (code !== 0) throw new Error(`Python could not write the files:\n${stderr}`);
    const decoded = Written.decode(JSON.parse(stdout));
    if (E.isLeft(decoded)) throw new Error('the output of Python is invalid');
    written = decoded.right;
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const existing = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the files are there only while the tests run');
    return value;
  };
  return {
    get folder() {
      return folder;
    },
    get files() {
      return existing(files);
    },
    datasets: (file) => Object.entries(existing(written).hdf5[file] ?? {}).map(([name, array]) => [name, arrayOf(array)] as const),
    images: () => Object.entries(existing(written).edf).map(([name, array]) => [name, arrayOf(array)] as const),
  };
}

export function arrayOf({ dtype, shape, bytes }: t.TypeOf<typeof Described>): NdArray {
  if (!isDtype(dtype)) throw new Error(`there is no dtype ${dtype}`);
  return { dtype, shape, data: numbersOf(dtype, '<', Buffer.from(bytes, 'base64')) };
}

/** The points of an array from `start` to `stop`, as a read returns them. */
export function part({ dtype, shape, data }: NdArray, start: number, stop: number): NdArray {
  const [length = 0, ...point] = shape;
  const size = length === 0 ? 0 : data.length / length;
  const [first, last] = [Math.min(start, length), Math.min(stop, length)];
  return { dtype, shape: [last - first, ...point], data: data.slice(first * size, last * size) };
}

export const hdf5 = (file: string, dataset: string): ArrayPlace => ({ format: 'hdf5', file, dataset });
export const edf = (file: string): ArrayPlace => ({ format: 'edf', file, dataset: '' });

export const read = (files: ArrayFiles, place: ArrayPlace, start = 0, stop = 1000): Promise<NdArray> => firstValueFrom(files.read(place, start, stop));

/** The error with which reading ends. */
export async function errorOf(files: ArrayFiles, place: ArrayPlace): Promise<BlissdataError> {
  const error: unknown = await firstValueFrom(files.read(place, 0, 3)).then(
    ({ dtype, shape }) => `${dtype} of shape ${shape.join()}`,
    (reason: unknown) => reason,
  );
  if (!isBlissdataError(error)) throw new Error(`${place.file} ${place.dataset}: expected a BlissdataError, received ${String(error)}`);
  return error;
}

/** Arrays of the same dtype, shape and numbers; NaN is NaN. */
export function expectSame(actual: NdArray, expected: NdArray, what: string): void {
  expect({ what, dtype: actual.dtype, shape: actual.shape }).toEqual({ what, dtype: expected.dtype, shape: expected.shape });
  expect(actual.data.constructor.name).toBe(expected.data.constructor.name);
  expect(actual.data.length).toBe(expected.data.length);
  for (let i = 0; i < expected.data.length; i++) {
    if (!Object.is(actual.data[i], expected.data[i])) throw new Error(`${what}: expected ${String(expected.data[i])} at ${i}, received ${String(actual.data[i])}`);
  }
}
