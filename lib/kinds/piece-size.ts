/** How many points are read from a file or a detector at a time. */
import { isNdArrayData } from '../model/chunk-data.js';
import { itemSize } from '../model/dtype.js';
import { elementCount } from '../model/nd-array.js';
import type { AnyChunkData } from '../model/stream-type.js';
import type { Encoding } from '../wire/encoding/encoding.js';

/** The assumed size of a point of variable size. */
const assumedBytes = 1024;

/** The most that is read at a time. */
const mostBytes = 1 << 20;

/** How many points make a piece of `bytes`, and of 1 MiB at most; at least one. */
export function pointsPerPiece(encoding: Encoding, bytes = mostBytes): number {
  const perPoint = encoding._tag === 'json' || encoding.ragged ? assumedBytes : itemSize(encoding.dtype) * elementCount(encoding.shape);
  return Math.max(1, Math.floor(Math.min(bytes, mostBytes) / Math.max(perPoint, 1)));
}

/** About how many bytes points take. */
export const bytesOf = (data: AnyChunkData): number => (isNdArrayData(data) ? data.data.byteLength : data.length * assumedBytes);
