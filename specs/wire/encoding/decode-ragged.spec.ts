/** Decoding entries of ragged arrays. */
import { describe, expect, it } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import { codecOf } from '../../../lib/wire/encoding/codec.js';
import { numericEncoding, type NumericEncoding } from '../../../lib/wire/encoding/encoding.js';
import { blockOf, entries, hex, where } from './blocks.js';

const vectors = numericEncoding('int32', [-1]);
const pairs: NumericEncoding = { ...numericEncoding('uint16', [-1, 2]), byteOrder: '>' };

const payload = (shape: unknown, bytes: unknown): Uint8Array => encode([shape, bytes]);

describe('decoding ragged arrays', () => {
  it('reads what Python writes, each entry with a shape of its own', () => {
    const block = blockOf(entries('929103c40c010000000200000003000000', '929101c404ffffffff'));
    expect(codecOf(vectors).decode(block, where)).toEqual({
      data: [
        { dtype: 'int32', shape: [3], data: Int32Array.of(1, 2, 3) },
        { dtype: 'int32', shape: [1], data: Int32Array.of(-1) },
      ],
      count: 2,
      bad: null,
    });
  });

  it('reads an entry of many points, which share a shape, in either byte order', () => {
    const block = blockOf([{ len: 2, payload: hex('92920102c4080001000200030004') }]);
    expect(codecOf(pairs).decode(block, where)).toEqual({
      data: [
        { dtype: 'uint16', shape: [1, 2], data: Uint16Array.of(1, 2) },
        { dtype: 'uint16', shape: [1, 2], data: Uint16Array.of(3, 4) },
      ],
      count: 2,
      bad: null,
    });
  });

  it('distinguishes complex points of one entry', () => {
    const bytes = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
    const block = blockOf([{ len: 2, payload: payload([1], bytes) }]);
    expect(codecOf(numericEncoding('complex64', [-1])).decode(block, where).data).toEqual([
      { dtype: 'complex64', shape: [1], data: Float32Array.of(1, 2) },
      { dtype: 'complex64', shape: [1], data: Float32Array.of(3, 4) },
    ]);
  });

  it('reads an empty block as an empty list', () => {
    expect(codecOf(vectors).decode(blockOf([]), where)).toEqual({ data: [], count: 0, bad: null });
  });

  it.each([
    ['text', new TextEncoder().encode('hello')],
    ['nothing', new Uint8Array(0)],
    ['half of a payload', hex('929103c40c0100000002')],
    ['bytes behind the payload', hex('929101c404ffffffff00')],
    ['a bin that claims 4 GiB', hex('929101c6ffffffff')],
    ['an array that claims 4 billion elements', hex('92ddffffffff')],
    ['a map', encode({ shape: [1] })],
    ['three elements', encode([[1], new Uint8Array(4), 1])],
    ['a negative length', payload([-1], new Uint8Array(4))],
    ['a fraction as length', payload([1.5], new Uint8Array(6))],
    ['text instead of bytes', payload([1], 'abcd')],
    ['a shape that is no array', payload(1, new Uint8Array(4))],
    ['nested a hundred thousand times', new Uint8Array(100_000).fill(0x91)],
  ])('refuses %s, and keeps the points before it', (_, bad) => {
    const block = blockOf(entries('929101c404ffffffff', bad, '929101c404ffffffff'));
    const decoded = codecOf(vectors).decode(block, where);
    expect(decoded).toMatchObject({ count: 1, bad: { _tag: 'InvalidEntry', ...where, index: 101, expected: 'msgpack of [shape, bytes]' } });
    expect(decoded.data).toHaveLength(1);
  });

  it('reads lengths and bytes in whichever form msgpack has for them', () => {
    const block = blockOf(entries('dc0002 dd00000001 cc01 c50004 ffffffff', '92 91 cf0000000000000001 c600000004 ffffffff', '92 91 d30000000000000001 c404 ffffffff'));
    expect(codecOf(vectors).decode(block, where)).toMatchObject({ count: 3, bad: null });
  });

  it('takes no memory for what is nested in vain', () => {
    const nested = Uint8Array.from({ length: 3_000_000 }, (_, i) => [0xdc, 0, 64][i % 3] ?? 0);
    const before = process.memoryUsage().heapUsed;
    expect(codecOf(vectors).decode(blockOf(entries(nested)), where).bad).toMatchObject({ received: expect.stringContaining('3000000 bytes') });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50e6);
  });

  it('refuses a shape that the encoding does not allow', () => {
    expect(codecOf(pairs).decode(blockOf(entries(payload([2, 3], new Uint8Array(12)))), where).bad).toMatchObject({
      index: 100,
      expected: 'points of shape [-1, 2]',
      received: 'shape [2, 3]',
    });
    expect(codecOf(vectors).decode(blockOf(entries(payload([2, 2], new Uint8Array(16)))), where).bad).toMatchObject({ received: 'shape [2, 2]' });
  });

  it('refuses bytes that are not those of the shape', () => {
    expect(codecOf(vectors).decode(blockOf([{ len: 2, payload: payload([3], new Uint8Array(12)) }]), where).bad).toMatchObject({
      index: 100,
      expected: '24 bytes (2 points of int32, shape [3])',
      received: '12 bytes',
    });
    expect(codecOf(numericEncoding('int32', [-1, -1])).decode(blockOf(entries(payload([2 ** 40, 2 ** 40], new Uint8Array(8)))), where).count).toBe(0);
  });

  it('refuses a great number of empty points before it makes any', () => {
    const block = blockOf([{ len: 1e15, payload: payload([0], new Uint8Array(0)) }]);
    expect(codecOf(vectors).decode(block, where)).toMatchObject({ count: 0, bad: { expected: 'points that are not empty' } });
  });
});
