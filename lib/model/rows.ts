/** An NdArray taken as many points, one a row: its first dimension counts them. */
import { isComplex, numbersPerElement, type Dtype, type ScalarOf } from './dtype.js';
import { elementCount, ndArray, type NdArray } from './nd-array.js';
import { copyPart, viewBytes, viewNumbers, viewPart, zeros } from './typed-array.js';

/** The scalar in row `i` of points that are scalars; undefined beyond the end. */
export function scalarAt({ dtype, data }: NdArray, i: number): ScalarOf<Dtype> | undefined {
  if (isComplex(dtype)) {
    const re = data[2 * i];
    const im = data[2 * i + 1];
    return typeof re === 'number' && typeof im === 'number' ? { re, im } : undefined;
  }
  const value = data[i];
  return dtype === 'bool' && value !== undefined ? value !== 0 : value;
}

/** Row `i` of points that are arrays; undefined beyond the end. It shares their memory, unless `part` copies. */
export function rowAt({ dtype, shape, data }: NdArray, i: number, part: typeof viewPart = viewPart): NdArray | undefined {
  if (!(i >= 0 && i < (shape[0] ?? 0))) return undefined;
  const pointShape = shape.slice(1);
  const numbers = elementCount(pointShape) * numbersPerElement(dtype);
  return ndArray(dtype, pointShape, part(dtype, data, i * numbers, (i + 1) * numbers));
}

/** The rows from `from` up to `to`, which must exist; shares memory. */
export function sliceRows<D extends Dtype>({ dtype, shape, data }: NdArray<D>, from: number, to: number): NdArray<D> {
  const pointShape = shape.slice(1);
  const numbers = elementCount(pointShape) * numbersPerElement(dtype);
  return ndArray(dtype, [to - from, ...pointShape], viewPart(dtype, data, from * numbers, to * numbers));
}

/** Every `step`-th row from `from` up to `to`, in memory of their own. */
export function everyNthRow<D extends Dtype>({ dtype, shape, data }: NdArray<D>, from: number, to: number, step: number): NdArray<D> {
  const pointShape = shape.slice(1);
  const count = Math.ceil((to - from) / step);
  const rowBytes = elementCount(pointShape) * numbersPerElement(dtype) * data.BYTES_PER_ELEMENT;
  const source = viewBytes(data);
  const target = new Uint8Array(count * rowBytes);
  for (let i = 0; i < count; i++) {
    const at = (from + i * step) * rowBytes;
    target.set(source.subarray(at, at + rowBytes), i * rowBytes);
  }
  return ndArray(dtype, [count, ...pointShape], viewNumbers(dtype, target));
}

/** Arrays of rows of the same dtype and shape one after another, in memory of their own. */
export function joinRows<D extends Dtype>(dtype: D, rowShape: readonly number[], parts: readonly NdArray<D>[]): NdArray<D> {
  const count = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  const data = zeros(dtype, count * elementCount(rowShape) * numbersPerElement(dtype));
  const target = viewBytes(data);
  let at = 0;
  for (const part of parts) {
    target.set(viewBytes(part.data), at);
    at += part.data.byteLength;
  }
  return ndArray(dtype, [count, ...rowShape], data);
}

export const copyArray = <D extends Dtype>({ dtype, shape, data }: NdArray<D>): NdArray<D> => ndArray(dtype, shape, copyPart(dtype, data, 0, data.length));

/** Whether so many bytes are less than 1/`most` of the memory they lie in. No bytes always are: the same empty array may be in other hands. */
export const isWasteful = (used: number, held: number, most: number): boolean => used === 0 || used * most < held;

/** The same rows, in memory that holds nothing else. */
export const compactRows = (rows: NdArray): NdArray => (isWasteful(rows.data.byteLength, rows.data.buffer.byteLength, 1) ? copyArray(rows) : rows);
