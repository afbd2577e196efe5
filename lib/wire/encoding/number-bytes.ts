/** Converts between the bytes of a payload and the typed array of its numbers: a view if possible, else byte swaps and float16. */
import { itemSize, numbersPerElement, type ByteOrder, type DataOf, type Dtype } from '../../model/dtype.js';
import { float16Bits, float16Table } from '../../model/float16.js';
import { viewBytes, viewNumbers } from '../../model/typed-array.js';

const hostOrder: ByteOrder = viewBytes(Uint16Array.of(1))[0] === 1 ? '<' : '>';

const isForeign = (byteOrder: ByteOrder): boolean => byteOrder !== '|' && byteOrder !== hostOrder;

/** Bytes of one number on the wire: the byte order applies to both parts of a complex element separately. */
const wireNumberSize = (dtype: Dtype): number => itemSize(dtype) / numbersPerElement(dtype);

/**
 * The numbers in `bytes`, whose length must be a multiple of the item size. Shares the memory if they are in the host's order and
 * aligned; otherwise, for float16, and for booleans that are not all 0 and 1, the result has memory of its own.
 */
export function numbersOf<D extends Dtype>(dtype: D, byteOrder: ByteOrder, bytes: Uint8Array): DataOf<D>;
export function numbersOf(dtype: Dtype, byteOrder: ByteOrder, bytes: Uint8Array): DataOf<Dtype> {
  const size = wireNumberSize(dtype);
  const foreign = isForeign(byteOrder);
  const usable = foreign || bytes.byteOffset % size !== 0 ? ownCopy(bytes) : bytes;
  if (foreign) swapBytes(usable, size);
  if (dtype === 'float16') return fromFloat16(usable);
  return viewNumbers(dtype, dtype === 'bool' ? zerosAndOnes(usable) : usable);
}

/** The bytes of `data` on the wire; they share its memory unless a conversion is needed. */
export function bytesOf(dtype: Dtype, byteOrder: ByteOrder, data: DataOf<Dtype>): Uint8Array {
  const native = dtype === 'float16' ? toFloat16(data) : viewBytes(data);
  if (!isForeign(byteOrder)) return native;
  const bytes = ownCopy(native);
  swapBytes(bytes, wireNumberSize(dtype));
  return bytes;
}

/** A copy at offset 0 of its own buffer, which is aligned for any type. Not `slice`: on a Buffer it does not copy. */
const ownCopy = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/** numpy takes every byte but 0 for true, and bool views of other arrays hold such bytes. The argument is not changed. */
export function zerosAndOnes(bytes: Uint8Array): Uint8Array {
  let seen = 0;
  for (let i = 0; i < bytes.length; i++) seen |= bytes[i]!;
  return seen <= 1 ? bytes : Uint8Array.from(bytes, (byte) => (byte === 0 ? 0 : 1));
}

function fromFloat16(bytes: Uint8Array): Float32Array {
  const halves = viewNumbers('uint16', bytes);
  const table = float16Table();
  const numbers = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) numbers[i] = table[halves[i] ?? 0] ?? NaN;
  return numbers;
}

function toFloat16(data: DataOf<Dtype>): Uint8Array {
  const halves = new Uint16Array(data.length);
  for (let i = 0; i < halves.length; i++) halves[i] = float16Bits(Number(data[i]));
  return viewBytes(halves);
}

/** Reverses the bytes of every number (of 2, 4 or 8 bytes), in place. */
function swapBytes(bytes: Uint8Array, size: number): void {
  if (size === 2) {
    const halves = viewNumbers('uint16', bytes);
    for (let i = 0; i < halves.length; i++) halves[i] = swap16(halves[i] ?? 0);
  } else {
    const words = viewNumbers('uint32', bytes);
    for (let i = 0; i < words.length; i++) words[i] = swap32(words[i] ?? 0);
    if (size === 8) swapPairs(words);
  }
}

const swap16 = (half: number): number => (half << 8) | (half >> 8);

const swap32 = (word: number): number => (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);

function swapPairs(words: Uint32Array): void {
  for (let i = 0; i + 1 < words.length; i += 2) {
    const first = words[i] ?? 0;
    words[i] = words[i + 1] ?? 0;
    words[i + 1] = first;
  }
}

