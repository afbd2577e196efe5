/** How many points are read from a file or a detector at a time. */
import { isNdArrayData } from '../model/chunk-data.js';
import type { AnyChunkData } from '../model/stream-type.js';
import type { Encoding } from '../wire/encoding/encoding.js';
import { ASSUMED_POINT_BYTES, pointBytes } from '../wire/encoding/point-size.js';

/** The most that is read at a time. */
const mostBytes = 1 << 20;

/** How many points make a piece of `bytes`, and of 1 MiB at most; at least one. */
export const pointsPerPiece = (encoding: Encoding, bytes = mostBytes): number => Math.max(1, Math.floor(Math.min(bytes, mostBytes) / Math.max(pointBytes(encoding), 1)));

/** About how many bytes points take. */
export const bytesOf = (data: AnyChunkData): number => (isNdArrayData(data) ? data.data.byteLength : data.length * ASSUMED_POINT_BYTES);
