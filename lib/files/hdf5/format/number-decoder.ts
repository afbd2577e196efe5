/** Chooses, as h5py does, the dtype for the values of an HDF5 type, and decodes them from the bytes that the library reads. */
import * as E from 'fp-ts/lib/Either.js';
import { itemSize, type ByteOrder, type Dtype } from '../../../model/dtype.js';
import type { NdArray } from '../../../model/nd-array.js';
import { zeros } from '../../../model/typed-array.js';
import { numbersOf } from '../../../wire/encoding/number-bytes.js';
import type { CompoundType, Datatype, EnumType, FloatType, IntegerType } from './datatype.js';

type Numbers = NdArray['data'];

export interface NumberDecoder {
  readonly dtype: Dtype;
  /** The size of a value as the library reads it. */
  readonly storedSize: number;
  decode(bytes: Uint8Array): Numbers;
}

interface FloatDecoder extends NumberDecoder {
  /** Whether all parts are those of an IEEE 754 format. */
  readonly isStandard: boolean;
  /** Whether a typed array has the same bytes. */
  readonly isPlain: boolean;
}

/** The decoder for a type; Left describes a type that is not a supported number. */
export function numberDecoderOf(type: Datatype): E.Either<string, NumberDecoder> {
  // The library swaps numbers of the other byte order, but not enumerations, nor compounds of mixed order.
  if (type.kind === 'compound') return complexDecoder(type);
  if (type.kind === 'enumeration') return enumDecoder(type);
  return plainDecoder(type, true);
}

/**
 * Whether the library converts values of one type to another without changing the numbers. It changes what does not fit and types that are not
 * standard, and not in the same way in all its versions and on all machines.
 */
export function isLossless(from: Datatype, to: Datatype): boolean {
  if (JSON.stringify(from) === JSON.stringify(to)) return true;
  if (!isStandardNumber(from) || !isStandardNumber(to)) return false;
  if (to.kind === 'float' && from.kind === 'float') return from.size <= to.size || (to.size > 2 && to.littleEndian);
  if (to.kind === 'float') return to.size > 2;
  if (from.kind !== 'integer') return false;
  return from.signed === to.signed ? from.size <= to.size : to.signed && from.size < to.size;
}

function isStandardNumber(type: Datatype): type is IntegerType | FloatType {
  if (type.kind === 'integer') return type.precision === 8 * type.size;
  const decoder = type.kind === 'float' ? floatDecoder(type, true) : null;
  return decoder !== null && E.isRight(decoder) && decoder.right.isStandard;
}

function plainDecoder(type: Datatype, littleEndian: boolean): E.Either<string, NumberDecoder> {
  switch (type.kind) {
    case 'integer':
    case 'bits':
      return integerDecoder(type, littleEndian);
    case 'float':
      return floatDecoder(type, littleEndian);
    case 'other':
      return E.left(type.what);
    default:
      return E.left(`a ${type.kind} of ${type.size} bytes`);
  }
}

const integers: Readonly<Record<number, readonly [signed: Dtype, unsigned: Dtype]>> = {
  1: ['int8', 'uint8'],
  2: ['int16', 'uint16'],
  4: ['int32', 'uint32'],
  8: ['int64', 'uint64'],
};

function integerDecoder(type: IntegerType, littleEndian: boolean): E.Either<string, NumberDecoder> {
  const { size, signed, offset, precision } = type;
  const dtype = integers[size]?.[signed ? 0 : 1];
  const what = `${type.kind === 'bits' ? 'a bit field' : 'an integer'} of ${size} bytes`;
  if (dtype === undefined) return E.left(what);
  if (precision === 0 || offset + precision > 8 * size) return E.left(`${what}, of which ${precision} bits from ${offset} on`);
  // HDF5 has no conversion for other bit fields.
  if (type.kind === 'bits' && (precision !== 8 * size || type.padded || (size === 1 && !type.littleEndian))) return E.left(`${what}, of which ${precision} bits from ${offset} on, with unusual padding or byte order`);
  // A single byte that is declared big-endian is read whole by HDF5, whatever bits the number has.
  const whole = precision === 8 * size || (size === 1 && offset === 0 && !type.littleEndian);
  const order = size === 1 ? '|' : littleEndian ? '<' : '>';
  return E.right({ dtype, storedSize: size, decode: (bytes) => (whole ? numbersOf(dtype, order, bytes) : decodeIntegers(type, dtype, order, bytes)) });
}

