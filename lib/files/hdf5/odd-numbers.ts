/** Numbers whose bits no typed array reads: integers of fewer bits than their bytes have, floats of other parts than the usual ones. */
import type { ByteOrder, Dtype } from '../../model/dtype.js';
import type { NdArray } from '../../model/nd-array.js';
import { zeros } from '../../model/typed-array.js';
import type { FloatType, IntegerType } from './datatype.js';

type Numbers = NdArray['data'];

export function decodeIntegers({ size, signed, offset, precision }: IntegerType, dtype: Dtype, order: ByteOrder, bytes: Uint8Array): Numbers {
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

/** Floats as IEEE 754 has them, whatever their parts: all bits of the exponent for what is no number, none for those near 0. */
export function decodeFloats({ size, sign, exponent, mantissa, bias }: FloatType, dtype: Dtype, order: ByteOrder, bytes: Uint8Array): Numbers {
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

/** All bits of each value. */
function bitsOf(size: number, order: ByteOrder, bytes: Uint8Array): (index: number) => bigint {
  const littleEndian = order !== '>';
  return (index) => {
    let value = 0n;
    for (let n = size - 1; n >= 0; n--) value = (value << 8n) | BigInt(bytes[index * size + (littleEndian ? n : size - 1 - n)] ?? 0);
    return value;
  };
}
