/** How a stream's type is named: `'float64'`, `'uint16[]'`, `'int32[*]'`, `'json'`, and what its points and chunks are. */
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
 * Whose memory it is: what a reader gives belongs to whoever gets it, to be kept, changed or transferred to a worker. An array that is
 * handed out as a point (`points$`, `latest$`, `at`, a row of `zipByIndex`) has memory of its own, so that keeping it keeps nothing else.
 * A chunk shares its memory with no other chunk, but its points lie in it together: transfer it whole, and copy a point that is to be
 * kept by itself (`valueAt` is a view). `lend: true` alone gives memory that is taken back.
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

/** What a writer takes for one point. An array of fixed shape may come as its flat typed array, a ragged one only if one-dimensional. */
export type PointInput<T extends StreamType> = T extends 'json'
  ? Json
  : T extends 'int64' | 'uint64'
    ? bigint | number
    : T extends Dtype
      ? ScalarOf<T>
      : NdArray<DtypeOf<T>> | DataOf<DtypeOf<T>>;

/**
 * What a writer takes for many points at once: their values in an array; scalars also as one typed array,
 * arrays of one shape also as one NdArray of shape `[n, ...shape]`.
 */
export type BatchInput<T extends StreamType> =
  | readonly PointInput<T>[]
  | (T extends 'json' ? never : T extends Dtype ? DataOf<T> | NdArray<T> : NdArray<DtypeOf<T>>);

/** One point with its place in the stream (0 is the first). */
export interface Point<T extends StreamType = StreamType> {
  readonly index: number;
  readonly value: PointValue<T>;
}

/**
 * Consecutive points. `index` is that of the first point this chunk speaks of, `expired` how many of those were trimmed off
 * before they could be read; `data` starts at `index + expired`.
 */
export interface Chunk<T extends StreamType = StreamType> {
  readonly index: number;
  readonly expired: number;
  readonly data: ChunkData<T>;
}

/**
 * A chunk for a consumer who does not get every point: `dropped` tells how many points right before `index` were passed over by
 * the consumer's own policy; 0 where it gets all.
 */
export interface PacedChunk<T extends StreamType = StreamType> extends Chunk<T> {
  readonly dropped: number;
}
