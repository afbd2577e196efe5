/** The encoding record in a scan's JSON. */
import { describe, expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import { decodeEncoding, encodes, encodingRecord, jsonEncoding, numericEncoding, streamTypeOf } from '../../../lib/wire/encoding/encoding.js';
import { where } from './blocks.js';

const numericRecord = (dtype_str: string, shape: unknown): unknown => ({ type: 'numeric', dtype_str, shape });

describe('decodeEncoding', () => {
  it.each([
    [numericRecord('<f8', []), 'float64'],
    [numericRecord('>u2', [4, 3]), 'uint16[]'],
    [numericRecord('<i4', [-1, 3]), 'int32[*]'],
    [{ type: 'json' }, 'json'],
  ])('reads %j as a stream of %s, and encodingRecord writes the same record', (record, type) => {
    const encoding = decodeEncoding(record, where);
    expect(E.isRight(encoding) && streamTypeOf(encoding.right)).toBe(type);
    expect(E.isRight(encoding) && encodingRecord(encoding.right)).toEqual(record);
  });

  it.each([[null], [''], [{}], [{ type: 'pickle' }], [{ type: 'numeric', dtype_str: '<f8' }], [numericRecord('<f8', [-2])], [numericRecord('<f8', [1.5])], [numericRecord('<f8', '3')]])(
    'calls %j an unknown encoding and quotes it',
    (record) => {
      expect(decodeEncoding(record, where)).toEqual(E.left(expect.objectContaining({ _tag: 'UnknownEncoding', ...where, received: JSON.stringify(record) })));
    },
  );

  it.each(['<f16', '<c32', '|O'])('says that dtype %s cannot be held', (dtype) => {
    expect(decodeEncoding(numericRecord(dtype, []), where)).toEqual(E.left(expect.objectContaining({ _tag: 'UnsupportedDtype', ...where, dtype })));
  });
});

describe('numericEncoding', () => {
  it('writes dtypes as Python does on common machines', () => {
    const written = (['bool', 'int8', 'uint8', 'int16', 'float16', 'complex128'] as const).map((dtype) => encodingRecord(numericEncoding(dtype)));
    expect(written).toEqual(['|b1', '|i1', '|u1', '<i2', '<f2', '<c16'].map((dtype) => numericRecord(dtype, [])));
  });
});

describe('encodes', () => {
  it('compares an encoding with the type that a user requests', () => {
    expect(encodes(numericEncoding('float64', [3]), 'float64[]')).toBe(true);
    expect(encodes(numericEncoding('float64', [3]), 'float64')).toBe(false);
    expect(encodes(jsonEncoding, 'json')).toBe(true);
  });
});
