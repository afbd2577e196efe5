/** What of a codec is not decoding or encoding: data of no points, joined data, rows taken as points. */
import { describe, expect, it } from '@jest/globals';
import { ndArray } from '../../../lib/model/nd-array.js';
import { jsonEncoding, numericEncoding, type EncodingOf } from '../../../lib/wire/encoding/encoding.js';
import { codecOf } from '../../../lib/wire/encoding/codec.js';
import { collected } from '../../support/retention.js';

describe('the data of no points', () => {
  it('keeps dtype and point shape', () => {
    expect(codecOf(numericEncoding('uint16', [4, 3])).empty()).toEqual({ dtype: 'uint16', shape: [0, 4, 3], data: new Uint16Array(0) });
    expect(codecOf(numericEncoding('bool')).empty()).toEqual({ dtype: 'bool', shape: [0], data: new Uint8Array(0) });
  });

  it('is an empty list for ragged arrays and for JSON', () => {
    expect(codecOf(numericEncoding('uint16', [-1])).empty()).toEqual([]);
    expect(codecOf(jsonEncoding).empty()).toEqual([]);
  });
});

describe('joined data', () => {
  it('joins numbers in memory of their own', () => {
    const parts = [ndArray('complex64', [2], Float32Array.of(1, 2, 3, 4)), ndArray('complex64', [0], new Float32Array(0)), ndArray('complex64', [1], Float32Array.of(5, 6))];
    expect(codecOf(numericEncoding('complex64')).concat(parts)).toEqual({ dtype: 'complex64', shape: [3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  });

  it('joins arrays along their points, parts of other memory included', () => {
    const memory = Int16Array.of(9, 1, 2, 3, 4, 9);
    const parts = [ndArray('int16', [1, 2], memory.subarray(1, 3)), ndArray('int16', [1, 2], memory.subarray(3, 5))];
    expect(codecOf(numericEncoding('int16', [2])).concat(parts)).toEqual({ dtype: 'int16', shape: [2, 2], data: Int16Array.of(1, 2, 3, 4) });
  });

  it('joins lists, without taking apart points that are lists themselves', () => {
    const json: EncodingOf<'json'> = jsonEncoding;
    expect(codecOf(json).concat([[1, [2, [3]]], [], ['4']])).toEqual([1, [2, [3]], '4']);
  });

  it('gives a single part back as it is, and no part as empty data', () => {
    const part = ndArray('int8', [1], Int8Array.of(1));
    expect(codecOf(numericEncoding('int8')).concat([part])).toBe(part);
    expect(codecOf(numericEncoding('int8', [2])).concat([])).toEqual({ dtype: 'int8', shape: [0, 2], data: new Int8Array(0) });
  });
});

describe('a codec', () => {
  it('takes little memory: every stream of a scan has one', async () => {
    const encodings = Array.from({ length: 10_000 }, () => numericEncoding('float64'));
    await collected();
    const before = process.memoryUsage().heapUsed;
    const codecs = encodings.map((encoding) => codecOf(encoding));
    await collected();
    expect((process.memoryUsage().heapUsed - before) / codecs.length).toBeLessThan(300);
    expect(codecs[0]).toBe(codecOf(encodings[0] ?? numericEncoding('float64')));
  });

  it('is made once for an encoding', () => {
    const encoding = numericEncoding('uint16', [4, 3]);
    expect(codecOf(encoding)).toBe(codecOf(encoding));
    expect(codecOf(encoding)).not.toBe(codecOf(numericEncoding('uint16', [4, 3])));
    expect(codecOf(encoding).encoding).toBe(encoding);
  });

  it('takes the rows of an array as points, if they are of its dtype and shape', () => {
    const rows = ndArray('int16', [2, 3], Int16Array.of(1, 2, 3, 4, 5, 6));
    expect(codecOf(numericEncoding('int16', [3])).fromRows(rows)).toBe(rows);
    expect(codecOf(numericEncoding('int16', [-1])).fromRows(rows)).toEqual([ndArray('int16', [3], Int16Array.of(1, 2, 3)), ndArray('int16', [3], Int16Array.of(4, 5, 6))]);
    for (const other of [numericEncoding('int16', [2]), numericEncoding('int16'), numericEncoding('uint16', [3]), numericEncoding('int16', [-1, -1]), jsonEncoding]) {
      expect(codecOf(other).fromRows(rows)).toBeUndefined();
    }
  });
});
