/** Points and chunks alike, for operators that take both: their indices and their size. */
import * as E from 'fp-ts/lib/Either.js';
import { isComplexValue, itemSize } from '../model/dtype.js';
import { isNdArrayData, pointCount } from '../model/chunk-data.js';
import { elementCount, isNdArray, type NdArray } from '../model/nd-array.js';
import type { AnyChunkData, Chunk } from '../model/stream-type.js';
import { writeJson } from '../wire/json-text/write-json.js';

/** A value with its index in a stream: a `Point`, or what a pipeline made of one. */
export interface Indexed<V = unknown> {
  readonly index: number;
  readonly value: V;
}

/** A value of `points$` or `chunks$`. */
export type Item = Indexed | Chunk;

export const isChunk = (item: Item): item is Chunk => 'data' in item;

/** The index of the first point it holds. */
export const startOf = (item: Item): number => (isChunk(item) ? item.index + item.expired : item.index);

/** The index after its last point. */
export const endOf = (item: Item): number => (isChunk(item) ? startOf(item) + pointCount(item.data) : item.index + 1);

/** The bytes of its points: their size on the wire for numbers in chunks and arrays, 8 for a number of unknown dtype, the length of the text for JSON. */
export const bytesOf = (item: Item): number => (isChunk(item) ? bytesOfData(item.data) : bytesOfValue(item.value));

const bytesOfData = (data: AnyChunkData): number =>
  isNdArrayData(data) ? bytesOfArray(data) : data.reduce<number>((sum, value) => sum + bytesOfValue(value), 0);

const bytesOfArray = ({ dtype, shape }: NdArray): number => elementCount(shape) * itemSize(dtype);

function bytesOfValue(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'bigint') return itemSize('float64');
  if (typeof value === 'boolean') return itemSize('bool');
  if (isNdArray(value)) return bytesOfArray(value);
  if (isComplexValue(value)) return itemSize('complex128');
  return E.match(
    () => 0,
    (text: string) => text.length,
  )(writeJson(value, 'literal'));
}
