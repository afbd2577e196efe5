/** A dataset in an open HDF5 file: its metadata, and reading a part of it. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { blissdataError, isBlissdataError, type BlissdataError } from '../../model/errors.js';
import { elementCount } from '../../model/nd-array.js';
import { problemsOf } from '../../wire/problems.js';
import type { H5Module } from './library/h5wasm.js';
import type { Located } from './link-resolver.js';
import { numberDecoderOf, type NumberDecoder } from './format/number-decoder.js';
import { newerThanLibrary, readDatasetHeader, type DatasetHeader } from './format/object-header.js';
import type { MountedFiles } from './library/mounted-files.js';

const Metadata = t.intersection([
  t.type({ size: t.number, shape: t.union([t.null, t.readonlyArray(t.number)]), chunks: t.union([t.null, t.readonlyArray(t.number)]) }),
  t.partial({ virtual_sources: t.readonlyArray(t.type({ file_name: t.string, dset_name: t.string })) }),
]);

const Filters = t.readonlyArray(t.type({ id: t.number, name: t.string }));

/** An address, in eight bytes. */
const Reference = t.readonlyArray(t.number);

export interface Filter {
  readonly id: number;
  readonly name: string;
}

export interface VirtualSource {
  readonly file_name: string;
  readonly dset_name: string;
}

/** The metadata of any dataset, whatever it holds. */
export interface DatasetMetadata {
  readonly shape: readonly number[] | null;
  readonly chunks: readonly number[] | null;
  readonly filters: readonly Filter[];
  readonly virtualSources: readonly VirtualSource[];
  readonly header: DatasetHeader;
  /** The address of the object in its file. */
  readonly address: number;
}

/** A dataset of numbers. */
export interface Dataset {
  readonly decoder: NumberDecoder;
  /** Along the first axis. */
  readonly length: number;
  readonly pointShape: readonly number[];
  /** The size of a point as the library reads it. */
  readonly pointBytes: number;
  /** How many points are stored in a chunk: reading a part of one costs as much as all of it. */
  readonly pointsPerChunk: number;
}

function addressIn(reference: unknown): number | null {
  const bytes = Reference.decode(reference);
  return E.isRight(bytes) && bytes.right.length === 8 ? bytes.right.reduceRight((sum, byte) => sum * 256 + byte, 0) : null;
}

/** Throws `UnsupportedFile` or `FileNotReadable`. */
export function metadataOf(module: H5Module, files: MountedFiles, { file, path: name }: Located): DatasetMetadata {
  const { namedPath: path, libraryPath } = file.mounted;
  const unsupported = (expected: string, received: string, cause?: unknown): Error => blissdataError('UnsupportedFile', { path, expected, received }, cause);
  const openingError = (cause: Error): BlissdataError => {
    const newer = E.tryCatch(() => newerThanLibrary(files.descriptor(libraryPath), addressIn(module.create_object_reference(file.handle.file_id, name)) ?? NaN), E.toError);
    if (E.isRight(newer) && newer.right !== null) return blissdataError('UnsupportedFile', { path, expected: `${newer.right.expected} at "${name}"`, received: newer.right.received }, cause);
    return blissdataError('FileNotReadable', { path, reason: `it has no dataset "${name}" that can be opened` }, cause);
  };
  const call = (run: () => unknown): unknown => {
    const result = E.tryCatch(run, E.toError);
    if (E.isLeft(result)) throw openingError(result.left);
    return result.right;
  };
  const metadata = Metadata.decode(call(() => module.get_dataset_metadata(file.handle.file_id, name)));
  if (E.isLeft(metadata)) throw unsupported(`metadata of the dataset at "${name}"`, problemsOf(metadata.left).join('; '));
  const { shape, chunks, size, virtual_sources = [] } = metadata.right;
  const filters = chunks === null ? E.right([]) : Filters.decode(call(() => module.get_dataset_filters(file.handle.file_id, name)));
  if (E.isLeft(filters)) throw unsupported(`a list of the filters of "${name}"`, problemsOf(filters.left).join('; '));
  const address = addressIn(call(() => module.create_object_reference(file.handle.file_id, name)));
  if (address === null) throw unsupported(`the address of the dataset at "${name}"`, 'none');
  const header = E.tryCatch(() => readDatasetHeader(files.descriptor(libraryPath), address), E.toError);
  if (E.isLeft(header)) throw isBlissdataError(header.left) ? header.left : unsupported(`a readable type of "${name}"`, header.left.message, header.left);
  // Values of variable length have another size in memory.
  if (header.right.datatype.kind !== 'other' && header.right.datatype.size !== size) throw unsupported(`values of ${size} bytes at "${name}"`, `a type of ${header.right.datatype.size}`);
  return { shape, chunks, filters: filters.right, virtualSources: virtual_sources, header: header.right, address };
}

/** Throws `UnsupportedFile` unless it is an array of numbers. */
export function datasetOf(path: string, name: string, { shape, chunks, header }: DatasetMetadata): Dataset {
  const unsupported = (expected: string, received: string): Error => blissdataError('UnsupportedFile', { path, expected, received });
  const decoder = numberDecoderOf(header.datatype);
  if (E.isLeft(decoder)) throw unsupported(`numbers at "${name}"`, `a type that is ${decoder.left}`);
  const [length, ...pointShape] = shape ?? [];
  if (length === undefined) throw unsupported(`an array at "${name}"`, shape === null ? 'nothing' : 'a scalar');
  return { decoder: decoder.right, length, pointShape, pointBytes: elementCount(pointShape) * decoder.right.storedSize, pointsPerChunk: Math.max(1, chunks?.[0] ?? 1) };
}

/** Reads `count` points from `start` on into `target`. Returns whether that succeeded. */
export function readPoints(module: H5Module, { file, path }: Located, { pointShape, pointBytes }: Dataset, start: number, count: number, target: Uint8Array): boolean {
  const bytes = count * pointBytes;
  const pointer = module._malloc(bytes);
  if (pointer === 0) return false;
  try {
    const shape = [count, ...pointShape];
    const status = module.get_dataset_data(
      file.handle.file_id,
      path,
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
