import { describe, expect, it } from '@jest/globals';
import { pointCount, sliceData, valueAt } from '../../lib/model/chunk-data.js';
import { ndArray } from '../../lib/model/nd-array.js';

const scalars = ndArray('int32', [5], Int32Array.of(0, 10, 20, 30, 40));
const pairs = ndArray('uint8', [3, 2], Uint8Array.of(0, 1, 2, 3, 4, 5));
const complex = ndArray('complex64', [3], Float32Array.of(1, 2, 3, 4, 5, 6));
const ragged = [ndArray('int8', [1], Int8Array.of(1)), ndArray('int8', [2], Int8Array.of(2, 3)), ndArray('int8', [1], Int8Array.of(4))];

describe('valueAt', () => {
  it('gives a number for a scalar', () => {
    expect(valueAt<'int32'>(scalars, 3)).toBe(30);
  });

  it('gives a bigint for a 64-bit integer', () => {
    expect(valueAt<'int64'>(ndArray('int64', [1], BigInt64Array.of(-(2n ** 63n))), 0)).toBe(-(2n ** 63n));
  });

  it('gives a boolean for a bool', () => {
    const bools = ndArray('bool', [2], Uint8Array.of(0, 1));
    expect([valueAt<'bool'>(bools, 0), valueAt<'bool'>(bools, 1)]).toEqual([false, true]);
  });

  it('gives real and imaginary part for a complex number', () => {
    expect(valueAt<'complex64'>(complex, 1)).toEqual({ re: 3, im: 4 });
  });

  it('gives an array that shares the memory of the chunk', () => {
    const row = valueAt<'uint8[]'>(pairs, 1);
    expect(row).toEqual({ dtype: 'uint8', shape: [2], data: Uint8Array.of(2, 3) });
    expect(row.data.buffer).toBe(pairs.data.buffer);
  });

  it('gives the elements of lists as they are', () => {
    expect(valueAt<'int8[*]'>(ragged, 1)).toBe(ragged[1]);
    expect(valueAt<'json'>([{ a: 1 }, null], 1)).toBeNull();
  });

  it.each([-1, 3])('refuses position %d of three points', (position) => {
    for (const read of [() => valueAt<'uint8[]'>(pairs, position), () => valueAt<'complex64'>(complex, position), () => valueAt<'int8[*]'>(ragged, position)]) {
      expect(read).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', expected: '0 to 2' }));
    }
  });
});

describe('sliceData', () => {
  it('takes consecutive points without copying', () => {
    const part = sliceData<'int32'>(scalars, 1, 3);
    expect(part).toEqual({ dtype: 'int32', shape: [2], data: Int32Array.of(10, 20) });
    expect(part.data.buffer).toBe(scalars.data.buffer);
  });

  it('takes every second point', () => {
    expect(sliceData<'int32'>(scalars, 0, 5, 2).data).toEqual(Int32Array.of(0, 20, 40));
    expect(sliceData<'int32'>(scalars, 1, 5, 2).data).toEqual(Int32Array.of(10, 30));
  });

  it('takes whole points of arrays and of complex numbers', () => {
    expect(sliceData<'uint8[]'>(pairs, 0, 3, 2)).toEqual({ dtype: 'uint8', shape: [2, 2], data: Uint8Array.of(0, 1, 4, 5) });
    expect(sliceData<'complex64'>(complex, 0, 3, 2).data).toEqual(Float32Array.of(1, 2, 5, 6));
    expect(sliceData<'complex64'>(complex, 1, 2).data).toEqual(Float32Array.of(3, 4));
  });

  it('takes parts of lists', () => {
    expect(sliceData<'int8[*]'>(ragged, 0, 3, 2)).toEqual([ragged[0], ragged[2]]);
    expect(sliceData<'json'>(['a', 'b', 'c'], 1, 9)).toEqual(['b', 'c']);
  });

  it('clamps bounds to the points there are, and keeps the point shape of none', () => {
    expect(sliceData<'uint8[]'>(pairs, 2, 9).shape).toEqual([1, 2]);
    expect(sliceData<'uint8[]'>(pairs, 3, 9)).toEqual({ dtype: 'uint8', shape: [0, 2], data: new Uint8Array(0) });
    expect(sliceData<'int32'>(scalars, 4, 2).shape).toEqual([0]);
    expect(sliceData<'int32'>(scalars, 9, 12, 3).shape).toEqual([0]);
  });
});

describe('pointCount', () => {
  it('counts points, not numbers', () => {
    expect([scalars, pairs, complex, ragged, []].map(pointCount)).toEqual([5, 3, 3, 3, 0]);
  });
});
