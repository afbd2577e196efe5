/** Stream types, named `'float64'`, `'uint16[]'`, `'int32[*]'`, `'json'`, and the types of their points and chunks. */
import type { DataOf, Dtype, ScalarOf } from './dtype.js';
import type { Json } from './json.js';
import type { NdArray } from './nd-array.js';

/**
 * The type of a stream's points, in one string:
 *
 * | type | a point is | `chunk.data` is |
 * |---|---|---|
 * | `'float64'` (any dtype) | a scalar: number, bigint, boolean or Complex | one NdArray of shape `[n]` |
 * | `'float64[]'` | an NdArray, of the same shape for every point | one NdArray of shape `[n, ...shape]` |
 * | `'float64[*]'` | an NdArray, each of its own shape (ragged: a -1 in the encoding's shape) | an array of n NdArrays |
 * | `'json'` | a JSON value | an array of n JSON values |
 *
 * Memory: what a reader delivers belongs to the consumer, to be kept, changed or transferred to a worker. An array delivered as a point
 * (`points$`, `latest$`, `at`, a row of `zipByIndex`) has memory of its own, so keeping it keeps nothing else alive. A chunk shares no
 * memory with other chunks, but its points lie in it together: transfer it as a whole, and copy a point that you keep (`valueAt` is a
 * view). Only with `lend: true` the memory is taken back.
 */
export type StreamType = Dtype | `${Dtype}[]` | `${Dtype}[*]` | 'json';

export type DtypeOf<T extends StreamType> = T extends `${infer D extends Dtype}[]` ? D : T extends `${infer D extends Dtype}[*]` ? D : T extends Dtype ? T : never;

/** The value of one point. */
export type PointValue<T extends StreamType> = T extends 'json' ? Json : T extends Dtype ? ScalarOf<T> : NdArray<DtypeOf<T>>;

/** The data of many consecutive points. */
export type ChunkData<T extends StreamType> = T extends 'json' ? readonly Json[] : T extends `${Dtype}[*]` ? readonly NdArray<DtypeOf<T>>[] : NdArray<DtypeOf<T>>;

/** The data of many points of any type: what {@link ChunkData} is before the stream's type is known. */
export type AnyChunkData = NdArray | readonly (NdArray | Json)[];

/** The value of one point of any type. */
export type AnyPointValue = ScalarOf<Dtype> | NdArray | Json;

/** What a writer accepts as one point. An array of fixed shape may be given as its flat typed array, a ragged one only if it has one dimension. */
export type PointInput<T extends StreamType> = T extends 'json'
  ? Json
  : T extends 'int64' | 'uint64'
    ? bigint | number
    : T extends Dtype
      ? ScalarOf<T>
      : NdArray<DtypeOf<T>> | DataOf<DtypeOf<T>>;

/**
 * What a writer accepts as many points at once: their values in an array; also one typed array of scalars, or one NdArray of shape
 * `[n, ...shape]` for arrays of one shape.
 */
export type BatchInput<T extends StreamType> =
  | readonly PointInput<T>[]
  | (T extends 'json' ? never : T extends Dtype ? DataOf<T> | NdArray<T> : NdArray<DtypeOf<T>>);

/** One point with its index in the stream, from 0. */
export interface Point<T extends StreamType = StreamType> {
  readonly index: number;
  readonly value: PointValue<T>;
}

/**
 * Consecutive points from `index` on. The first `expired` of them were trimmed off before they could be read; `data` starts at
 * `index + expired`.
 */
export interface Chunk<T extends StreamType = StreamType> {
  readonly index: number;
  readonly expired: number;
  readonly data: ChunkData<T>;
}

/**
 * A chunk for a consumer that may skip points: its policy skipped `dropped` points right before `index`; 0 if it gets all.
 */
export interface PacedChunk<T extends StreamType = StreamType> extends Chunk<T> {
  readonly dropped: number;
}
