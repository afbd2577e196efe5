/** The typed arrays that hold each dtype: making them, telling them apart, and viewing parts of them without copying. */
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

/** The name of the typed array that holds a dtype, such as `Float64Array`. */
export const containerName = (dtype: Dtype): string => containers[dtype].name;

/** How many bytes one number takes in the typed array of a dtype. */
export const containerItemSize = (dtype: Dtype): number => containers[dtype].BYTES_PER_ELEMENT;

/** A zeroed typed array of `length` numbers (a complex element is two numbers). */
export const zeros = <D extends Dtype>(dtype: D, length: number): DataOf<D> => new containers[dtype](length);

/** Bytes seen as the numbers of a dtype's typed array, without copying: they must lie at a multiple of its item size, in the host's order. */
export function viewNumbers<D extends Dtype>(dtype: D, bytes: Uint8Array): DataOf<D> {
  const container = containers[dtype];
  return new container(bytes.buffer, bytes.byteOffset, bytes.byteLength / container.BYTES_PER_ELEMENT);
}

/** The numbers from `start` up to `stop`, without copying. */
export function viewPart<D extends Dtype>(dtype: D, data: DataOf<D>, start: number, stop: number): DataOf<D> {
  return new containers[dtype](data.buffer, data.byteOffset + start * data.BYTES_PER_ELEMENT, stop - start);
}

const slice = <A extends { slice: (start: number, stop: number) => A }>(data: A, start: number, stop: number): A => data.slice(start, stop);
// Of a Buffer, which may be one here, `slice` would not copy.
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

/** The numbers from `start` up to `stop`, in memory of their own: one step, for it is done for every point. */
export const copyPart = <D extends Dtype>(dtype: D, data: DataOf<D>, start: number, stop: number): DataOf<D> => copiers[dtype](data, start, stop);

/** The memory behind a typed array as plain bytes, without copying. A Buffer comes out as Uint8Array, for its `slice` would not copy. */
export const viewBytes = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** What kind of typed array this is, also if it comes from another realm; `null` when it is none. A Buffer is a Uint8Array. */
export function typedArrayName(value: unknown): string | null {
  if (!ArrayBuffer.isView(value)) return null;
  const name = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return name === 'DataView' ? null : name;
}

export const isTypedArray = (value: unknown): value is ArrayBufferView & ArrayLike<number | bigint> => typedArrayName(value) !== null;

export const isDataOf = <D extends Dtype>(dtype: D, value: unknown): value is DataOf<D> => typedArrayName(value) === containerName(dtype);
