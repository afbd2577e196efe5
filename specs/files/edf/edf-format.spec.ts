/** EDF headers as programs write them, and random bytes. */
import { describe, expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import fc from 'fast-check';
import { decodeEdfData, decodeEdfHeader, endOfEdfHeader } from '../../../lib/files/edf/edf-format.js';
import { isInvalidImage } from '../../../lib/model/errors.js';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const headerOf = (fields: string): ReturnType<typeof decodeEdfHeader> => decodeEdfHeader(bytesOf(`{\n${fields}\n}\n`));

const small = 'ByteOrder = LowByteFirst ;\nDataType = UnsignedShort ;\nDim_1 = 3 ;\nDim_2 = 2 ;\n';

describe('the end of an EDF header', () => {
  it.each([
    ['{a=1;}\nx', 7],
    ['{a=1;}\r\nx', 8],
    ['  \n{a=1;}\n', 10],
    ['{a=}b;}\n', 8],
    ['{a=1;}', null],
    ['{a=1;}\r', null],
    ['   ', null],
    ['', null],
  ])('is after the closing brace and its end of line: %j', (text, end) => {
    expect(endOfEdfHeader(bytesOf(text))).toEqual(E.right(end));
  });

  it('does not exist in other files', () => {
    expect(endOfEdfHeader(bytesOf('\x89HDF'))).toMatchObject({ _tag: 'Left', left: { _tag: 'InvalidImage', format: 'EDF' } });
  });
});

describe('an EDF header', () => {
  it('says what the image is, rows first', () => {
    expect(headerOf(small)).toEqual(E.right({ dtype: 'uint16', byteOrder: '<', shape: [2, 3], dataBytes: 12, storedBytes: 12 }));
  });

  it.each([
    [`${small}Size = 512 ;`, { storedBytes: 512 }],
    [`${small}EDF_BinarySize = 1024 ;\nSize = 12 ;`, { storedBytes: 1024 }],
    [`${small}Dim_4 = 5 ;`, { shape: [5, 1, 2, 3], dataBytes: 60 }],
    ['BYTEORDER=HighByteFirst;datatype=FLOATVALUE;dim_1=4;', { dtype: 'float32', byteOrder: '>', shape: [4] }],
    ['DataType = UnsignedByte ;\nDim_1 = 4.0 ;', { dtype: 'uint8', byteOrder: '|', shape: [4] }],
    [`${small}title = a = b, c ;\nDim_2 = 99 ;`, { shape: [2, 3] }],
    [`${small}Compression = None ;`, { shape: [2, 3] }],
    [`${small}Dim_0 = 7 ;\nDim_1 = 0 ;`, { shape: [2, 3] }],
  ])('is decoded as programs write it: %j', (fields, expected) => {
    expect(headerOf(fields)).toMatchObject({ _tag: 'Right', right: expected });
  });

  it.each([
    ['', 'DataType'],
    [small.replace('UnsignedShort', 'QuadrupleValue'), 'DataType'],
    [small.replace('LowByteFirst', 'MiddleByteFirst'), 'ByteOrder'],
    [small.replace(/Dim_1.*;/, ''), 'Dim_1'],
    [small.replace('= 3', '= -3'), 'Dim_1'],
    [small.replace('= 3', '= 3.5'), 'Dim_1'],
    [small.replace('= 3', '= 9007199254740991'), 'a size'],
    [`${small}Dim_9 = 1 ;`, 'at most Dim_8'],
    [`${small}Size = 11 ;`, 'Size'],
    [`${small}Size = many ;`, 'Size'],
    [`${small}Compression = GzipCompression ;`, 'Compression'],
    [`${small}EDF_BinaryFileName = other.bin ;`, 'right after its header'],
  ])('that cannot be decoded says why: %j', (fields, expected) => {
    expect(headerOf(fields)).toMatchObject({ _tag: 'Left', left: { _tag: 'InvalidImage', expected: expect.stringContaining(expected) } });
  });

  it('is decoded or a typed error, whatever the bytes are', () => {
    const field = fc.tuple(fc.constantFrom('DataType', 'ByteOrder', 'Dim_1', 'Dim_2', 'Dim_3', 'Dim_99999999999', 'Size', 'EDF_BinarySize', 'Compression', '__proto__'), fc.oneof(fc.constantFrom('UnsignedShort', 'FloatValue', 'LowByteFirst', 'HighByteFirst', 'None'), fc.nat().map(String), fc.string()));
    const header = fc.array(field, { maxLength: 12 }).map((fields) => bytesOf(`{\n${fields.map(([key, value]) => `${key} = ${value} ;`).join('\n')}\n}\n`));
    fc.assert(
      fc.property(fc.oneof(header, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        const end = endOfEdfHeader(bytes);
        if (E.isLeft(end)) return isInvalidImage(end.left);
        const decoded = decodeEdfHeader(bytes);
        if (E.isLeft(decoded)) return isInvalidImage(decoded.left);
        const { dataBytes, storedBytes, shape } = decoded.right;
        return Number.isSafeInteger(storedBytes) && storedBytes >= dataBytes && dataBytes >= 0 && shape.length >= 1 && shape.length <= 8;
      }),
      { numRuns: 20_000 },
    );
  });

  it('with very many fields has the first value of each', () => {
    const fields = Array.from({ length: 300_000 }, (_, n) => `f${n}=;`).join('');
    expect(headerOf(`${small}${fields}`)).toMatchObject({ _tag: 'Right', right: { shape: [2, 3] } });
  });

  it('with many braces is decoded in linear time', () => {
    const bytes = bytesOf(`{${'}'.repeat(262_000)}`);
    expect(endOfEdfHeader(bytes)).toEqual(E.right(null));
  });
});

describe('EDF data', () => {
  it('are images one after another', () => {
    const decoded = headerOf(small.replace('LowByteFirst', 'HighByteFirst'));
    if (E.isLeft(decoded)) throw decoded.left;
    const bytes = Uint8Array.from({ length: 24 }, (_, n) => (n % 2 === 0 ? 0 : n));
    expect(decodeEdfData(decoded.right, bytes, 2)).toEqual({ dtype: 'uint16', shape: [2, 2, 3], data: Uint16Array.of(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23) });
  });
});
