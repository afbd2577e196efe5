/** Chunk data made from an encoding: none at all, or many pieces joined into one. */
import { isNdArrayData, joinRows } from '../../model/chunk-data.js';
import { ndArray } from '../../model/nd-array.js';
import type { AnyChunkData, ChunkData, StreamType } from '../../model/stream-type.js';
import { zeros } from '../../model/typed-array.js';
import type { Encoding, EncodingOf } from './encoding.js';

/** The data of no points: an NdArray of shape `[0, ...]` that keeps dtype and point shape; for ragged and JSON streams an empty list. */
export function emptyData<T extends StreamType>(encoding: EncodingOf<T>): ChunkData<T>;
export function emptyData(encoding: Encoding): AnyChunkData {
  if (encoding._tag === 'json' || encoding.ragged) return [];
  return ndArray(encoding.dtype, [0, ...encoding.shape], zeros(encoding.dtype, 0));
}

/** The data of consecutive chunks as one, in memory of its own unless there is only one. */
export function concatData<T extends StreamType>(encoding: EncodingOf<T>, parts: readonly ChunkData<T>[]): ChunkData<T>;
export function concatData(encoding: Encoding, parts: readonly AnyChunkData[]): AnyChunkData {
  const [first] = parts;
  if (first === undefined) return emptyData<StreamType>(encoding);
  if (parts.length === 1) return first;
  if (encoding._tag === 'json' || encoding.ragged) return parts.flatMap((part) => (isNdArrayData(part) ? [] : part));
  return joinRows(encoding.dtype, encoding.shape, parts.filter(isNdArrayData));
}
