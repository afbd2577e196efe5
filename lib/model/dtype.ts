/** The numeric types of points, under numpy's names, and their JavaScript counterparts. */

/**
 * What each dtype is in JavaScript: the typed array (`data`) and one scalar (`scalar`).
 *
 * | dtype | `data` | scalar | a write accepts |
 * |---|---|---|---|
 * | `bool` | `Uint8Array` of 0 and 1 | `boolean` | a boolean, or a Uint8Array of 0 and 1 |
 * | `int8` … `uint32` | the typed array of that name | `number` | an integer in range |
 * | `int64`, `uint64` | `BigInt64Array`, `BigUint64Array` | `bigint` | a bigint in range, or a safe integer |
 * | `float16` | `Float32Array` (every float16 is exact in it) | `number` | a number, rounded to the nearest float16; finite numbers that would become infinite (±65520 and beyond) are refused |
 * | `float32` | `Float32Array` | `number` | a number, rounded to the nearest float32; finite numbers that would become infinite are refused |
 * | `float64` | `Float64Array` | `number` | any number |
 * | `complex64` | `Float32Array`, real and imaginary parts alternating | {@link Complex} | a Complex, checked like float32 |
 * | `complex128` | `Float64Array`, real and imaginary parts alternating | {@link Complex} | a Complex |
 *
 * A typed array given to a writer must be of the type in the table: a Float64Array is not silently narrowed to float32.
 */
export interface Dtypes {
  bool: { readonly data: Uint8Array; readonly scalar: boolean };
  int8: { readonly data: Int8Array; readonly scalar: number };
  int16: { readonly data: Int16Array; readonly scalar: number };
  int32: { readonly data: Int32Array; readonly scalar: number };
  int64: { readonly data: BigInt64Array; readonly scalar: bigint };
  uint8: { readonly data: Uint8Array; readonly scalar: number };
  uint16: { readonly data: Uint16Array; readonly scalar: number };
  uint32: { readonly data: Uint32Array; readonly scalar: number };
  uint64: { readonly data: BigUint64Array; readonly scalar: bigint };
  float16: { readonly data: Float32Array; readonly scalar: number };
  float32: { readonly data: Float32Array; readonly scalar: number };
  float64: { readonly data: Float64Array; readonly scalar: number };
  complex64: { readonly data: Float32Array; readonly scalar: Complex };
  complex128: { readonly data: Float64Array; readonly scalar: Complex };
}

export interface Complex {
  readonly re: number;
  readonly im: number;
}

export type Dtype = keyof Dtypes;
export type DataOf<D extends Dtype> = Dtypes[D]['data'];
export type ScalarOf<D extends Dtype> = Dtypes[D]['scalar'];
export type ByteOrder = '<' | '>' | '|';

const itemSizes: { readonly [D in Dtype]: number } = {
  bool: 1,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  float16: 2,
  float32: 4,
  float64: 8,
  complex64: 8,
  complex128: 16,
};

/** Bytes of one element on the wire and in numpy. For float16 that is half of its size in a Float32Array. */
export const itemSize = (dtype: Dtype): number => itemSizes[dtype];

export const isComplex = (dtype: Dtype): dtype is 'complex64' | 'complex128' => dtype === 'complex64' || dtype === 'complex128';

export const isComplexValue = (value: unknown): value is Complex =>
  typeof value === 'object' && value !== null && 're' in value && 'im' in value && typeof value.re === 'number' && typeof value.im === 'number';

/** Numbers in the typed array per element: two for complex dtypes, otherwise one. */
export const numbersPerElement = (dtype: Dtype): number => (isComplex(dtype) ? 2 : 1);

export const isDtype = (name: string): name is Dtype => Object.hasOwn(itemSizes, name);
