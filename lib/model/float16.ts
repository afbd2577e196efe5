/** Half precision numbers (numpy's float16), which JavaScript has no typed array for: between their 16 bits and a number. */

/** The least magnitude that rounds to infinity rather than to 65504, the greatest float16. */
export const FLOAT16_OVERFLOW = 65520;

/** The number that 16 bits stand for. Exact: every float16 is a float32 too. */
function decode(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let table: Float32Array | undefined;

/** Every float16 by its bits. The table takes 256 KiB and is made when first asked for; looking up is the fastest way to decode. */
export function float16Table(): Float32Array {
  table ??= Float32Array.from({ length: 0x10000 }, (_, bits) => decode(bits));
  return table;
}

const word = new DataView(new ArrayBuffer(8));

/** The distance between neighbours for each power of two from 2^-14, the least normal float16, up to 2^15. */
const units: readonly number[] = Array.from({ length: 30 }, (_, power) => 2 ** (power - 24));

/** The bits of the float16 nearest to a number, of two equally near ones the even one, as numpy rounds. NaN is the quiet 0x7e00. */
export function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= FLOAT16_OVERFLOW) return sign | 0x7c00;
  word.setFloat64(0, magnitude);
  const power = Math.max(0, (word.getUint16(0) >> 4) - 1023 + 14); // subnormals have the distance of the least normal ones
  const unit = units[power] ?? 0;
  // A double this much greater has no room for parts of a unit, so the addition itself rounds.
  const room = unit * 2 ** 52;
  const steps = (magnitude + room - room) / unit; // 1024 to 2048, where 2048 carries into the exponent; less for subnormals
  return sign | (power * 1024 + steps);
}
