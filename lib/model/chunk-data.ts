/**
 * The points inside a chunk's data: one of them, a slice, several chunks joined, and whose memory they lie in.
 *
 * Points handed out one by one get memory of their own, so that keeping, changing or transferring one touches nothing else.
 */
import { blissdataError } from './errors.js';
import type { Json } from './json.js';
import { isNdArray, type NdArray } from './nd-array.js';
import { copyArray, everyNthRow, isWasteful, joinRows, rowAt, scalarAt, sliceRows } from './rows.js';
import type { AnyChunkData, AnyPointValue, ChunkData, PointValue, StreamType } from './stream-type.js';
import { copyPart, viewPart } from './typed-array.js';

/** True for the data of scalars and of arrays of one shape, false for a list of ragged arrays or JSON values. */
export const isNdArrayData = (data: AnyChunkData): data is NdArray => !Array.isArray(data);

export const pointCount = (data: AnyChunkData): number => (isNdArrayData(data) ? (data.shape[0] ?? 0) : data.length);

/** What can be done with the data of points of one type, whichever of its two forms it has. */
export interface DataLayout<Data extends AnyChunkData = AnyChunkData, Value extends AnyPointValue = AnyPointValue> {
  /**
   * The value of point `i`, counted from 0: a scalar, an NdArray that shares the memory of `data`, or a JSON value.
   *
   * @throws InvalidArgument beyond the end.
   */
  at(data: Data, i: number): Value;
  /** The same; an array in memory of its own, unless it already fills the memory it lies in. */
  ownAt(data: Data, i: number): Value;
  /**
   * Every `step`-th point from `start` up to `stop`; bounds beyond the data are clamped.
   * With step 1 the result shares the memory of `data`, otherwise it has its own.
   */
  slice(data: Data, start: number, stop: number, step?: number): Data;
  /**
   * The data of one or more consecutive chunks: as it is if there is only one, otherwise in memory of its own.
   *
   * @throws InvalidArgument for none, or for parts of different dtypes or point shapes.
   */
  concat(parts: readonly Data[]): Data;
  /** The same data with each array in it replaced. */
  mapArrays(data: Data, project: (array: NdArray) => NdArray): Data;
  /**
   * The same points; in new memory if the memory they lie in is more than `most` times as big (1 where others may hold a part of it).
   * Empty data always gets memory of its own: the same empty array may be in other hands.
   */
  compact(data: Data, most?: number): Data;
}

/** The data of ragged arrays or of JSON. */
export type List = readonly (NdArray | Json)[];

/** One row a point. */
export class RowLayout implements DataLayout<NdArray> {
  at(data: NdArray, i: number): AnyPointValue {
    return (data.shape.length === 1 ? scalarAt(data, i) : rowAt(data, i)) ?? noSuchPoint(data, i);
  }

  ownAt(data: NdArray, i: number): AnyPointValue {
    if (data.shape.length === 1) return scalarAt(data, i) ?? noSuchPoint(data, i);
    const isAll = data.shape[0] === 1 && !isWasteful(data.data.byteLength, data.data.buffer.byteLength, 1);
    return rowAt(data, i, isAll ? viewPart : copyPart) ?? noSuchPoint(data, i);
  }

  slice(data: NdArray, start: number, stop: number, step = 1): NdArray {
    const [from, to] = clamp(data, start, stop);
    return step === 1 ? sliceRows(data, from, to) : everyNthRow(data, from, to, step);
  }

  concat(parts: readonly NdArray[]): NdArray {
    const first = firstOf(parts);
    return parts.length === 1 ? first : joinRows(first.dtype, first.shape.slice(1), parts);
  }

  mapArrays(data: NdArray, project: (array: NdArray) => NdArray): NdArray {
    return project(data);
  }

  compact(data: NdArray, most = 2): NdArray {
    return isWasteful(data.data.byteLength, data.data.buffer.byteLength, most) ? copyArray(data) : data;
  }
}

/** One element a point. */
export class ListLayout implements DataLayout<List> {
  at(data: List, i: number): AnyPointValue {
    const value = data[i];
    return value === undefined ? noSuchPoint(data, i) : value;
  }

  ownAt(data: List, i: number): AnyPointValue {
    const value = this.at(data, i);
    return isNdArray(value) && isWasteful(value.data.byteLength, value.data.buffer.byteLength, 1) ? copyArray(value) : value;
  }

