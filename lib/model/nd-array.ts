/** Numbers with a shape: chunks of numeric streams, and points that are arrays. */
import type { DataOf, Dtype } from './dtype.js';

/**
 * An n-dimensional array in C order: the last index runs fastest, as is numpy's default.
 * `data` holds `product(shape)` elements (twice as many numbers for complex dtypes, see `Dtypes`).
 */
export interface NdArray<D extends Dtype = Dtype> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: DataOf<D>;
}

/**
 * An {@link NdArray} of these parts. It is checked when it is written, not here.
 *
 * @example
 * writer.send(ndArray('uint16', [2, 3], Uint16Array.of(1, 2, 3, 4, 5, 6)));
 */
export const ndArray = <D extends Dtype>(dtype: D, shape: readonly number[], data: DataOf<D>): NdArray<D> => ({ dtype, shape, data });

/** Whether a point's value is an array. No JSON value can be: JSON has no typed arrays. */
export const isNdArray = (value: unknown): value is NdArray =>
  typeof value === 'object' && value !== null && 'dtype' in value && 'shape' in value && 'data' in value && ArrayBuffer.isView(value.data);

/** Infinity where no memory would be enough. */
export const elementCount = (shape: readonly number[]): number => {
  const product = shape.reduce((count, n) => count * n, 1);
  return Number.isNaN(product) ? 0 : product; // Infinity times 0: the other lengths overflow, but one of them is 0
};

/** Whether a point of shape `actual` may stand in a stream of shape `declared`, where -1 allows any length. */
export const fitsShape = (declared: readonly number[], actual: readonly number[]): boolean =>
  actual.length === declared.length && declared.every((length, i) => length === -1 || length === actual[i]);

export const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((length, i) => length === b[i]);
