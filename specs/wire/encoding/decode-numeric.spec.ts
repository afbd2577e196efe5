/** Decoding entries of numbers of one shape. */
import { describe, expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import { codecOf } from '../../../lib/wire/encoding/codec.js';
import { decodeEncoding, numericEncoding, type Encoding } from '../../../lib/wire/encoding/encoding.js';
import { blockOf, entries, hex, where } from './blocks.js';

function encodingOf(dtype_str: string, shape: readonly number[] = []): Encoding {
  const encoding = decodeEncoding({ type: 'numeric', dtype_str, shape }, where);
  if (E.isLeft(encoding)) throw encoding.left;
  return encoding.right;
}

describe('decoding numbers of one shape', () => {
  // Payloads as Python blissdata 2.4.5 writes them.
  it.each([
    ['<f8', [], '000000000000f83f00000000000000c0', 2, { dtype: 'float64', shape: [2], data: Float64Array.of(1.5, -2) }],
    ['>i4', [], '00000001fffffffe00010000', 3, { dtype: 'int32', shape: [3], data: Int32Array.of(1, -2, 65536) }],
    ['<f2', [], '003c00b8ff7b0100007c', 5, { dtype: 'float16', shape: [5], data: Float32Array.of(1, -0.5, 65504, 2 ** -24, Infinity) }],
    ['>f2', [], '3c00b800', 2, { dtype: 'float16', shape: [2], data: Float32Array.of(1, -0.5) }],
    ['|b1', [], '010001', 3, { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) }],
    ['|b1', [2], '00ff02800100', 3, { dtype: 'bool', shape: [3, 2], data: Uint8Array.of(0, 1, 1, 1, 1, 0) }],
    ['<c8', [], '0000803f0000004000000080000000bf', 2, { dtype: 'complex64', shape: [2], data: Float32Array.of(1, 2, -0, -0.5) }],
    ['>c16', [], '3ff00000000000004000000000000000', 1, { dtype: 'complex128', shape: [1], data: Float64Array.of(1, 2) }],
    ['<i8', [], 'ffffffffffffff7f0000000000000080', 2, { dtype: 'int64', shape: [2], data: BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n)) }],
    ['<u2', [2, 2], '01000200030004000500060007000800', 2, { dtype: 'uint16', shape: [2, 2, 2], data: Uint16Array.of(1, 2, 3, 4, 5, 6, 7, 8) }],
  ])('reads what Python writes as %s, shape %j', (dtype, shape, payload, len, data) => {
    const block = blockOf([{ len, payload: hex(payload) }]);
    expect(codecOf(encodingOf(dtype, shape)).decode(block, where)).toEqual({ data, count: len, bad: null });
  });

  it('joins entries of one and of many points', () => {
    const block = blockOf([
      { len: 1, payload: Uint8Array.of(1, 0) },
      { len: 2, payload: Uint8Array.of(2, 0, 3, 0) },
    ]);
    expect(codecOf(numericEncoding('int16')).decode(block, where)).toMatchObject({ count: 3, data: { shape: [3], data: Int16Array.of(1, 2, 3) } });
  });

  it('makes 0 and 1 of booleans that are neither, and leaves the bytes that it was given as they are', () => {
    const block = blockOf([{ len: 3, payload: Uint8Array.of(0, 7, 1) }]);
    expect(codecOf(numericEncoding('bool')).decode(block, where).data).toMatchObject({ data: Uint8Array.of(0, 1, 1) });
    expect(block.bytes).toEqual(Uint8Array.of(0, 7, 1));
  });

  it('shares the memory of an aligned block, and of nothing behind its points', () => {
    const block = blockOf(entries('000000000000f83f', '00000000000000c0'));
    const { data } = codecOf(numericEncoding('float64')).decode(block, where);
    expect(data).toMatchObject({ data: { buffer: block.bytes.buffer, length: 2 } });
  });

  it('copies payloads that are not aligned', () => {
    for (const shift of [1, 2, 4, 7]) {
      const block = blockOf(entries('000000000000f83f', '00000000000000c0'), { shift });
      expect(codecOf(numericEncoding('float64')).decode(block, where)).toMatchObject({ data: { data: Float64Array.of(1.5, -2) } });
    }
  });

  it('leaves the bytes of a big-endian block as they are', () => {
    const block = blockOf(entries('00000001'));
    codecOf(encodingOf('>i4')).decode(block, where);
    expect(block.bytes).toEqual(Uint8Array.of(0, 0, 0, 1));
  });

  it('reads an empty block as no points, of the right shape', () => {
    expect(codecOf(numericEncoding('uint8', [3])).decode(blockOf([]), where)).toEqual({ data: { dtype: 'uint8', shape: [0, 3], data: new Uint8Array(0) }, count: 0, bad: null });
  });

  it('keeps the points before an entry of the wrong size, and names that entry', () => {
    const block = blockOf([
      { len: 2, payload: new Uint8Array(16).fill(1) },
      { len: 1, payload: new Uint8Array(7) },
      { len: 1, payload: new Uint8Array(8) },
    ]);
    const { data, count, bad } = codecOf(numericEncoding('uint64')).decode(block, where);
    expect({ data, count }).toMatchObject({ count: 2, data: { shape: [2], data: new BigUint64Array(2).fill(0x0101010101010101n) } });
    expect(bad).toMatchObject({ _tag: 'InvalidEntry', ...where, index: 102, expected: '8 bytes (1 point of uint64)', received: '7 bytes' });
  });

  it('does not take a payload for its len only because the block adds up', () => {
    const block = blockOf(entries(new Uint8Array(12), new Uint8Array(4)));
    expect(codecOf(numericEncoding('float64')).decode(block, where)).toMatchObject({ count: 0, bad: { index: 100, received: '12 bytes' } });
  });

  it('finds a first entry that is bad', () => {
    const { data, count, bad } = codecOf(numericEncoding('float32', [2, 3])).decode(blockOf([{ len: 2, payload: new Uint8Array(24) }]), where);
    expect({ data, count }).toMatchObject({ count: 0, data: { shape: [0, 2, 3] } });
    expect(bad).toMatchObject({ index: 100, expected: '48 bytes (2 points of float32, shape [2, 3])', received: '24 bytes' });
  });

  it('refuses points without a single element, which no encoder writes', () => {
    const block = blockOf([{ len: 1e15, payload: new Uint8Array(0) }]);
    expect(codecOf(numericEncoding('float64', [3, 0])).decode(block, where)).toMatchObject({ count: 0, bad: { _tag: 'InvalidEntry', index: 100 } });
  });

  it('refuses an entry of no points', () => {
    expect(codecOf(numericEncoding('float64')).decode(blockOf([{ len: 0, payload: new Uint8Array(0) }]), where)).toMatchObject({ bad: { _tag: 'InvalidEntry' } });
  });
});
