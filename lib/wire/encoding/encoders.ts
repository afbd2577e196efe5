/** A publisher's declaration of a stream's points: `numeric('uint16', [1024, 100])`, `json()`. */
import { isDtype, type Dtype } from '../../model/dtype.js';
import { blissdataError } from '../../model/errors.js';
import type { StreamType } from '../../model/stream-type.js';
import { jsonEncoding, numericEncoding, type EncodingOf } from './encoding.js';

/** What `writer.createStream` takes: the encoding of points of type `T`. */
export interface Encoder<T extends StreamType = StreamType> {
  readonly encoding: EncodingOf<T>;
}

/** The stream type of a dtype and a shape: scalars for `[]`, ragged arrays if a dimension is -1, otherwise arrays. */
export type NumericType<D extends Dtype, S extends readonly number[]> = S extends readonly []
  ? D
  : number extends S[number]
    ? `${D}[]` | `${D}[*]`
    : -1 extends S[number]
      ? `${D}[*]`
      : `${D}[]`;

/**
 * Numbers of a dtype. `shape` is the shape of one point: `[]` (the default) for scalars, -1 for a dimension that varies from point to
 * point. Throws `InvalidArgument`.
 *
 * @example
 * scan.createStream('diode', numeric('float64'), { unit: 'mA' });
 * scan.createStream('frelon', numeric('uint16', [2048, 2048]));
 */
export function numeric<D extends Dtype, const S extends readonly number[] = readonly []>(dtype: D, shape?: S): Encoder<NumericType<D, S>>;
export function numeric(dtype: Dtype, shape: readonly number[] = []): Encoder {
  if (!isDtype(dtype)) throw blissdataError('InvalidArgument', { argument: 'dtype', expected: 'a numpy name such as float64', received: String(dtype) });
  const isShape = isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && (n > 0 || n === -1));
  if (!isShape) throw blissdataError('InvalidArgument', { argument: 'shape', expected: 'positive integers, or -1 for a free dimension', received: JSON.stringify(shape) });
  return { encoding: numericEncoding(dtype, shape.slice()) };
}

const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** JSON documents, one per point. */
export const json = (): Encoder<'json'> => ({ encoding: jsonEncoding });
