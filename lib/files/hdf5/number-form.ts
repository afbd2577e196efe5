/** Which dtype holds the values of an HDF5 type, as h5py chooses it, and how to get them from the bytes that the library gives. */
import * as E from 'fp-ts/lib/Either.js';
import { itemSize, type Dtype } from '../../model/dtype.js';
import type { NdArray } from '../../model/nd-array.js';
import { numbersOf } from '../../wire/encoding/number-bytes.js';
import type { CompoundType, Datatype, EnumType, FloatType, IntegerType } from './datatype.js';
import { decodeFloats, decodeIntegers } from './odd-numbers.js';

type Numbers = NdArray['data'];

export interface NumberForm {
  readonly dtype: Dtype;
  /** How many bytes a value takes as the library gives it. */
  readonly storedSize: number;
  decode(bytes: Uint8Array): Numbers;
}

interface FloatForm extends NumberForm {
  /** Whether it is one of IEEE 754 in all its parts. */
  readonly isStandard: boolean;
  /** Whether the bytes are those of a typed array. */
  readonly isPlain: boolean;
}

/** What values of this type are read as, or what they are if they are no numbers. */
export function numberFormOf(type: Datatype): E.Either<string, NumberForm> {
  // The library turns numbers of the other byte order around, but not enumerations, nor compounds of several orders.
  if (type.kind === 'compound') return complexForm(type);
  if (type.kind === 'enumeration') return enumForm(type);
  return plainForm(type, true);
}

/**
 * Whether values of one type are the same numbers when the library gives them as another: it turns what does not fit, and what is
 * of no ordinary form, into other numbers, and not into the same ones in all versions and orders of bytes.
 */
export function areConverted(from: Datatype, to: Datatype): boolean {
  if (JSON.stringify(from) === JSON.stringify(to)) return true;
  if (!isOrdinary(from) || !isOrdinary(to)) return false;
  if (to.kind === 'float' && from.kind === 'float') return from.size <= to.size || (to.size > 2 && to.littleEndian);
  if (to.kind === 'float') return to.size > 2;
  if (from.kind !== 'integer') return false;
  return from.signed === to.signed ? from.size <= to.size : to.signed && from.size < to.size;
}

function isOrdinary(type: Datatype): type is IntegerType | FloatType {
  if (type.kind === 'integer') return type.precision === 8 * type.size;
  const form = type.kind === 'float' ? floatForm(type, true) : null;
  return form !== null && E.isRight(form) && form.right.isStandard;
}

