/** What flows out of a stream, points or chunks of them, seen alike by operators that take both. */
import * as E from 'fp-ts/lib/Either.js';
import { isComplexValue, itemSize } from '../model/dtype.js';
import { isNdArrayData, pointCount } from '../model/chunk-data.js';
import { elementCount, isNdArray, type NdArray } from '../model/nd-array.js';
import type { AnyChunkData, Chunk } from '../model/stream-type.js';
import { writeJson } from '../wire/json-text/write-json.js';

/** A value with its place in a stream: a `Point`, or what a pipeline has made of one. */
export interface Indexed<V = unknown> {
  readonly index: number;
  readonly value: V;
}

/** What `points$` and `chunks$` emit. */
export type Item = Indexed | Chunk;

export const isChunk = (item: Item): item is Chunk => 'data' in item;

/** The index of the first point that is there. */
export const startOf = (item: Item): number => (isChunk(item) ? item.index + item.expired : item.index);

/** The index after the last point that the item speaks of. */
export const endOf = (item: Item): number => (isChunk(item) ? startOf(item) + pointCount(item.data) : item.index + 1);

/** How many bytes the points take: on the wire for numbers in chunks and arrays, 8 for a number whose dtype is not known, the length of its text for JSON. */
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
