/** What users' own code answers, looked at before it is taken for the points of a stream. */
import { catchError, defer, take, tap, throwError, throwIfEmpty, type Observable } from 'rxjs';
import { blissdataError, isBlissdataError } from '../model/errors.js';
import { isDtype, numbersPerElement, type Dtype } from '../model/dtype.js';
import { elementCount } from '../model/nd-array.js';
import { isDataOf } from '../model/typed-array.js';
import { describe, describeShape } from '../model/describe.js';
import type { Encoding, Where } from '../wire/encoding/encoding.js';

/** What was asked for, and of whom. */
export interface Asked extends Where {
  readonly index: number;
  readonly origin: string;
  readonly expected: string;
}

/**
 * The first answer, if it is what was asked for. Errors with `PointsMismatch` for any other, for none, and for errors that are no
 * `BlissdataError`.
 */
export function firstAnswer<A>(ask: () => Observable<A>, asked: Asked, isWanted: (answer: A) => boolean): Observable<A> {
  const mismatch = (received: string, cause?: unknown): Error => {
    const { key, stream, index, origin, expected } = asked;
    return blissdataError('PointsMismatch', { key, stream, index, origin, expected, received }, cause);
  };
  return defer<Observable<A>>(ask).pipe(
    take(1),
    throwIfEmpty(() => mismatch('no answer')),
    tap((answer) => {
      if (!isWanted(answer)) throw mismatch(describe(answer));
    }),
    catchError((error: unknown) => throwError(() => (isBlissdataError(error) ? error : mismatch(`an error: ${error instanceof Error ? error.message : String(error)}`, error)))),
  );
}

/** What a kind answers: `null`, or from one point to `most`. */
export function answered<A>(encoding: Encoding, ask: () => Observable<A>, most: number, where: Where & { readonly index: number }): Observable<A> {
  return firstAnswer(ask, { ...where, origin: "the stream's kind", expected: `1 to ${most} ${wanted(encoding)}` }, (data) => {
    if (data === null) return true;
    const count = pointsIn(encoding, data);
    return count !== undefined && count >= 1 && count <= most;
  });
}

/** Whether these are the rows of an array, any number of them, that may be points of that type. */
export const areRows = (encoding: Encoding, data: unknown): boolean => encoding._tag !== 'json' && isArrayOf(encoding, data, [-1, ...encoding.shape]);

/** How many points these are, of whatever type; `undefined` where they are none. */
export function countOf(data: unknown): number | undefined {
  if (Array.isArray(data)) return data.length;
  const count = firstOfShape(data);
  if (count === undefined || typeof data !== 'object' || data === null || !('dtype' in data && 'shape' in data)) return undefined;
  const { dtype, shape } = data;
  return typeof dtype === 'string' && isDtype(dtype) && Array.isArray(shape) && isArrayOf({ dtype }, data, shape.map(() => -1)) ? count : undefined;
}

export const wanted = (encoding: Encoding): string => (encoding._tag === 'json' ? 'JSON values' : `points of ${encoding.dtype}, shape ${describeShape(encoding.shape)}`);

/** How many points of that type these are, `undefined` where they are none. */
function pointsIn(encoding: Encoding, data: unknown): number | undefined {
  if (encoding._tag === 'json') return Array.isArray(data) ? data.length : undefined;
  if (encoding.ragged) return Array.isArray(data) && data.every((point) => isArrayOf(encoding, point, encoding.shape)) ? data.length : undefined;
  const count = firstOfShape(data);
  return count !== undefined && isArrayOf(encoding, data, [count, ...encoding.shape]) ? count : undefined;
}

function firstOfShape(data: unknown): number | undefined {
  if (typeof data !== 'object' || data === null || !('shape' in data) || !Array.isArray(data.shape)) return undefined;
  const count: unknown = data.shape[0];
  return typeof count === 'number' ? count : undefined;
}

/** Whether a value is an array of that dtype and shape (-1 for any length) with as many numbers as that takes. */
function isArrayOf({ dtype }: { readonly dtype: Dtype }, value: unknown, shape: readonly number[]): boolean {
  if (typeof value !== 'object' || value === null || !('dtype' in value && 'shape' in value && 'data' in value)) return false;
  const { shape: found, data } = value;
  if (value.dtype !== dtype || !Array.isArray(found) || found.length !== shape.length) return false;
  const sizes = found.filter((size): size is number => Number.isSafeInteger(size) && size >= 0);
  if (sizes.length !== shape.length || !sizes.every((size, i) => shape[i] === -1 || shape[i] === size)) return false;
  return isDataOf(dtype, data) && data.length === elementCount(sizes) * numbersPerElement(dtype);
}
