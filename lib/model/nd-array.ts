/** Numbers with a shape: what chunks of numeric streams and points that are arrays are made of. */
import type { DataOf, Dtype } from './dtype.js';

/**
 * An n-dimensional array in C order: the last index runs fastest, as numpy's default.
 * `data` holds `product(shape)` elements (twice as many numbers for complex dtypes, see `Dtypes`).
 */
export interface NdArray<D extends Dtype = Dtype> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: DataOf<D>;
}

/** Infinity where no memory would do. */
export const elementCount = (shape: readonly number[]): number => {
  const product = shape.reduce((count, n) => count * n, 1);
  return Number.isNaN(product) ? 0 : product; // Infinity times 0: there are lengths whose product is beyond numbers, and one of 0
};

/**
 * An {@link NdArray} of these parts. It is checked when it is written, not here.
 *
 * @example
 * writer.send(ndArray('uint16', [2, 3], Uint16Array.of(1, 2, 3, 4, 5, 6)));
 */
export const ndArray = <D extends Dtype>(dtype: D, shape: readonly number[], data: DataOf<D>): NdArray<D> => ({ dtype, shape, data });
