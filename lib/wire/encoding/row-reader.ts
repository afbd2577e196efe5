/** Checks the numbers that a writer is given, one point or a batch, and turns them into the bytes of the wire. */
import { describe, describeShape } from '../../model/describe.js';
import { itemSize, numbersPerElement, type DataOf, type Dtype } from '../../model/dtype.js';
import type { BlissdataErrorOf } from '../../model/errors.js';
import { elementCount, fitsShape } from '../../model/nd-array.js';
import { containerName, isDataOf } from '../../model/typed-array.js';
import type { NumericEncoding, Where } from './encoding.js';
import { invalidPoint } from './entry-builder.js';
import { bytesOf } from './number-bytes.js';
import { isFloat16, scalarWriters } from './scalar-writers.js';

/** Points of one shape, encoded. */
export interface Rows {
  readonly count: number;
  /** The shape of one point. */
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  /** Whether the bytes are the user's own memory. */
  readonly shared: boolean;
}

/** A user's value in the form of an NdArray, whose dtype and data are yet to be checked. */
interface ArrayInput {
  readonly dtype: unknown;
  readonly shape: readonly number[];
  readonly data: unknown;
}

/** Reads the points given to one stream's writer. Both methods throw `InvalidPoint`. */
export class RowReader {
  constructor(
    private readonly encoding: NumericEncoding,
    private readonly where: Where,
  ) {}

  /** One point that is an array: an NdArray, or its flat typed array if that determines the shape. */
  point(value: unknown, position?: number): Rows {
    const { dtype, shape, ragged } = this.encoding;
    if (isArrayInput(value) && fitsShape(shape, value.shape)) {
      return { count: 1, shape: value.shape, ...this.dataBytes(value, value.shape, position) };
    }
    if (!isDataOf(dtype, value)) throw this.unfit(value, shape, position);
    const flatShape = ragged ? [value.length / numbersPerElement(dtype)] : shape;
    if (!fitsShape(shape, flatShape)) throw this.unfit(value, shape, position);
    return { count: 1, shape: flatShape, ...this.numberBytes(value, flatShape, position) };
  }

  /**
   * Many points: an array of points, an NdArray with one dimension more than a point, or, for scalars, a typed array.
   * All are checked before any is returned.
   */
  batch(values: unknown): readonly Rows[] {
    const { dtype, shape } = this.encoding;
    const isScalar = shape.length === 0;
    if (Array.isArray(values)) {
      if (values.length === 0) throw this.fail('at least one point', 'an empty array');
      return isScalar ? [this.scalars(values)] : values.map((value: unknown, i) => this.point(value, i));
    }
    if (isArrayInput(values)) {
      const [count = 0, ...pointShape] = values.shape;
      if (values.shape.length !== shape.length + 1 || !fitsShape(shape, pointShape)) throw this.unfit(values, ['n', ...shape]);
      return [{ count, shape: pointShape, ...this.dataBytes(values, values.shape) }];
    }
    if (!isScalar || !isDataOf(dtype, values)) throw this.unfit(values, ['n', ...shape]);
    const count = values.length / numbersPerElement(dtype);
    return [{ count, shape: [], ...this.numberBytes(values, [count]) }];
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
    return { count: values.length, shape: [], bytes, shared: false };
  }

  private dataBytes({ dtype, data }: ArrayInput, shape: readonly number[], position?: number): Pick<Rows, 'bytes' | 'shared'> {
    if (dtype !== this.encoding.dtype) throw this.fail(`dtype ${this.encoding.dtype}`, `dtype ${String(dtype)}`, position);
    if (!isDataOf(this.encoding.dtype, data)) throw this.fail(`data in a ${containerName(this.encoding.dtype)}`, describe(data), position);
    return this.numberBytes(data, shape, position);
  }

  private numberBytes(data: DataOf<Dtype>, shape: readonly number[], position?: number): Pick<Rows, 'bytes' | 'shared'> {
    const { dtype, byteOrder } = this.encoding;
    const elements = elementCount(shape);
    if (elements === 0) throw this.fail('points that are not empty', `shape ${describeShape(shape)}`, position);
    const numbers = elements * numbersPerElement(dtype);
    if (data.length !== numbers) throw this.fail(`${numbers} numbers for shape ${describeShape(shape)}`, describe(data), position);
    if (!Number.isInteger(elements)) throw this.fail('an even number of numbers, real and imaginary parts alternating', describe(data), position);
    const unfit = firstUnfitNumber(dtype, data);
    if (unfit >= 0) throw this.fail(dtype === 'bool' ? '0 or 1 for a boolean' : scalarWriters[dtype].expected, describe(data[unfit]), position);
    const bytes = bytesOf(dtype, byteOrder, data);
    return { bytes, shared: bytes.buffer === data.buffer };
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

function isArrayInput(value: unknown): value is ArrayInput {
  if (typeof value !== 'object' || value === null || !('dtype' in value && 'shape' in value && 'data' in value)) return false;
  return Array.isArray(value.shape) && value.shape.every((length) => Number.isSafeInteger(length) && length >= 0);
}

/** The typed arrays of most dtypes hold nothing that the dtype cannot; only those of bool and float16 are wider. */
function firstUnfitNumber(dtype: Dtype, data: DataOf<Dtype>): number {
  if (dtype === 'bool') return data.findIndex((value: number | bigint) => value !== 0 && value !== 1);
  if (dtype === 'float16') return data.findIndex((value: number | bigint) => !isFloat16(Number(value)));
  return -1;
}