  slice(data: List, start: number, stop: number, step = 1): List {
    const part = data.slice(...clamp(data, start, stop));
    return step === 1 ? part : part.filter((_, i) => i % step === 0);
  }

  concat(parts: readonly List[]): List {
    const first = firstOf(parts);
    return parts.length === 1 ? first : parts.flatMap((part) => part);
  }

  mapArrays(data: List, project: (array: NdArray) => NdArray): List {
    return data.map((value) => (isNdArray(value) ? project(value) : value));
  }

  compact(data: List, most = 2): List {
    let used = 0;
    let held = 0;
    const buffers = new Set<ArrayBufferLike>();
    for (const value of data) {
      if (!isNdArray(value)) return data; // JSON lies in no memory that could be shared
      const { buffer, byteLength } = value.data;
      used += byteLength;
      if (!buffers.has(buffer)) held += buffer.byteLength;
      buffers.add(buffer);
    }
    return buffers.size > 0 && isWasteful(used, held, most) ? this.mapArrays(data, copyArray) : data;
  }
}

const rowLayout = new RowLayout();
const listLayout = new ListLayout();

/** The layout of some data, derived from the data alone. A reader that knows the encoding has it from its `Codec`. */
export function layoutOf<T extends StreamType>(data: ChunkData<T>): DataLayout<ChunkData<T>, PointValue<T>>;
export function layoutOf(data: AnyChunkData): DataLayout {
  return isNdArrayData(data) ? rowLayout : listLayout;
}

export const valueAt = <T extends StreamType>(data: ChunkData<T>, i: number): PointValue<T> => layoutOf<T>(data).at(data, i);

export const pointOf = <T extends StreamType>(data: ChunkData<T>, i: number): PointValue<T> => layoutOf<T>(data).ownAt(data, i);

export const sliceData = <T extends StreamType>(data: ChunkData<T>, start: number, stop: number, step?: number): ChunkData<T> => layoutOf<T>(data).slice(data, start, stop, step);

/** One or more parts of unknown encoding joined, see {@link DataLayout.concat}. */
export const joinData = <T extends StreamType>(parts: readonly ChunkData<T>[]): ChunkData<T> => layoutOf<T>(parts[0] ?? noParts()).concat(parts);

export const compactData = <T extends StreamType>(data: ChunkData<T>, most?: number): ChunkData<T> => layoutOf<T>(data).compact(data, most);

/** The same points, in memory that is in no other hands. */
export const ownData = <T extends StreamType>(data: ChunkData<T>): ChunkData<T> => layoutOf<T>(data).mapArrays(data, copyArray);

/** The same value; an array in memory that is in no other hands. */
export function ownPoint<T extends StreamType>(value: PointValue<T>): PointValue<T>;
export function ownPoint(value: AnyPointValue): AnyPointValue {
  return isNdArray(value) ? copyArray(value) : value;
}

function clamp(data: AnyChunkData, start: number, stop: number): readonly [from: number, to: number] {
  const count = pointCount(data);
  const from = Math.min(Math.max(0, start), count);
  return [from, Math.max(from, Math.min(stop, count))];
}

function noSuchPoint(data: AnyChunkData, i: number): never {
  throw blissdataError('InvalidArgument', { argument: 'position', expected: `0 to ${pointCount(data) - 1}`, received: String(i) });
}

function noParts(): never {
  throw blissdataError('InvalidArgument', { argument: 'chunk', expected: 'at least one part', received: 'none' });
}

/** The first of some parts, once all are known to be of its type. */
function firstOf<Data extends AnyChunkData>(parts: readonly Data[]): Data {
  const [first = noParts()] = parts;
  const other = parts.find((part) => !isSameType(first, part));
  if (other === undefined) return first;
  throw blissdataError('InvalidArgument', { argument: 'chunk', expected: typeOf(first), received: typeOf(other) });
}

const isSameType = (a: AnyChunkData, b: AnyChunkData): boolean =>
  isNdArrayData(a) && isNdArrayData(b) ? a.dtype === b.dtype && a.shape.length === b.shape.length && a.shape.every((n, i) => i === 0 || n === b.shape[i]) : isNdArrayData(a) === isNdArrayData(b);

function typeOf(data: AnyChunkData): string {
  if (!isNdArrayData(data)) return 'a list of ragged arrays or JSON values';
  return data.shape.length === 1 ? data.dtype : `${data.dtype} of shape [${data.shape.slice(1).join(', ')}]`;
}
