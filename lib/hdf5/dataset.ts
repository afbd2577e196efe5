/** A dataset in an open HDF5 file: what it is, and reading a part of it. */
import { dirname, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { itemSize, type Dtype } from '../model/dtype.js';
import { blissdataError } from '../model/errors.js';
import { elementCount } from '../model/nd-array.js';
import { problemsOf } from '../wire/problems.js';
import { DatasetType, dtypeOf } from './dataset-type.js';
import type { H5File, H5Module } from './h5wasm.js';

const Metadata = t.intersection([
  DatasetType,
  t.type({ shape: t.union([t.null, t.readonlyArray(t.number)]), chunks: t.union([t.null, t.readonlyArray(t.number)]) }),
  t.partial({ virtual_sources: t.readonlyArray(t.type({ file_name: t.string, dset_name: t.string })) }),
]);

const Filters = t.readonlyArray(t.type({ id: t.number, name: t.string }));

export interface Filter {
  readonly id: number;
  readonly name: string;
}

export interface Dataset {
  readonly dtype: Dtype;
  /** Along the first axis. */
  readonly length: number;
  readonly pointShape: readonly number[];
  readonly pointBytes: number;
  /** How many points are stored together: a part of them costs as much as all. */
  readonly pointsPerChunk: number;
  readonly filters: readonly Filter[];
  /** The files whose data a virtual dataset shows, as far as it names them. */
  readonly sources: readonly string[];
  readonly isVirtual: boolean;
}

/** Throws `FileNotReadable` if the file has no such dataset, `UnsupportedFile` if it is none that can be read. */
export function describeDataset(module: H5Module, file: H5File, path: string, name: string): Dataset {
  const unsupported = (expected: string, received: string): Error => blissdataError('UnsupportedFile', { path, expected, received });
  const found = E.tryCatch(() => module.get_dataset_metadata(file.file_id, name), E.toError);
  if (E.isLeft(found)) {
    if (isGroup(module, file, name)) throw unsupported(`a dataset at "${name}"`, 'a group');
    throw blissdataError('FileNotReadable', { path, reason: `it has no dataset "${name}"` }, found.left);
  }
  const metadata = Metadata.decode(found.right);
  if (E.isLeft(metadata)) throw unsupported(`a dataset at "${name}" that can be described`, problemsOf(metadata.left).join('; '));
  const { shape, chunks, virtual_sources = [], ...type } = metadata.right;
  const dtype = dtypeOf(type);
  if (E.isLeft(dtype)) throw unsupported(`numbers at "${name}"`, `a type that is ${dtype.left}`);
  const [length, ...pointShape] = shape ?? [];
  if (length === undefined) throw unsupported(`an array at "${name}"`, shape === null ? 'nothing' : 'a scalar');
  const filters = chunks === null ? E.right([]) : Filters.decode(module.get_dataset_filters(file.file_id, name));
  if (E.isLeft(filters)) throw unsupported(`a list of the filters of "${name}"`, problemsOf(filters.left).join('; '));
  return {
    dtype: dtype.right,
    length,
    pointShape,
    pointBytes: elementCount(pointShape) * itemSize(dtype.right),
    pointsPerChunk: Math.max(1, chunks?.[0] ?? 1),
    filters: filters.right,
    sources: sourcesOf(virtual_sources, path),
    isVirtual: virtual_sources.length > 0,
  };
}

/** Names are relative to the file; `.` is the file itself, `%b` stands for as many numbers as there are files, `%%` for a percent sign. */
function sourcesOf(sources: readonly { readonly file_name: string }[], path: string): readonly string[] {
  const names = new Set(sources.map(({ file_name }) => file_name).filter((name) => name !== '.' && !/(^|[^%])(%%)*%b/.test(name)));
  return [...names].map((name) => resolve(dirname(path), name.replaceAll('%%', '%')));
}

/** An empty name is the group at the top. */
const isGroup = (module: H5Module, file: H5File, name: string): boolean => name === '' || E.getOrElse(() => -1)(E.tryCatch(() => module.get_type(file.file_id, name), E.toError)) === 0;

/** Reads `count` points from `start` on into `target`. Whether that went well. */
export function readPoints(module: H5Module, file: H5File, name: string, { pointShape, pointBytes }: Dataset, start: number, count: number, target: Uint8Array): boolean {
  const bytes = count * pointBytes;
  const pointer = module._malloc(bytes);
  if (pointer === 0) return false;
  try {
    const shape = [count, ...pointShape];
    const status = module.get_dataset_data(
      file.file_id,
      name,
      shape.map(BigInt),
      shape.map((_, axis) => BigInt(axis === 0 ? start : 0)),
      shape.map(() => 1n),
      BigInt(pointer),
    );
    if (status < 0) return false;
    target.set(module.HEAPU8.subarray(pointer, pointer + bytes));
    return true;
  } finally {
    module._free(pointer);
  }
}
