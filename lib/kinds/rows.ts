/** Numbers from elsewhere, taken as the points of a stream. */
import { isNdArrayData, layoutOf, pointCount } from '../model/chunk-data.js';
import { describe } from '../model/describe.js';
import { itemSize } from '../model/dtype.js';
import { blissdataError } from '../model/errors.js';
import { elementCount, ndArray, type NdArray } from '../model/nd-array.js';
import { compactRows, sliceRows } from '../model/rows.js';
import type { AnyChunkData, ChunkData, StreamType } from '../model/stream-type.js';
import { codecOf } from '../wire/encoding/codec.js';
import type { Encoding, EncodingOf } from '../wire/encoding/encoding.js';
import { zerosAndOnes } from '../wire/encoding/number-bytes.js';
import { wanted } from './answered.js';

/** Which points, and where they were found. */
export interface Found {
  readonly key: string;
  readonly stream: string;
  readonly index: number;
  readonly origin: string;
}

/** At most `most` points. Throws `PointsMismatch` where these are not the points of such a stream: nothing is converted. */
export function rowsOf<T extends StreamType>(encoding: EncodingOf<T>, array: NdArray, most: number, found: Found): ChunkData<T> {
  // The caller may hold more of the same memory.
  const rows = compactRows(pointCount(array) > most ? sliceRows(array, 0, most) : array);
  const data = codecOf(encoding).fromRows(booleansIn(rows));
  if (data !== undefined) return data;
  throw blissdataError('PointsMismatch', { ...found, expected: encoding._tag === 'json' ? 'JSON' : wanted(encoding), received: describe(array) });
}

/** The same points; booleans as 0 and 1, whatever bytes stand for true where they come from. Only for data that was checked. */
export const plainBooleans = <T extends StreamType>(data: ChunkData<T>): ChunkData<T> => layoutOf<T>(data).mapArrays(data, booleansIn);

function booleansIn(array: NdArray): NdArray {
  const { dtype, shape, data } = array;
  if (dtype !== 'bool' || !(data instanceof Uint8Array)) return array;
  const plain = zerosAndOnes(data);
  return plain === data ? array : ndArray('bool', shape, plain);
}

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
export const bytesOf = (data: AnyChunkData): number => (isNdArrayData(data) ? data.data.byteLength : data.length * guessedBytes);
