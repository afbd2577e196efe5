/** The points inside a chunk's data, and whose memory they lie in. */
import { describe, expect, it } from '@jest/globals';
import { compactData, joinData, ownData, pointCount, pointOf, sliceData, valueAt } from '../../lib/model/chunk-data.js';
import { ndArray } from '../../lib/model/nd-array.js';
import type { ChunkData, StreamType } from '../../lib/model/stream-type.js';

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
    expect(sliceData<'int32'>(scalars, 9, 12).shape).toEqual([0]);
    expect(sliceData<'uint8[]'>(pairs, 5, Infinity)).toEqual({ dtype: 'uint8', shape: [0, 2], data: new Uint8Array(0) });
  });
});

describe('pointOf', () => {
  it('gives an array in memory of its own, unless it is all that lies there', () => {
    const row = pointOf<'uint8[]'>(pairs, 1);
    expect(row).toEqual(ndArray('uint8', [2], Uint8Array.of(2, 3)));
    expect(row.data.buffer.byteLength).toBe(2);
    const single = ndArray('uint8', [1, 2], Uint8Array.of(1, 2));
    expect(pointOf<'uint8[]'>(single, 0).data.buffer).toBe(single.data.buffer);
  });

  it('copies an element of a list only out of shared memory', () => {
    const memory = Int8Array.of(1, 2, 3);
    const list = [ndArray('int8', [1], memory.subarray(0, 1)), ndArray('int8', [2], Int8Array.of(4, 5))];
    expect(pointOf<'int8[*]'>(list, 0)).toEqual(ndArray('int8', [1], Int8Array.of(1)));
    expect(pointOf<'int8[*]'>(list, 0).data.buffer).not.toBe(memory.buffer);
    expect(pointOf<'int8[*]'>(list, 1)).toBe(list[1]);
  });

  it('refuses a position beyond the end', () => {
    expect(() => pointOf<'uint8[]'>(pairs, 3)).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', expected: '0 to 2' }));
  });
});

describe('compactData', () => {
  const memory = Float64Array.of(1, 2, 3, 4);

  it('copies out of memory that is more than twice as big, or as many times as allowed', () => {
    const [half, quarter] = [ndArray('float64', [2], memory.subarray(0, 2)), ndArray('float64', [1], memory.subarray(0, 1))];
    expect(compactData<'float64'>(half)).toBe(half);
    expect(compactData<'float64'>(half, 1).data.buffer.byteLength).toBe(16);
    expect(compactData<'float64'>(quarter).data.buffer.byteLength).toBe(8);
    expect(compactData<'float64'>(quarter)).toEqual(quarter);
  });

  it('counts the memory of a list once, however many points lie in it', () => {
    const list = [ndArray('float64', [2], memory.subarray(0, 2)), ndArray('float64', [2], memory.subarray(2, 4))];
    expect(compactData<'float64[*]'>(list, 1)).toBe(list);
    expect(compactData<'float64[*]'>(list.slice(1), 1)[0]?.data.buffer.byteLength).toBe(16);
  });

  it('leaves JSON as it is, and gives no points memory of their own', () => {
    const documents = [{ a: 1 }, null];
    expect(compactData<'json'>(documents, 1)).toBe(documents);
    const none = ndArray('float64', [0], new Float64Array(0));
    expect(compactData<'float64'>(none).data.buffer).not.toBe(none.data.buffer);
  });
});

describe('ownData and joinData', () => {
  it('ownData copies every array', () => {
    const copy = ownData<'int8[*]'>(ragged);
    expect(copy).toEqual(ragged);
    expect(copy.map((point, i) => point.data.buffer === ragged[i]?.data.buffer)).toEqual([false, false, false]);
    expect(ownData<'int32'>(scalars)).toEqual(scalars);
    expect(ownData<'int32'>(scalars).data.buffer).not.toBe(scalars.data.buffer);
  });

  it.each([
    ['other dtypes', [scalars, ndArray('int16', [1], Int16Array.of(1))], 'int32', 'int16'],
    ['other shapes', [pairs, ndArray('uint8', [1, 3], Uint8Array.of(1, 2, 3))], 'uint8 of shape [2]', 'uint8 of shape [3]'],
    ['another number of dimensions', [pairs, ndArray('uint8', [2], Uint8Array.of(1, 2))], 'uint8 of shape [2]', 'uint8'],
    ['lists after arrays', [scalars, ragged], 'int32', 'a list of ragged arrays or JSON values'],
    ['arrays after lists', [ragged, scalars], 'a list of ragged arrays or JSON values', 'int32'],
    ['no parts', [], 'at least one part', 'none'],
  ])('joinData refuses %s', (_, parts, expected, received) => {
    expect(() => joinData<StreamType>(parts as readonly ChunkData<StreamType>[])).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', argument: 'chunk', expected, received }));
  });
});

describe('pointCount', () => {
  it('counts points, not numbers', () => {
    expect([scalars, pairs, complex, ragged, []].map(pointCount)).toEqual([5, 3, 3, 3, 0]);
  });
});
