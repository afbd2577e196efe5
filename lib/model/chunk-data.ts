/** The points inside a chunk's data: how many there are, one of them, a slice of them. */
import { isComplex, numbersPerElement, type Dtype } from './dtype.js';
import { blissdataError } from './errors.js';
import { elementCount, ndArray, type NdArray } from './nd-array.js';
import type { AnyChunkData, AnyPointValue, ChunkData, PointValue, StreamType } from './stream-type.js';
import { viewBytes, viewNumbers, viewPart, zeros } from './typed-array.js';

/** True for the data of scalars and of arrays of one shape, false for a list of ragged arrays or JSON values. */
export const isNdArrayData = (data: AnyChunkData): data is NdArray => !Array.isArray(data);

export const pointCount = (data: AnyChunkData): number => (isNdArrayData(data) ? (data.shape[0] ?? 0) : data.length);

/**
 * The value of the point at position `i` of `data`, counted from 0: a scalar, an NdArray that shares the memory of `data`,
 * or a JSON value.
 *
 * @param part what takes the numbers of one point out of an array of many; where it copies, the point has memory of its own
 * @throws InvalidArgument when there is no such position.
 * @example
 * valueAt<'bool'>(ndArray('bool', [2], Uint8Array.of(0, 1)), 1); // true
 */
export function valueAt<T extends StreamType>(data: ChunkData<T>, i: number, part?: typeof viewPart): PointValue<T>;
export function valueAt(data: AnyChunkData, i: number, part?: typeof viewPart): AnyPointValue {
  const value = isNdArrayData(data) ? (data.shape.length === 1 ? scalarAt(data, i) : rowAt(data, i, part)) : data[i];
  if (value === undefined) {
    throw blissdataError('InvalidArgument', { argument: 'position', expected: `0 to ${pointCount(data) - 1}`, received: String(i) });
  }
  return value;
}

function scalarAt({ dtype, data }: NdArray, i: number): AnyPointValue | undefined {
  if (isComplex(dtype)) {
    const re = data[2 * i];
    const im = data[2 * i + 1];
    return typeof re === 'number' && typeof im === 'number' ? { re, im } : undefined;
  }
  const value = data[i];
  return dtype === 'bool' && value !== undefined ? value !== 0 : value;
}

/** The point at position `i` of points that are arrays; undefined when there is no such position. It shares their memory, unless `part` copies. */
export function rowAt({ dtype, shape, data }: NdArray, i: number, part: typeof viewPart = viewPart): NdArray | undefined {
  if (!(i >= 0 && i < (shape[0] ?? 0))) return undefined;
  const pointShape = shape.slice(1);
  const numbers = elementCount(pointShape) * numbersPerElement(dtype);
  return ndArray(dtype, pointShape, part(dtype, data, i * numbers, (i + 1) * numbers));
}

/**
 * Every `step`-th point from position `start` up to and without `stop`; bounds beyond the data are clamped.
 * With step 1 the result shares the memory of `data`, otherwise it has its own.
 */
export function sliceData<T extends StreamType>(data: ChunkData<T>, start: number, stop: number, step?: number): ChunkData<T>;
export function sliceData(data: AnyChunkData, start: number, stop: number, step = 1): AnyChunkData {
  const from = Math.max(0, start);
  const to = Math.max(from, Math.min(stop, pointCount(data)));
  if (isNdArrayData(data)) return step === 1 ? sliceRows(data, from, to) : everyNthRow(data, from, to, step);
  const part = data.slice(from, to);
  return step === 1 ? part : part.filter((_, i) => i % step === 0);
}

/** The points from position `from` up to and without `to`, which must be there; shares memory. */
export function sliceRows<D extends Dtype>({ dtype, shape, data }: NdArray<D>, from: number, to: number): NdArray<D> {
  const pointShape = shape.slice(1);
  const numbers = elementCount(pointShape) * numbersPerElement(dtype);
  return ndArray(dtype, [to - from, ...pointShape], viewPart(dtype, data, from * numbers, to * numbers));
}

function everyNthRow<D extends Dtype>({ dtype, shape, data }: NdArray<D>, from: number, to: number, step: number): NdArray<D> {
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

/** Points of arrays of one shape one after another, in memory of their own. */
export function joinRows<D extends Dtype>(dtype: D, pointShape: readonly number[], parts: readonly NdArray<D>[]): NdArray<D> {
  const count = parts.reduce((sum, part) => sum + pointCount(part), 0);
  const data = zeros(dtype, count * elementCount(pointShape) * numbersPerElement(dtype));
  const target = viewBytes(data);
  let at = 0;
  for (const part of parts) {
    target.set(viewBytes(part.data), at);
    at += part.data.byteLength;
  }
  return ndArray(dtype, [count, ...pointShape], data);
}