/** The bits of the mantissa and of the exponent, and the least and greatest exponent. */
const floats = [
  { dtype: 'float16', mantissa: 10, least: -14, greatest: 15, exponentBits: 5 },
  { dtype: 'float32', mantissa: 23, least: -126, greatest: 127, exponentBits: 8 },
  { dtype: 'float64', mantissa: 52, least: -1022, greatest: 1023, exponentBits: 11 },
] as const satisfies readonly { readonly dtype: Dtype; readonly mantissa: number; readonly least: number; readonly greatest: number; readonly exponentBits: number }[];

/** Chooses the smallest float that holds all values. */
function floatDecoder(type: FloatType, littleEndian: boolean): E.Either<string, FloatDecoder> {
  const { size, sign, exponent, mantissa, bias, implied } = type;
  const what = `a float of ${size} bytes`;
  const parts = `${exponent[1]} bits of exponent, biased by ${bias}, and ${mantissa[1]} of mantissa`;
  const inside = [sign + 1, exponent[0] + exponent[1], mantissa[0] + mantissa[1]].every((end) => end <= 8 * size);
  if (!implied || !inside || exponent[1] < 2 || mantissa[1] < 1 || exponent[1] > 11 || bias === 0) return E.left(`${what} with ${parts}${implied ? '' : ' that is not normalized'}`);
  const found = floats.find((each) => size <= itemSize(each.dtype) && mantissa[1] <= each.mantissa && 2 ** exponent[1] - 2 - bias <= each.greatest && 1 - bias >= each.least);
  if (found === undefined) return E.left(`${what} with ${parts}`);
  const { dtype } = found;
  const bits = 8 * size;
  const isStandard =
    itemSize(dtype) === size && sign === bits - 1 && exponent[0] === found.mantissa && exponent[1] === found.exponentBits && mantissa[0] === 0 && mantissa[1] === found.mantissa && bias === found.greatest;
  const order = littleEndian ? '<' : '>';
  return E.right({ dtype, storedSize: size, isStandard, isPlain: isStandard && littleEndian && dtype !== 'float16', decode: (bytes) => (isStandard ? numbersOf(dtype, order, bytes) : decodeFloats(type, dtype, order, bytes)) });
}

/** h5py writes booleans, which HDF5 does not have, as an enumeration of FALSE and TRUE. Other enumerations are read as their numbers. */
function enumDecoder({ base, names, values }: EnumType): E.Either<string, NumberDecoder> {
  if (base.kind !== 'integer') return E.left('an enumeration of something else than integers');
  const numbers = integerDecoder(base, base.littleEndian);
  if (E.isLeft(numbers) || names.length !== 2) return numbers;
  const decoder = numbers.right;
  const { storedSize } = decoder;
  const meaning = new Map(names.map((name, n) => [name, Number(decoder.decode(values[n] ?? new Uint8Array(storedSize))[0])]));
  if (meaning.get('FALSE') !== 0 || meaning.get('TRUE') !== 1) return numbers;
  // h5py reads the bits beside the number's as TRUE.
  if (base.precision !== 8 * storedSize) return E.left(`a boolean of ${base.precision} bits in ${storedSize} bytes`);
  return E.right({ dtype: 'bool', storedSize, decode: (bytes) => booleansOf(decoder.decode(bytes)) });
}

function booleansOf(values: Numbers): Uint8Array {
  const bools = new Uint8Array(values.length);
  for (let n = 0; n < bools.length; n++) bools[n] = Number(values[n]) === 0 ? 0 : 1;
  return bools;
}

