/** A stream's `encoding` record in the scan's JSON, and the encoding it declares. */
import * as E from 'fp-ts/lib/Either.js';
import * as O from 'fp-ts/lib/Option.js';
import * as t from 'io-ts';
import { itemSize, type ByteOrder, type Dtype } from '../../model/dtype.js';
import { quote } from '../../model/describe.js';
import { blissdataError, type BlissdataErrorOf } from '../../model/errors.js';
import type { StreamType } from '../../model/stream-type.js';
import { arrayOf, exactly, members, oneOf } from '../codecs.js';

/** Which stream an error is about. */
export interface Where {
  /** The Redis key of the stream or of its scan. */
  readonly key: string;
  readonly stream: string;
}

const dtypes: ReadonlyMap<string, Dtype> = new Map<string, Dtype>([
  ['b1', 'bool'],
  ['i1', 'int8'],
  ['i2', 'int16'],
  ['i4', 'int32'],
  ['i8', 'int64'],
  ['u1', 'uint8'],
  ['u2', 'uint16'],
  ['u4', 'uint32'],
  ['u8', 'uint64'],
  ['f2', 'float16'],
  ['f4', 'float32'],
  ['f8', 'float64'],
  ['c8', 'complex64'],
  ['c16', 'complex128'],
]);

const dtypeNames: ReadonlyMap<Dtype, string> = new Map([...dtypes].map(([name, dtype]) => [dtype, name]));

/**
 * What a numpy dtype string such as `<f8` or `|b1` means. `none` for everything that JavaScript cannot hold (long double `<f16`, `<c32`),
 * for what is not numeric (`|O`, `<U5`), and for byte orders that numpy never writes: `=`, and `|` with more than one byte.
 */
export function parseDtype(text: string): O.Option<{ readonly dtype: Dtype; readonly byteOrder: ByteOrder }> {
  const [, order, name = ''] = /^([<>|])([a-z]\d+)$/.exec(text) ?? [];
  const dtype = dtypes.get(name);
  if (dtype === undefined) return O.none;
  if (itemSize(dtype) === 1) return O.some({ dtype, byteOrder: '|' });
  return order === '<' || order === '>' ? O.some({ dtype, byteOrder: order }) : O.none;
}

/** numpy's string for a dtype in this byte order, as Python blissdata writes it: `<f8`, `|u1`. */
export const formatDtype = (dtype: Dtype, byteOrder: ByteOrder): string => `${itemSize(dtype) === 1 ? '|' : byteOrder}${dtypeNames.get(dtype) ?? ''}`;

/** A dimension of a point: at least 0, or -1 for a free one. */
const isDimension = (u: unknown): u is number => typeof u === 'number' && Number.isSafeInteger(u) && u >= -1;

const numericRecord = members('numeric', { type: exactly('numeric'), dtype_str: t.string, shape: arrayOf('dimensions', isDimension) });
const jsonRecord = members('json', { type: exactly('json') });

/** The JSON of a stream's `encoding`. */
export type EncodingRecord = t.TypeOf<typeof numericRecord> | t.TypeOf<typeof jsonRecord>;
export const EncodingRecord: t.Type<EncodingRecord> = oneOf('EncodingRecord', numericRecord.is, jsonRecord.is);

/** Numbers: payloads are the points' bytes, or when ragged msgpack of the shape and the bytes. */
export interface NumericEncoding {
  readonly _tag: 'numeric';
  readonly type: Exclude<StreamType, 'json'>;
  readonly dtype: Dtype;
  readonly byteOrder: ByteOrder;
  /** The shape of one point: `[]` for scalars, -1 for a free dimension. */
  readonly shape: readonly number[];
  /** Whether a dimension is free, so that points may differ in shape. */
  readonly ragged: boolean;
}

/** JSON documents, one per entry. */
export interface JsonEncoding {
  readonly _tag: 'json';
  readonly type: 'json';
}

/** How the points of a stream are written. */
export type Encoding = NumericEncoding | JsonEncoding;

/** The encoding of a stream whose type is known to be `T`. */
export type EncodingOf<T extends StreamType> = Encoding & { readonly type: T };

export const jsonEncoding: EncodingOf<'json'> = { _tag: 'json', type: 'json' };

/** The encoding that this package writes numbers in: little-endian, as Python blissdata does on every common machine. */
export const numericEncoding = (dtype: Dtype, shape: readonly number[] = []): NumericEncoding => numeric(dtype, itemSize(dtype) === 1 ? '|' : '<', shape);

function numeric(dtype: Dtype, byteOrder: ByteOrder, shape: readonly number[]): NumericEncoding {
  const ragged = shape.includes(-1);
  const type = ragged ? (`${dtype}[*]` as const) : shape.length > 0 ? (`${dtype}[]` as const) : dtype;
  return { _tag: 'numeric', type, dtype, byteOrder, shape, ragged };
}

/**
 * Decodes the `encoding` field of a stream's JSON.
 *
 * Fails with `UnknownEncoding` if it is neither of the two records, with `UnsupportedDtype` if JavaScript cannot hold the dtype.
 */
export function decodeEncoding(raw: unknown, where: Where): E.Either<BlissdataErrorOf<'UnknownEncoding' | 'UnsupportedDtype'>, Encoding> {
  const record = EncodingRecord.decode(raw);
  if (E.isLeft(record)) {
    const expected = '{"type": "numeric", "dtype_str": string, "shape": integers from -1} or {"type": "json"}';
    return E.left(blissdataError('UnknownEncoding', { ...where, expected, received: quote(raw) }));
  }
  if (record.right.type === 'json') return E.right(jsonEncoding);
  const { dtype_str, shape } = record.right;
  const parsed = parseDtype(dtype_str);
  if (O.isNone(parsed)) return E.left(blissdataError('UnsupportedDtype', { ...where, dtype: dtype_str }));
  return E.right(numeric(parsed.value.dtype, parsed.value.byteOrder, shape));
}

/** The inverse of {@link decodeEncoding}. */
export const encodingRecord = (encoding: Encoding): EncodingRecord =>
  encoding._tag === 'json' ? { type: 'json' } : { type: 'numeric', dtype_str: formatDtype(encoding.dtype, encoding.byteOrder), shape: encoding.shape };

/** The type of the stream's points: `float64`, `uint16[]`, `int32[*]`, `json`. */
export const streamTypeOf = (encoding: Encoding): StreamType => encoding.type;

/** Narrows an encoding to the requested type. */
export const encodes = <T extends StreamType>(encoding: Encoding, type: T): encoding is EncodingOf<T> => encoding.type === type;
