/** Checks a scalar of each dtype and writes it into a payload: the table of `Dtypes` in code. */
import { isComplexValue, type Dtype } from '../../model/dtype.js';
import { FLOAT16_OVERFLOW, float16Bits } from '../../model/float16.js';

/** Writes a value at an offset if it is a scalar of the dtype; else returns false and changes nothing. */
type PutScalar = (view: DataView, at: number, value: unknown, littleEndian: boolean) => boolean;

export interface ScalarWriter {
  /** What is accepted, in words. */
  readonly expected: string;
  readonly put: PutScalar;
}

/** The smallest magnitude that rounds to infinity instead of the largest float32. */
const FLOAT32_OVERFLOW = 2 ** 128 - 2 ** 103;

/** Rounding is acceptable, but turning a finite number into infinity is not. */
const fits = (value: number, overflow: number): boolean => !(Math.abs(value) >= overflow) || !Number.isFinite(value);

export const isFloat16 = (value: number): boolean => fits(value, FLOAT16_OVERFLOW);

const isFloat32 = (value: number): boolean => fits(value, FLOAT32_OVERFLOW);

const isIntegerFrom = (value: unknown, min: number, max: number): value is number =>
  typeof value === 'number' && value >= min && value <= max && Number.isInteger(value);

function asBigint(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : null;
}

// One function per dtype, so that each is compiled for one type of number.
export const scalarWriters: { readonly [D in Dtype]: ScalarWriter } = {
  bool: {
    expected: 'a boolean',
    put: (view, at, value) => {
      if (typeof value !== 'boolean') return false;
      view.setUint8(at, value ? 1 : 0);
      return true;
    },
  },
  int8: {
    expected: 'an integer from -128 to 127',
    put: (view, at, value) => {
      if (!isIntegerFrom(value, -0x80, 0x7f)) return false;
      view.setInt8(at, value);
      return true;
    },
  },
  int16: {
    expected: 'an integer from -32768 to 32767',
    put: (view, at, value, littleEndian) => {
      if (!isIntegerFrom(value, -0x8000, 0x7fff)) return false;
      view.setInt16(at, value, littleEndian);
      return true;
    },
  },
  int32: {
    expected: 'an integer from -2147483648 to 2147483647',
    put: (view, at, value, littleEndian) => {
      if (!isIntegerFrom(value, -0x80000000, 0x7fffffff)) return false;
      view.setInt32(at, value, littleEndian);
      return true;
    },
  },
  int64: {
    expected: 'a bigint of 64 bits, or a safe integer',
    put: (view, at, value, littleEndian) => {
      const integer = asBigint(value);
      if (integer === null || BigInt.asIntN(64, integer) !== integer) return false;
      view.setBigInt64(at, integer, littleEndian);
      return true;
    },
  },
  uint8: {
    expected: 'an integer from 0 to 255',
    put: (view, at, value) => {
      if (!isIntegerFrom(value, 0, 0xff)) return false;
      view.setUint8(at, value);
      return true;
    },
  },
  uint16: {
    expected: 'an integer from 0 to 65535',
    put: (view, at, value, littleEndian) => {
      if (!isIntegerFrom(value, 0, 0xffff)) return false;
      view.setUint16(at, value, littleEndian);
      return true;
    },
  },
  uint32: {
    expected: 'an integer from 0 to 4294967295',
    put: (view, at, value, littleEndian) => {
      if (!isIntegerFrom(value, 0, 0xffffffff)) return false;
      view.setUint32(at, value, littleEndian);
      return true;
    },
  },
  uint64: {
    expected: 'a bigint of 64 bits, at least 0, or a safe integer of at least 0',
    put: (view, at, value, littleEndian) => {
      const integer = asBigint(value);
      if (integer === null || BigInt.asUintN(64, integer) !== integer) return false;
      view.setBigUint64(at, integer, littleEndian);
      return true;
    },
  },
  float16: {
    expected: 'a number that float16 can hold (finite ones below 65520)',
    put: (view, at, value, littleEndian) => {
      if (typeof value !== 'number' || !isFloat16(value)) return false;
      view.setUint16(at, float16Bits(value), littleEndian);
      return true;
    },
  },
  float32: {
    expected: 'a number that float32 can hold (finite ones below 3.4e38)',
    put: (view, at, value, littleEndian) => {
      if (typeof value !== 'number' || !isFloat32(value)) return false;
      view.setFloat32(at, value, littleEndian);
      return true;
    },
  },
  float64: {
    expected: 'a number',
    put: (view, at, value, littleEndian) => {
      if (typeof value !== 'number') return false;
      view.setFloat64(at, value, littleEndian);
      return true;
    },
  },
  complex64: {
    expected: 'a complex number {re, im} of two float32',
    put: (view, at, value, littleEndian) => {
      if (!isComplexValue(value) || !isFloat32(value.re) || !isFloat32(value.im)) return false;
      view.setFloat32(at, value.re, littleEndian);
      view.setFloat32(at + 4, value.im, littleEndian);
      return true;
    },
  },
  complex128: {
    expected: 'a complex number {re, im}',
    put: (view, at, value, littleEndian) => {
      if (!isComplexValue(value)) return false;
      view.setFloat64(at, value.re, littleEndian);
      view.setFloat64(at + 8, value.im, littleEndian);
      return true;
    },
  },
};
