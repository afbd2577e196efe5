/** Which dtypes and shapes a stream takes as one point, and which as a batch of them. */
import { describe, expect, it } from '@jest/globals';
import { itemSize, numbersPerElement, type Dtype } from '../../../lib/model/dtype.js';
import { elementCount, ndArray, type NdArray } from '../../../lib/model/nd-array.js';
import { zeros } from '../../../lib/model/typed-array.js';
import { codecOf } from '../../../lib/wire/encoding/codec.js';
import { numericEncoding } from '../../../lib/wire/encoding/encoding.js';
import { NumericEntryBuilder } from '../../../lib/wire/encoding/numeric-entry-builder.js';
import { blockOf, where } from './blocks.js';

type Shape = readonly number[];

const dtypes: readonly Dtype[] = ['bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'float16', 'float32', 'float64', 'complex64', 'complex128'];

const builderOf = (dtype: Dtype, shape: Shape): NumericEntryBuilder => new NumericEntryBuilder(numericEncoding(dtype, shape), where);
const nothing = (dtype: Dtype, shape: Shape): NdArray => ndArray(dtype, shape, zeros(dtype, elementCount(shape) * numbersPerElement(dtype)));
const refused = expect.objectContaining({ _tag: 'InvalidPoint' });

/** 0, 1, 2 ... in a shape. */
const counted = (shape: Shape): NdArray => ndArray('int32', shape, Int32Array.from({ length: elementCount(shape) }, (_, i) => i));

/** The points of a batch. */
function pointsOf({ shape: [count = 0, ...shape], data }: NdArray): readonly NdArray[] {
  const width = elementCount(shape);
  return Array.from({ length: count }, (_, i) => ndArray('int32', shape, Int32Array.from(data.slice(i * width, (i + 1) * width), Number)));
}

describe.each(dtypes)('a stream of %s', (dtype) => {
  it('takes points and batches of its own dtype, and of no other', () => {
    for (const other of dtypes) {
      const builder = builderOf(dtype, [2]);
      const [point, batch, scalars] = [nothing(other, [2]), nothing(other, [3, 2]), nothing(other, [3])];
      if (other === dtype) {
        builder.add(point);
        expect(builder.addBatch(batch)).toBe(3);
        expect(builderOf(dtype, []).addBatch(scalars)).toBe(3);
        expect(builder.pendingBytes).toBe(8 * itemSize(dtype));
      } else {
        expect(() => builder.add(point)).toThrow(refused);
        expect(() => builder.addBatch(batch)).toThrow(refused);
        expect(() => builderOf(dtype, []).addBatch(scalars)).toThrow(refused);
        expect(builder.pendingPoints).toBe(0);
      }
    }
  });
});

describe.each<[Shape]>([[[]], [[2]], [[2, 3]], [[-1]], [[-1, -1]]])('a stream of shape %j', (shape) => {
  it('does not take a batch of no points', () => {
    const builder = builderOf('float64', shape);
    for (const batch of [[], new Float64Array(0), nothing('float64', [0, ...shape.map((length) => Math.max(length, 1))])]) expect(() => builder.addBatch(batch)).toThrow(refused);
    expect(builder.pendingPoints).toBe(0);
  });
});

const cases: readonly (readonly [of: Shape, points: readonly Shape[], batches: readonly Shape[], neither: readonly Shape[]])[] = [
  [[], [], [[1], [4]], [[], [1, 1], [4, 1], [1, 4]]],
  [[4], [[4]], [[1, 4], [5, 4]], [[], [3], [8], [4, 1], [1, 1, 4]]],
  [[-1], [[1], [6]], [[1, 4], [3, 4], [4, 1]], [[], [0], [2, 0], [1, 2, 3]]],
  [[2, 3], [[2, 3]], [[1, 2, 3], [5, 2, 3]], [[], [2], [3], [6], [3, 2], [2, 2], [4, 3], [2, 6], [2, 3, 1], [1, 1, 2, 3]]],
  [[2, -1], [[2, 1], [2, 5]], [[1, 2, 5], [3, 2, 5]], [[], [2], [3, 5], [2, 0], [2, 5, 1]]],
  [[-1, 2], [[1, 2], [5, 2]], [[1, 5, 2], [3, 5, 2]], [[], [2], [5, 3], [0, 2], [5, 2, 1]]],
  [[-1, -1], [[1, 2], [2, 1], [3, 5]], [[1, 3, 5], [4, 3, 5]], [[], [3], [3, 0], [1, 4, 3, 5]]],
];

describe.each(cases)('a stream of shape %j', (shape, points, batches, neither) => {
  const encoding = numericEncoding('int32', shape);
  /** What a reader gets, point by point. */
  const read = (fill: (builder: NumericEntryBuilder) => void): unknown => {
    const builder = builderOf('int32', shape);
    fill(builder);
    const { data, bad } = codecOf(encoding).decode(blockOf(builder.take(Infinity)), where);
    expect(bad).toBeNull();
    return 'shape' in data ? pointsOf(data) : data;
  };

  it('takes as one point what has its shape', () => {
    for (const each of points) expect(read((builder) => builder.add(counted(each)))).toEqual([counted(each)]);
    for (const each of [...batches, ...neither]) expect(() => builderOf('int32', shape).add(counted(each))).toThrow(refused);
  });

  it('takes as a batch what has one dimension more', () => {
    for (const each of batches) expect(read((builder) => void builder.addBatch(counted(each)))).toEqual(pointsOf(counted(each)));
    for (const each of [...points, ...neither]) expect(() => builderOf('int32', shape).addBatch(counted(each))).toThrow(refused);
  });

  it('keeps the points of different batches apart', () => {
    const all = batches.map(counted);
    expect(read((builder) => all.forEach((batch) => builder.addBatch(batch)))).toEqual(all.flatMap(pointsOf));
  });
});