/** h5py writes complex numbers as a compound of two floats, `r` and `i`. */
function complexDecoder({ size, members }: CompoundType): E.Either<string, NumberDecoder> {
  const [re, im, ...more] = members;
  const refused = E.left(`a compound of ${size} bytes`);
  if (re?.name !== 'r' || im?.name !== 'i' || more.length > 0 || re.type.kind !== 'float' || im.type.kind !== 'float') return refused;
  const isBigEndian = !re.type.littleEndian && !im.type.littleEndian;
  const decoders = [re.type, im.type].map((type) => floatDecoder(type, isBigEndian || type.littleEndian));
  const [real, imaginary] = decoders.flatMap((decoder) => (E.isRight(decoder) ? [decoder.right] : []));
  if (real === undefined || imaginary === undefined || real.dtype !== imaginary.dtype || !real.isStandard || !imaginary.isStandard || re.offset + real.storedSize > size || im.offset + imaginary.storedSize > size) return refused;
  const dtype = real.dtype === 'float64' ? 'complex128' : 'complex64';
  const isPlain = real.isPlain && imaginary.isPlain && size === itemSize(dtype) && re.offset === 0 && im.offset === size / 2;
  const decode = (bytes: Uint8Array): Numbers => {
    const count = bytes.length / size;
    const data = dtype === 'complex128' ? new Float64Array(2 * count) : new Float32Array(2 * count);
    for (const [part, decoder, { offset }] of [[0, real, re], [1, imaginary, im]] as const) {
      const values = decoder.decode(partOfEach(bytes, count, size, offset, decoder.storedSize));
      for (let n = 0; n < count; n++) data[2 * n + part] = Number(values[n]);
    }
    return data;
  };
  return E.right({ dtype, storedSize: size, decode: (bytes) => (isPlain ? numbersOf(dtype, '<', bytes) : decode(bytes)) });
}

/** The same part of each value, one after another. */
function partOfEach(bytes: Uint8Array, count: number, size: number, offset: number, length: number): Uint8Array {
  const parts = new Uint8Array(count * length);
  for (let n = 0; n < count; n++) parts.set(bytes.subarray(n * size + offset, n * size + offset + length), n * length);
  return parts;
}

// --- Numbers that no typed array can read --------------------------------------------------------------------

/** Integers with fewer bits than their bytes have. */
function decodeIntegers({ size, signed, offset, precision }: IntegerType, dtype: Dtype, order: ByteOrder, bytes: Uint8Array): Numbers {
  const valueAt = bitsOf(size, order, bytes);
  const from = BigInt(offset);
  const cut = signed ? (value: bigint) => BigInt.asIntN(precision, value >> from) : (value: bigint) => BigInt.asUintN(precision, value >> from);
  const values = zeros(dtype, bytes.length / size);
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    for (let n = 0; n < values.length; n++) values[n] = cut(valueAt(n));
  } else {
    for (let n = 0; n < values.length; n++) values[n] = Number(cut(valueAt(n)));
  }
  return values;
}

/** Floats with other parts than the usual ones, by the rules of IEEE 754: an exponent of ones is infinity or NaN, one of zeros a subnormal number. */
function decodeFloats({ size, sign, exponent, mantissa, bias }: FloatType, dtype: Dtype, order: ByteOrder, bytes: Uint8Array): Numbers {
  const valueAt = bitsOf(size, order, bytes);
  const partOf = (value: bigint, [begin, bits]: readonly [number, number]): number => Number(BigInt.asUintN(bits, value >> BigInt(begin)));
  const greatest = 2 ** exponent[1] - 1;
  const steps = 2 ** mantissa[1];
  const magnitude = (value: bigint): number => {
    const [power, fraction] = [partOf(value, exponent), partOf(value, mantissa)];
    if (power === greatest) return fraction === 0 ? Infinity : NaN;
    return power === 0 ? (fraction / steps) * 2 ** (1 - bias) : (1 + fraction / steps) * 2 ** (power - bias);
  };
  const values = dtype === 'float64' ? new Float64Array(bytes.length / size) : new Float32Array(bytes.length / size);
  for (let n = 0; n < values.length; n++) {
    const value = valueAt(n);
    const number = magnitude(value);
    values[n] = partOf(value, [sign, 1]) === 1 ? -number : number;
  }
  return values;
}

/** The bits of the value at an index. */
function bitsOf(size: number, order: ByteOrder, bytes: Uint8Array): (index: number) => bigint {
  const littleEndian = order !== '>';
  return (index) => {
    let value = 0n;
    for (let n = size - 1; n >= 0; n--) value = (value << 8n) | BigInt(bytes[index * size + (littleEndian ? n : size - 1 - n)] ?? 0);
    return value;
  };
}
