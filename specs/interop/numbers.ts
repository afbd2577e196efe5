/** Numbers of every dtype for the samples: of all sizes, the outermost ones among them, and the same in every run. */
import { isComplex, itemSize, type DataOf, type Dtype } from '../../lib/model/dtype.js';
import { viewNumbers } from '../../lib/model/typed-array.js';

/** So many numbers as the typed array of the dtype holds: two for each complex one. */
export function numbers(dtype: Dtype, elements: number, random: () => number): DataOf<Dtype> {
  switch (dtype) {
    case 'bool':
      return Uint8Array.from({ length: elements }, () => (random() < 0.5 ? 0 : 1));
    case 'float16':
      return Float32Array.from(floats(elements, random, [65504, -65504, 2 ** -14, 2 ** -24], 11));
    case 'float32':
    case 'complex64':
      return Float32Array.from(floats(isComplex(dtype) ? 2 * elements : elements, random, [2 ** 127, -(2 ** 127), 2 ** -126, 2 ** -149], 24));
    case 'float64':
    case 'complex128':
      return Float64Array.from(floats(isComplex(dtype) ? 2 * elements : elements, random, [Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** -1022, 5e-324], 53));
    default:
      return viewNumbers(dtype, integerBytes(itemSize(dtype), elements, random));
  }
}

/** Every fourth is a special one; the others have as many bits as the dtype holds, so that none of them is rounded. */
function floats(count: number, random: () => number, limits: readonly number[], bits: number): readonly number[] {
  const special = [0, -0, NaN, Infinity, -Infinity, ...limits];
  return Array.from({ length: count }, (_, i) => {
    if (i % 4 === 3) return special[Math.floor(random() * special.length)] ?? 0;
    const integer = Math.floor(random() * 2 ** bits) * (random() < 0.5 ? 1 : -1);
    return integer * 2 ** -Math.floor(random() * bits);
  });
}

/** Little-endian bytes of integers: the least and the greatest, signed and unsigned, then any. */
function integerBytes(size: number, count: number, random: () => number): Uint8Array {
  const patterns = [
    [0, 0],
    [0xff, 0xff],
    [0, 0x80],
    [0xff, 0x7f],
  ];
  return Uint8Array.from({ length: size * count }, (_, i) => {
    const [low, high] = patterns[Math.floor(i / size)] ?? [];
    return (i % size === size - 1 ? high : low) ?? Math.floor(random() * 256);
  });
}

/** Numbers from 0 to 1 that look random (xorshift). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
