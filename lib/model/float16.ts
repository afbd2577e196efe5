/** Conversion between numbers and the 16 bits of numpy's float16, for which JavaScript has no typed array. */

/** The smallest magnitude that rounds to infinity instead of 65504, the largest float16. */
export const FLOAT16_OVERFLOW = 65520;

/** The number with these 16 bits. Exact: every float16 is also a float32. */
function decode(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let table: Float32Array | undefined;

/** Every float16 by its bits: a lookup is the fastest way to decode. The table takes 256 KiB and is made on first use. */
export function float16Table(): Float32Array {
  table ??= Float32Array.from({ length: 0x10000 }, (_, bits) => decode(bits));
  return table;
}

const word = new DataView(new ArrayBuffer(8));

/** The distance between neighbours for each power of two from 2^-14, the smallest normal float16, up to 2^15. */
const units: readonly number[] = Array.from({ length: 30 }, (_, power) => 2 ** (power - 24));

/** The bits of the float16 nearest to a number; ties go to the even one, as in numpy. NaN is the quiet 0x7e00. */
export function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= FLOAT16_OVERFLOW) return sign | 0x7c00;
  word.setFloat64(0, magnitude);
  const power = Math.max(0, (word.getUint16(0) >> 4) - 1023 + 14); // subnormals have the same distance as the smallest normal numbers
  const unit = units[power] ?? 0;
  // A double of this size has no bits for fractions of a unit, so the addition rounds.
  const room = unit * 2 ** 52;
  const steps = (magnitude + room - room) / unit; // 1024 to 2048, where 2048 carries into the exponent; less for subnormals
  return sign | (power * 1024 + steps);
}