function plainForm(type: Datatype, littleEndian: boolean): E.Either<string, NumberForm> {
  switch (type.kind) {
    case 'integer':
    case 'bits':
      return integerForm(type, littleEndian);
    case 'float':
      return floatForm(type, littleEndian);
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

function integerForm(type: IntegerType, littleEndian: boolean): E.Either<string, NumberForm> {
  const { size, signed, offset, precision } = type;
  const dtype = integers[size]?.[signed ? 0 : 1];
  const what = `${type.kind === 'bits' ? 'a bit field' : 'an integer'} of ${size} bytes`;
  if (dtype === undefined) return E.left(what);
  if (precision === 0 || offset + precision > 8 * size) return E.left(`${what}, of which ${precision} bits from ${offset} on`);
  // HDF5 has no conversion for other bit fields.
  if (type.kind === 'bits' && (precision !== 8 * size || type.padded || (size === 1 && !type.littleEndian))) return E.left(`${what}, of which ${precision} bits from ${offset} on, with other padding or order than any array has`);
  // HDF5 takes single bytes for turned around where only their order has a name, whatever bits the number has.
  const whole = precision === 8 * size || (size === 1 && offset === 0 && !type.littleEndian);
  const order = size === 1 ? '|' : littleEndian ? '<' : '>';
  return E.right({ dtype, storedSize: size, decode: (bytes) => (whole ? numbersOf(dtype, order, bytes) : decodeIntegers(type, dtype, order, bytes)) });
}

/** How many bits of mantissa each has, and the least and the greatest exponent. */
const floats = [
  { dtype: 'float16', mantissa: 10, least: -14, greatest: 15, exponentBits: 5 },
  { dtype: 'float32', mantissa: 23, least: -126, greatest: 127, exponentBits: 8 },
  { dtype: 'float64', mantissa: 52, least: -1022, greatest: 1023, exponentBits: 11 },
] as const satisfies readonly { readonly dtype: Dtype; readonly mantissa: number; readonly least: number; readonly greatest: number; readonly exponentBits: number }[];

/** The smallest float that holds all values. */
function floatForm(type: FloatType, littleEndian: boolean): E.Either<string, FloatForm> {
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

/** HDF5 has no booleans; h5py writes an enumeration of FALSE and TRUE. All others are the numbers that they are. */
function enumForm({ base, names, values }: EnumType): E.Either<string, NumberForm> {
  if (base.kind !== 'integer') return E.left(`an enumeration of what is no integer`);
  const numbers = integerForm(base, base.littleEndian);
  if (E.isLeft(numbers) || names.length !== 2) return numbers;
  const form = numbers.right;
  const { storedSize } = form;
  const meaning = new Map(names.map((name, n) => [name, Number(form.decode(values[n] ?? new Uint8Array(storedSize))[0])]));
  if (meaning.get('FALSE') !== 0 || meaning.get('TRUE') !== 1) return numbers;
  // h5py takes the bits that are not the number's for TRUE.
  if (base.precision !== 8 * storedSize) return E.left(`a boolean of ${base.precision} bits in ${storedSize} bytes`);
  return E.right({ dtype: 'bool', storedSize, decode: (bytes) => zerosAndOnes(form.decode(bytes)) });
}

function zerosAndOnes(values: Numbers): Uint8Array {
  const bools = new Uint8Array(values.length);
  for (let n = 0; n < bools.length; n++) bools[n] = Number(values[n]) === 0 ? 0 : 1;
  return bools;
}

/** Neither had it complex numbers; h5py writes two floats, `r` and `i`. */
function complexForm({ size, members }: CompoundType): E.Either<string, NumberForm> {
  const [re, im, ...more] = members;
  const refused = E.left(`a compound of ${size} bytes`);
  if (re?.name !== 'r' || im?.name !== 'i' || more.length > 0 || re.type.kind !== 'float' || im.type.kind !== 'float') return refused;
  const isForeign = !re.type.littleEndian && !im.type.littleEndian;
  const forms = [re.type, im.type].map((type) => floatForm(type, isForeign || type.littleEndian));
  const [real, imaginary] = forms.flatMap((form) => (E.isRight(form) ? [form.right] : []));
  if (real === undefined || imaginary === undefined || real.dtype !== imaginary.dtype || !real.isStandard || !imaginary.isStandard || re.offset + real.storedSize > size || im.offset + imaginary.storedSize > size) return refused;
  const dtype = real.dtype === 'float64' ? 'complex128' : 'complex64';
  const isPlain = real.isPlain && imaginary.isPlain && size === itemSize(dtype) && re.offset === 0 && im.offset === size / 2;
  const decode = (bytes: Uint8Array): Numbers => {
    const count = bytes.length / size;
    const data = dtype === 'complex128' ? new Float64Array(2 * count) : new Float32Array(2 * count);
    for (const [part, form, { offset }] of [[0, real, re], [1, imaginary, im]] as const) {
      const values = form.decode(everyPart(bytes, count, size, offset, form.storedSize));
      for (let n = 0; n < count; n++) data[2 * n + part] = Number(values[n]);
    }
    return data;
  };
  return E.right({ dtype, storedSize: size, decode: (bytes) => (isPlain ? numbersOf(dtype, '<', bytes) : decode(bytes)) });
}

/** The same part of every value, one after another. */
function everyPart(bytes: Uint8Array, count: number, size: number, offset: number, length: number): Uint8Array {
  const parts = new Uint8Array(count * length);
  for (let n = 0; n < count; n++) parts.set(bytes.subarray(n * size + offset, n * size + offset + length), n * length);
  return parts;
}
