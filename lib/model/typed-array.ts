/** The typed arrays of each dtype: making them, telling them apart, viewing and copying parts of them. */
import type { DataOf, Dtype } from './dtype.js';

interface Container<D extends Dtype> {
  new (length: number): DataOf<D>;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): DataOf<D>;
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
}

const containers: { readonly [D in Dtype]: Container<D> } = {
  bool: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float16: Float32Array,
  float32: Float32Array,
  float64: Float64Array,
  complex64: Float32Array,
  complex128: Float64Array,
};

/** The name of a dtype's typed array, such as `Float64Array`. */
export const containerName = (dtype: Dtype): string => containers[dtype].name;

/** Bytes of one number in a dtype's typed array. */
export const containerItemSize = (dtype: Dtype): number => containers[dtype].BYTES_PER_ELEMENT;

/** A zeroed typed array of `length` numbers (a complex element is two numbers). */
export const zeros = <D extends Dtype>(dtype: D, length: number): DataOf<D> => new containers[dtype](length);

/** Bytes as numbers in a dtype's typed array, without copying: they must be aligned to its item size and in the host's byte order. */
export function viewNumbers<D extends Dtype>(dtype: D, bytes: Uint8Array): DataOf<D> {
  const container = containers[dtype];
  return new container(bytes.buffer, bytes.byteOffset, bytes.byteLength / container.BYTES_PER_ELEMENT);
}

/** The numbers from `start` up to `stop`, without copying. */
export function viewPart<D extends Dtype>(dtype: D, data: DataOf<D>, start: number, stop: number): DataOf<D> {
  return new containers[dtype](data.buffer, data.byteOffset + start * data.BYTES_PER_ELEMENT, stop - start);
}

const slice = <A extends { slice: (start: number, stop: number) => A }>(data: A, start: number, stop: number): A => data.slice(start, stop);
// It may be a Buffer, whose `slice` does not copy.
const sliceBytes = (data: Uint8Array, start: number, stop: number): Uint8Array => viewPart('uint8', data, start, stop).slice();

const copiers: { readonly [D in Dtype]: (data: DataOf<D>, start: number, stop: number) => DataOf<D> } = {
  bool: sliceBytes,
  int8: slice,
  int16: slice,
  int32: slice,
  int64: slice,
  uint8: sliceBytes,
  uint16: slice,
  uint32: slice,
  uint64: slice,
  float16: slice,
  float32: slice,
  float64: slice,
  complex64: slice,
  complex128: slice,
};

/** The numbers from `start` up to `stop`, in memory of their own. One step, since it is done for every point. */
export const copyPart = <D extends Dtype>(dtype: D, data: DataOf<D>, start: number, stop: number): DataOf<D> => copiers[dtype](data, start, stop);

/** The bytes of a typed array, without copying. A Buffer becomes a Uint8Array, because its `slice` does not copy. */
export const viewBytes = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** The type of a typed array, even one from another realm; `null` for other values. A Buffer is a Uint8Array. */
export function typedArrayName(value: unknown): string | null {
  if (!ArrayBuffer.isView(value)) return null;
  const name = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return name === 'DataView' ? null : name;
}

export const isTypedArray = (value: unknown): value is ArrayBufferView & ArrayLike<number | bigint> => typedArrayName(value) !== null;

export const isDataOf = <D extends Dtype>(dtype: D, value: unknown): value is DataOf<D> => typedArrayName(value) === containerName(dtype);
