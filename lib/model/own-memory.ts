/** Who holds which memory: what is handed out by itself has memory of its own, so that keeping, changing or transferring it touches nothing else. */
import { isNdArrayData, valueAt } from './chunk-data.js';
import type { Dtype } from './dtype.js';
import { ndArray, type NdArray } from './nd-array.js';
import type { AnyChunkData, AnyPointValue, ChunkData, PointValue, StreamType } from './stream-type.js';
import { copyPart, viewPart } from './typed-array.js';

/** The point at position `i` of a chunk's data, as it is handed out by itself: an array in memory of its own, unless it is all that its memory holds. */
export function pointOf<T extends StreamType>(data: ChunkData<T>, i: number): PointValue<T> {
  const isRows = isNdArrayData(data);
  const value = valueAt<T>(data, i, isRows && isShared(data, data.shape[0]) ? copyPart : viewPart);
  return !isRows && isNdArray(value) && isShared(value, 1) ? ownPoint<T>(value) : value;
}

/** Whether one of so many points has less than all of the memory. */
const isShared = ({ data }: NdArray, points: number | undefined): boolean => points !== 1 || isWasteful(data.byteLength, data.buffer.byteLength, 1);

/** The same value; an array in memory that nobody else has got. */
export function ownPoint<T extends StreamType>(value: PointValue<T>): PointValue<T>;
export function ownPoint(value: AnyPointValue): AnyPointValue {
  return isNdArray(value) ? copyOf(value) : value;
}

/** The same points in memory that nobody else has got. */
export function ownData<T extends StreamType>(data: ChunkData<T>): ChunkData<T>;
export function ownData(data: AnyChunkData): AnyChunkData {
  return isNdArrayData(data) ? copyOf(data) : data.map((value) => (isNdArray(value) ? copyOf(value) : value));
}

/**
 * The same points; in new memory if that in which they lie is more than `most` times as big, 1 for what others may have got a part of. What
 * is empty gets memory of its own as well, for others may have got the same nothing.
 */
export function compactData<T extends StreamType>(data: ChunkData<T>, most = 2): ChunkData<T> {
  const { used, held } = memoryOf(data);
  return held !== undefined && isWasteful(used, held, most) ? ownData<T>(data) : data;
}

/** The same rows, in memory that holds nothing else. */
export const compactRows = (rows: NdArray): NdArray => (isShared(rows, 1) ? copyOf(rows) : rows);

/** How many bytes the points take, and how many lie in the memory that they are in; `held` is undefined for what has none, as JSON. */
function memoryOf(data: AnyChunkData): { readonly used: number; readonly held: number | undefined } {
  if (isNdArrayData(data)) return { used: data.data.byteLength, held: data.data.buffer.byteLength };
  let used = 0;
  const buffers = new Set<ArrayBufferLike>();
  for (const value of data) {
    if (!isNdArray(value)) return { used: 0, held: undefined };
    used += value.data.byteLength;
    buffers.add(value.data.buffer);
  }
  return { used, held: buffers.size === 0 ? undefined : [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0) };
}

const isWasteful = (used: number, held: number, most: number): boolean => used === 0 || used * most < held;

const copyOf = <D extends Dtype>({ dtype, shape, data }: NdArray<D>): NdArray<D> => ndArray(dtype, shape, copyPart(dtype, data, 0, data.length));

/** JSON has no typed arrays. */
const isNdArray = (value: AnyPointValue): value is NdArray => typeof value === 'object' && value !== null && 'data' in value && ArrayBuffer.isView(value.data);
