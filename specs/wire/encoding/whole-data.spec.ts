import { describe, expect, it } from '@jest/globals';
import { ndArray } from '../../../lib/model/nd-array.js';
import { jsonEncoding, numericEncoding, type EncodingOf } from '../../../lib/wire/encoding/encoding.js';
import { concatData, emptyData } from '../../../lib/wire/encoding/whole-data.js';

describe('emptyData', () => {
  it('keeps dtype and point shape', () => {
    expect(emptyData(numericEncoding('uint16', [4, 3]))).toEqual({ dtype: 'uint16', shape: [0, 4, 3], data: new Uint16Array(0) });
    expect(emptyData(numericEncoding('bool'))).toEqual({ dtype: 'bool', shape: [0], data: new Uint8Array(0) });
  });

  it('is an empty list for ragged arrays and for JSON', () => {
    expect(emptyData(numericEncoding('uint16', [-1]))).toEqual([]);
    expect(emptyData(jsonEncoding)).toEqual([]);
  });
});

describe('concatData', () => {
  it('joins numbers in memory of their own', () => {
    const parts = [ndArray('complex64', [2], Float32Array.of(1, 2, 3, 4)), ndArray('complex64', [0], new Float32Array(0)), ndArray('complex64', [1], Float32Array.of(5, 6))];
    expect(concatData(numericEncoding('complex64'), parts)).toEqual({ dtype: 'complex64', shape: [3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  });

  it('joins arrays along their points, parts of other memory included', () => {
    const memory = Int16Array.of(9, 1, 2, 3, 4, 9);
    const parts = [ndArray('int16', [1, 2], memory.subarray(1, 3)), ndArray('int16', [1, 2], memory.subarray(3, 5))];
    expect(concatData(numericEncoding('int16', [2]), parts)).toEqual({ dtype: 'int16', shape: [2, 2], data: Int16Array.of(1, 2, 3, 4) });
  });

  it('joins lists, without taking apart points that are lists themselves', () => {
    const json: EncodingOf<'json'> = jsonEncoding;
    expect(concatData(json, [[1, [2, [3]]], [], ['4']])).toEqual([1, [2, [3]], '4']);
  });

  it('gives a single part back as it is, and no part as empty data', () => {
    const part = ndArray('int8', [1], Int8Array.of(1));
    expect(concatData(numericEncoding('int8'), [part])).toBe(part);
    expect(concatData(numericEncoding('int8', [2]), [])).toEqual({ dtype: 'int8', shape: [0, 2], data: new Int8Array(0) });
  });
});
