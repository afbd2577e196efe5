/** Points returned by code outside this package (readers of files, detectors, users' kinds): validated, then brought into the form of a chunk. */
import { catchError, concat, defer, take, tap, throwError, type Observable } from 'rxjs';
import { layoutOf, pointCount } from '../model/chunk-data.js';
import { describe, describeShape } from '../model/describe.js';
import { isDtype, numbersPerElement, type Dtype } from '../model/dtype.js';
import { blissdataError, isBlissdataError } from '../model/errors.js';
import { elementCount, ndArray, type NdArray } from '../model/nd-array.js';
import { compactRows, sliceRows } from '../model/rows.js';
import type { ChunkData, StreamType } from '../model/stream-type.js';
import { isDataOf } from '../model/typed-array.js';
import { codecOf } from '../wire/encoding/codec.js';
import type { Encoding, EncodingOf, Where } from '../wire/encoding/encoding.js';
import { zerosAndOnes } from '../wire/encoding/number-bytes.js';

/** A call of foreign code, as its errors report it: which point it was for, whose code it is, and what it should have returned. */
export interface ForeignCall extends Where {
  readonly index: number;
  readonly origin: string;
  readonly expected: string;
}

/**
 * The first value of a foreign Observable. Errors with `PointsMismatch` if that value is invalid, if there is none, and for every error that is
 * not a `BlissdataError`.
 */
export function firstValid<A>(run: () => Observable<A>, call: ForeignCall, isValid: (value: A) => boolean): Observable<A> {
  const mismatch = (received: string, cause?: unknown): Error => {
    const { key, stream, index, origin, expected } = call;
    return blissdataError('PointsMismatch', { key, stream, index, origin, expected, received }, cause);
  };
  const none$ = throwError(() => mismatch('no value'));
  return concat(defer<Observable<A>>(run), none$).pipe(
    take(1),
    tap((value) => {
      if (!isValid(value)) throw mismatch(describe(value));
    }),
    catchError((error: unknown) => throwError(() => (isBlissdataError(error) ? error : mismatch(`an error: ${error instanceof Error ? error.message : String(error)}`, error)))),
  );
}

/** What the `read` of a user's kind returns: `null`, or 1 to `most` points. */
export function pointsOfKind<A>(encoding: Encoding, run: () => Observable<A>, most: number, where: Where & { readonly index: number }): Observable<A> {
  return firstValid(run, { ...where, origin: "the stream's kind", expected: `1 to ${most} ${describePoints(encoding)}` }, (data) => {
    if (data === null) return true;
    const count = countPointsOf(encoding, data);
    return count !== undefined && count >= 1 && count <= most;
  });
}

/** `points of uint16, shape [512, 512]` */
export const describePoints = (encoding: Encoding): string =>
  encoding._tag === 'json' ? 'JSON values' : `points of ${encoding.dtype}, shape ${describeShape(encoding.shape)}`;

/** Whether a value is one array of any number of points of this encoding. */
export const isArrayOfPoints = (encoding: Encoding, data: unknown): boolean => encoding._tag !== 'json' && isArrayOf(encoding.dtype, [-1, ...encoding.shape], data);

/** How many points a value holds, of whatever type; `undefined` if it is not chunk data. */
export function countPoints(data: unknown): number | undefined {
  if (Array.isArray(data)) return data.length;
  const count = firstDimension(data);
  if (count === undefined || typeof data !== 'object' || data === null || !('dtype' in data && 'shape' in data)) return undefined;
  const { dtype, shape } = data;
  return typeof dtype === 'string' && isDtype(dtype) && Array.isArray(shape) && isArrayOf(dtype, shape.map(() => -1), data) ? count : undefined;
}

/** The first `most` points of an array that {@link isArrayOfPoints}, in memory that other points do not share. */
export function chunkDataOf<T extends StreamType>(encoding: EncodingOf<T>, array: NdArray, most: number): ChunkData<T> {
  const rows = compactRows(pointCount(array) > most ? sliceRows(array, 0, most) : array);
  const data = codecOf(encoding).fromRows(withPlainBooleans(rows));
  if (data === undefined) throw blissdataError('InternalError', { where: 'reading foreign points', reason: `${describe(array)} was taken for ${describePoints(encoding)}` });
  return data;
}

/** Valid points with their booleans as 0 and 1, whatever bytes stand for true where they come from. */
export const plainBooleans = <T extends StreamType>(data: ChunkData<T>): ChunkData<T> => layoutOf<T>(data).mapArrays(data, withPlainBooleans);

function withPlainBooleans(array: NdArray): NdArray {
  const { dtype, shape, data } = array;
  if (dtype !== 'bool' || !(data instanceof Uint8Array)) return array;
  const plain = zerosAndOnes(data);
  return plain === data ? array : ndArray('bool', shape, plain);
}

/** How many points of this encoding a value holds; `undefined` if it is something else. */
function countPointsOf(encoding: Encoding, data: unknown): number | undefined {
  if (encoding._tag === 'json') return Array.isArray(data) ? data.length : undefined;
  const { dtype, shape, ragged } = encoding;
  if (ragged) return Array.isArray(data) && data.every((point) => isArrayOf(dtype, shape, point)) ? data.length : undefined;
  const count = firstDimension(data);
  return count !== undefined && isArrayOf(dtype, [count, ...shape], data) ? count : undefined;
}

function firstDimension(data: unknown): number | undefined {
  if (typeof data !== 'object' || data === null || !('shape' in data) || !Array.isArray(data.shape)) return undefined;
  const count: unknown = data.shape[0];
  return typeof count === 'number' ? count : undefined;
}

/** Whether a value is an array of this dtype and shape (-1 for any length) with exactly as many numbers as that takes. */
function isArrayOf(dtype: Dtype, shape: readonly number[], value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('dtype' in value && 'shape' in value && 'data' in value)) return false;
  const { shape: actual, data } = value;
  if (value.dtype !== dtype || !Array.isArray(actual) || actual.length !== shape.length) return false;
  const sizes = actual.filter((size): size is number => Number.isSafeInteger(size) && size >= 0);
  if (sizes.length !== shape.length || !sizes.every((size, i) => shape[i] === -1 || shape[i] === size)) return false;
  return isDataOf(dtype, data) && data.length === elementCount(sizes) * numbersPerElement(dtype);
}
