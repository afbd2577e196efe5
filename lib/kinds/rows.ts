/** Numbers from elsewhere, taken as the points of a stream. */
import { pointCount, rowAt, sliceRows } from '../model/chunk-data.js';
import { itemSize } from '../model/dtype.js';
import { blissdataError } from '../model/errors.js';
import type { Json } from '../model/json.js';
import { elementCount, ndArray, type NdArray } from '../model/nd-array.js';
import { compactRows } from '../model/own-memory.js';
import type { AnyChunkData, ChunkData, StreamType } from '../model/stream-type.js';
import type { Encoding, EncodingOf } from '../wire/encoding/encoding.js';
import { zerosAndOnes } from '../wire/encoding/number-bytes.js';
import { describe, describeShape } from '../wire/encoding/describe.js';

/** Which points, and where they were found. */
export interface Found {
  readonly key: string;
  readonly stream: string;
  readonly index: number;
  readonly origin: string;
}

/** At most `most` points. Throws `PointsMismatch` where these are not the points of such a stream: nothing is converted. */
export function rowsOf<T extends StreamType>(encoding: EncodingOf<T>, array: NdArray, most: number, found: Found): ChunkData<T>;
export function rowsOf(encoding: Encoding, array: NdArray, most: number, found: Found): AnyChunkData {
  if (encoding._tag === 'json' || array.dtype !== encoding.dtype || !fits(array.shape.slice(1), encoding.shape)) {
    const expected = encoding._tag === 'json' ? 'JSON' : `points of ${encoding.dtype}, shape ${describeShape(encoding.shape)}`;
    throw blissdataError('PointsMismatch', { ...found, expected, received: describe(array) });
  }
  // Whoever gave them may have more of the same memory.
  const rows = booleansIn(compactRows(pointCount(array) > most ? sliceRows(array, 0, most) : array));
  return encoding.ragged ? Array.from({ length: pointCount(rows) }, (_, i) => rowAt(rows, i)).filter((row) => row !== undefined) : rows;
}

const fits = (shape: readonly number[], declared: readonly number[]): boolean => shape.length === declared.length && shape.every((n, i) => declared[i] === -1 || declared[i] === n);

/**
 * The same points; booleans as 0 and 1, whatever bytes stand for true where they come from. To be asked only for what has been looked at.
 */
export function plainBooleans<T extends StreamType>(data: ChunkData<T>): ChunkData<T>;
export function plainBooleans(data: AnyChunkData): AnyChunkData {
  if (!isArray(data)) return booleansIn(data);
  // Points of one stream are of one dtype.
  const [first] = data;
  return isRagged(first) && first.dtype === 'bool' ? data.map((point) => (isRagged(point) ? booleansIn(point) : point)) : data;
}

function booleansIn(array: NdArray): NdArray {
  const { dtype, shape, data } = array;
  if (dtype !== 'bool' || !(data instanceof Uint8Array)) return array;
  const plain = zerosAndOnes(data);
  return plain === data ? array : ndArray('bool', shape, plain);
}

const isRagged = (value: NdArray | Json | undefined): value is NdArray => typeof value === 'object' && value !== null && 'data' in value && ArrayBuffer.isView(value.data);

/** What a point of no certain size is taken for. */
const guessedBytes = 1024;

/** What is read of a file at one go, at the most. */
const bytesPerPiece = 1 << 20;

/** How many points of a stream make a piece of so many bytes, and of 1 MiB at the most; at least one. */
export function pointsPerPiece(encoding: Encoding, bytes = bytesPerPiece): number {
  const perPoint = encoding._tag === 'json' || encoding.ragged ? guessedBytes : itemSize(encoding.dtype) * elementCount(encoding.shape);
  return Math.max(1, Math.floor(Math.min(bytes, bytesPerPiece) / Math.max(perPoint, 1)));
}

/** About how many bytes points take. */
export const bytesOf = (data: AnyChunkData): number => (isArray(data) ? data.length * guessedBytes : data.data.byteLength);

const isArray = (data: AnyChunkData): data is Exclude<AnyChunkData, NdArray> => Array.isArray(data);
