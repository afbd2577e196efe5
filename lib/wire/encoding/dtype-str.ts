/** numpy's name of a dtype in a stream's encoding, such as `<f8` or `|b1`: parsing and writing it. */
import * as O from 'fp-ts/lib/Option.js';
import { itemSize, type ByteOrder, type Dtype } from '../../model/dtype.js';

export interface ParsedDtype {
  readonly dtype: Dtype;
  readonly byteOrder: ByteOrder;
  /** Bytes of one element. */
  readonly itemSize: number;
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

const names: ReadonlyMap<Dtype, string> = new Map([...dtypes].map(([name, dtype]) => [dtype, name]));

/**
 * What a numpy dtype string means. `none` for everything that JavaScript cannot hold (long double `<f16`, `<c32`), for what is no
 * number (`|O`, `<U5`), and for byte orders that numpy never writes: `=`, and `|` with more than one byte.
 */
export function parseDtype(text: string): O.Option<ParsedDtype> {
  const [, order, name = ''] = /^([<>|])([a-z]\d+)$/.exec(text) ?? [];
  const dtype = dtypes.get(name);
  if (dtype === undefined) return O.none;
  const size = itemSize(dtype);
  if (size === 1) return O.some({ dtype, byteOrder: '|', itemSize: size });
  return order === '<' || order === '>' ? O.some({ dtype, byteOrder: order, itemSize: size }) : O.none;
}

/** numpy's string for a dtype in this byte order, as Python blissdata writes it: `<f8`, `|u1`. */
export const formatDtype = (dtype: Dtype, byteOrder: ByteOrder): string => `${itemSize(dtype) === 1 ? '|' : byteOrder}${names.get(dtype) ?? ''}`;
