/** Checks what a writer of numbers is given, as points or as batches, and turns it into the bytes of the wire. */
import { itemSize, numbersPerElement, type DataOf, type Dtype } from '../../model/dtype.js';
import { blissdataError, type BlissdataErrorOf } from '../../model/errors.js';
import { elementCount } from '../../model/nd-array.js';
import { containerName, isDataOf } from '../../model/typed-array.js';
import { describe, describeShape } from './describe.js';
import type { NumericEncoding, Where } from './encoding.js';
import { bytesOf } from './number-bytes.js';
import { isFloat16, scalarWriters } from './scalar-writers.js';
import { fitsShape } from './shape.js';

/** Points of one shape, encoded; `bytes` may be the user's own memory. */
export interface Rows {
  readonly count: number;
  /** The shape of one point. */
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export const invalidPoint = (where: Where, expected: string, received: string): BlissdataErrorOf<'InvalidPoint'> =>
  blissdataError('InvalidPoint', { ...where, expected, received });

/** How many bytes an entry's payload may have. */
export interface PayloadLimit {
  /** At present. */
  readonly most: () => number;
  /** Told of one that has more. */
  readonly exceeded: (bytes: number) => void;
}

export const noLimit: PayloadLimit = { most: () => Infinity, exceeded: () => undefined };

/** A point that the server is known not to take, before any of it is sent. */
export function requireSize(where: Where, bytes: number, { most, exceeded }: PayloadLimit, place = ''): void {
  const limit = most();
  if (bytes <= limit) return;
  exceeded(bytes);
  throw invalidPoint(where, `at most ${limit} bytes, which is what the server takes`, `${bytes} bytes${place}`);
}

/** What is made in memory, `InvalidPoint` where there can be none for it: an array has a greatest length, and so has what is free. */
export function inMemory<A>(where: Where, make: () => A): A {
  try {
    return make();
  } catch (error) {
    const isMemory = error instanceof Object && 'message' in error && 'name' in error && error.name === 'RangeError';
    throw isMemory ? invalidPoint(where, 'a point that there is memory for', String(error.message)) : error;
  }
}

/** What may be an NdArray, so far only looked at from outside. */
interface Candidate {
  readonly dtype: unknown;
  readonly shape: readonly number[];
  readonly data: unknown;
}

/** Reads the points given to the writer of one stream. Both methods throw `InvalidPoint`. */
export class RowReader {
  constructor(
    private readonly encoding: NumericEncoding,
    private readonly where: Where,
  ) {}

  /** One point that is an array: an NdArray, or the flat typed array where it leaves no doubt about the shape. */
  point(value: unknown, position?: number): Rows {
    const { dtype, shape, ragged } = this.encoding;
    if (isNdArray(value) && fitsShape(shape, value.shape)) {
      return { count: 1, shape: value.shape, bytes: this.dataBytes(value, value.shape, position) };
    }
    if (!isDataOf(dtype, value)) throw this.unfit(value, shape, position);
    const flatShape = ragged ? [value.length / numbersPerElement(dtype)] : shape;
    if (!fitsShape(shape, flatShape)) throw this.unfit(value, shape, position);
    return { count: 1, shape: flatShape, bytes: this.numberBytes(value, flatShape, position) };
  }

  /**
   * Many points: an array of points, an NdArray with one more dimension than a point, or for scalars their typed array.
   * All are checked before any is returned.
   */
  batch(values: unknown): readonly Rows[] {
    const { dtype, shape } = this.encoding;
    const isScalar = shape.length === 0;
    if (Array.isArray(values)) {
      if (values.length === 0) throw this.fail('at least one point', 'an empty array');
      return isScalar ? [this.scalars(values)] : values.map((value: unknown, i) => this.point(value, i));
    }
    if (isNdArray(values)) {
      const [count = 0, ...pointShape] = values.shape;
      if (values.shape.length !== shape.length + 1 || !fitsShape(shape, pointShape)) throw this.unfit(values, ['n', ...shape]);
      return [{ count, shape: pointShape, bytes: this.dataBytes(values, values.shape) }];
    }
    if (!isScalar || !isDataOf(dtype, values)) throw this.unfit(values, ['n', ...shape]);
    const count = values.length / numbersPerElement(dtype);
    return [{ count, shape: [], bytes: this.numberBytes(values, [count]) }];
  }

  private scalars(values: readonly unknown[]): Rows {
    const { dtype, byteOrder } = this.encoding;
    const size = itemSize(dtype);
    const { put, expected } = scalarWriters[dtype];
    const bytes = new Uint8Array(values.length * size);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < values.length; i++) {
      if (!put(view, i * size, values[i], byteOrder !== '>')) throw this.fail(expected, describe(values[i]), i);
    }
    return { count: values.length, shape: [], bytes };
  }

  private dataBytes({ dtype, data }: Candidate, shape: readonly number[], position?: number): Uint8Array {
    if (dtype !== this.encoding.dtype) throw this.fail(`dtype ${this.encoding.dtype}`, `dtype ${String(dtype)}`, position);
    if (!isDataOf(this.encoding.dtype, data)) throw this.fail(`data in a ${containerName(this.encoding.dtype)}`, describe(data), position);
    return this.numberBytes(data, shape, position);
  }

  private numberBytes(data: DataOf<Dtype>, shape: readonly number[], position?: number): Uint8Array {
    const { dtype, byteOrder } = this.encoding;
    const elements = elementCount(shape);
    if (elements === 0) throw this.fail('points that are not empty', `shape ${describeShape(shape)}`, position);
    const numbers = elements * numbersPerElement(dtype);
    if (data.length !== numbers) throw this.fail(`${numbers} numbers for shape ${describeShape(shape)}`, describe(data), position);
    if (!Number.isInteger(elements)) throw this.fail('an even number of numbers, real and imaginary parts in turn', describe(data), position);
    const unfit = firstUnfitNumber(dtype, data);
    if (unfit >= 0) throw this.fail(dtype === 'bool' ? '0 or 1 for a boolean' : scalarWriters[dtype].expected, describe(data[unfit]), position);
    return bytesOf(dtype, byteOrder, data);
  }

  private unfit(value: unknown, wanted: readonly (number | string)[], position?: number): BlissdataErrorOf<'InvalidPoint'> {
    const { dtype, shape, ragged } = this.encoding;
    const takesFlat = wanted === shape ? !ragged || shape.length === 1 : shape.length === 0;
    const flat = takesFlat ? ` or a flat ${containerName(dtype)}` : '';
    return this.fail(`an NdArray of ${dtype}, shape ${describeShape(wanted)}${flat}`, describe(value), position);
  }

  private fail(expected: string, received: string, position?: number): BlissdataErrorOf<'InvalidPoint'> {
    return invalidPoint(this.where, expected, position === undefined ? received : `${received} at position ${position} of the batch`);
  }
}

function isNdArray(value: unknown): value is Candidate {
  if (typeof value !== 'object' || value === null || !('dtype' in value && 'shape' in value && 'data' in value)) return false;
  return Array.isArray(value.shape) && value.shape.every((length) => Number.isSafeInteger(length) && length >= 0);
}

/** The typed arrays of most dtypes hold nothing that the dtype cannot. Those of bool and float16 are wider. */
function firstUnfitNumber(dtype: Dtype, data: DataOf<Dtype>): number {
  if (dtype === 'bool') return data.findIndex((value: number | bigint) => value !== 0 && value !== 1);
  if (dtype === 'float16') return data.findIndex((value: number | bigint) => !isFloat16(Number(value)));
  return -1;
}
