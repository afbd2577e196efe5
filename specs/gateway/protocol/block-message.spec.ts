/** Blocks as binary messages: what leaves a gateway is what a client reads, without copies. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { blockOf, decodeBlockMessage, encodeBlockMessage, type BlockMessage } from '../../../lib/gateway/protocol/block-message.js';
import { isNdArrayData } from '../../../lib/model/chunk-data.js';
import type { ByteOrder, Dtype } from '../../../lib/model/dtype.js';
import type { Block } from '../../../lib/ports/streams.js';
import { codecOf } from '../../../lib/wire/encoding/codec.js';
import { jsonEncoding, numericEncoding, type Encoding } from '../../../lib/wire/encoding/encoding.js';
import { sealId } from '../../../lib/wire/stream-id.js';
import { encode } from '@msgpack/msgpack';
import { documents, where } from '../../wire/encoding/blocks.js';
import { anyBlock, anyId, anyNumber, blockOfEntries, right, type Entries } from './samples.js';

const answer = { id: 7, answer: true, last: true, after: '0-0' };
const carried = (block: Entries): BlockMessage => right(decodeBlockMessage(encodeBlockMessage({ ...answer, block })));

const anyMessage = fc.record({ id: anyNumber, answer: fc.boolean(), last: fc.boolean(), after: anyId, block: anyBlock, hasIndices: fc.boolean() }, { noNullPrototype: true }).map(({ hasIndices, ...message }) => ({
  ...message,
  ...(hasIndices ? { indices: Array.from(message.block.firsts, (first) => first + 1) } : {}),
}));

/** All arrays of a message. */
const arraysOf = ({ block: { firsts, lens, ends, bytes }, indices }: BlockMessage): readonly (Float64Array | Uint8Array)[] => [firsts, lens, ends, bytes, ...(indices === undefined ? [] : [indices])];

it('every message comes back as it was: entries, seal, more, indices, and the id that it follows', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const { indices, ...rest } = right(decodeBlockMessage(encodeBlockMessage(message)));
      const { indices: requested, ...given } = message;
      expect(rest).toEqual(given);
      expect(indices === undefined ? undefined : Array.from(indices)).toEqual(requested);
    }),
    { numRuns: 2000 },
  );
});

it('every array begins at a multiple of 8, and the payload is no copy', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const encoded = encodeBlockMessage(message);
      const decoded = right(decodeBlockMessage(encoded));
      for (const array of arraysOf(decoded)) expect(array.byteOffset % 8).toBe(0);
      expect(decoded.block.bytes.buffer).toBe(encoded.buffer);
    }),
    { numRuns: 1000 },
  );
});

it('a message that begins at another multiple of 8 of its buffer is read there', () => {
  const encoded = encodeBlockMessage({ ...answer, block: blockOfEntries([[3, 1, Uint8Array.of(1, 2)], [5, 2, Uint8Array.of(3)]]), indices: [3, 6] });
  const larger = new Uint8Array(encoded.length + 24);
  larger.set(encoded, 16);
  const { block, indices } = right(decodeBlockMessage(larger.subarray(16, 16 + encoded.length)));
  expect([...block.firsts, ...block.ends, ...(indices ?? []), ...block.bytes]).toEqual([3, 5, 2, 3, 3, 6, 1, 2, 3]);
});

it('a thousand numbers one by one take their own bytes and a header', () => {
  const numbers = blockOfEntries(Array.from({ length: 1000 }, (_, i) => [i, 1, new Uint8Array(8).fill(i)]));
  expect(encodeBlockMessage({ ...answer, block: numbers }).length).toBe(8000 + 56);
  expect(carried(numbers).block).toEqual(numbers);
});

it('a gap, a longer entry and a larger one are kept exactly', () => {
  const steps: readonly (readonly [number, number, number])[] = [[1, 1, 4], [3, 1, 4], [2, 2, 4], [2, 1, 5]];
  for (const [first, len, size] of steps) {
    const block = blockOfEntries([[0, 1, new Uint8Array(4)], [first, len, new Uint8Array(size)], [first + len, 1, new Uint8Array(4)]]);
    expect(carried(block).block).toEqual(block);
  }
});

it('the seal alone, nothing at all, and entries whose payloads were left out', () => {
  const none = blockOfEntries([]);
  const bare = blockOfEntries(Array.from({ length: 150_000 }, (_, i) => [3 * i, 3, new Uint8Array()]));
  for (const block of [none, { ...none, seal: 12 }, { ...none, more: true as const }, bare]) expect(carried(block).block).toEqual(block);
  expect(right(decodeBlockMessage(encodeBlockMessage({ ...answer, after: sealId, block: none }))).after).toBe(sealId);
});

describe('points read through a message are those of the block', () => {
  const dtypes: readonly Dtype[] = ['bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'float16', 'float32', 'float64', 'complex64', 'complex128'];
  const orders: readonly ByteOrder[] = ['<', '>'];
  const inOrder = (dtype: Dtype, shape: readonly number[], byteOrder: ByteOrder): Encoding => ({ ...numericEncoding(dtype, shape), byteOrder });

  /** All bits occur, those of NaN and of the largest integers too. */
  const bits = (bytes: number, seed: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, i) => (i % 3 === 0 ? 255 : (i * 89 + seed * 31) & 255));

  function expectSame(encoding: Encoding, entries: Entries): void {
    const direct: Block = { key: where.key, ...entries };
    const through = blockOf(where.key, carried(entries));
    const codec = codecOf(encoding);
    const [expected, received] = [codec.decode(direct, where), codec.decode(through, where)];
    expect(expected.bad).toBeNull();
    // Bit by bit: NaN and -0 too.
    expect(received).toEqual(expected);
    if (isNdArrayData(received.data) && isNdArrayData(expected.data)) expect(bytesIn(received.data.data)).toEqual(bytesIn(expected.data.data));
  }
  const bytesIn = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

  const sizes: Readonly<Record<string, number>> = { bool: 1, int8: 1, uint8: 1, int16: 2, uint16: 2, float16: 2, int32: 4, uint32: 4, float32: 4, complex128: 16 };
  const sizeOf = (dtype: Dtype): number => sizes[dtype] ?? 8;

  it.each(dtypes.flatMap((dtype) => orders.map((order) => [dtype, order] as const)))('%s in order %s: scalars, images, ragged rows', (dtype, order) => {
    const size = sizeOf(dtype);
    expectSame(inOrder(dtype, [], order), blockOfEntries(Array.from({ length: 50 }, (_, i) => [i, 1, bits(size, i)])));
    expectSame(inOrder(dtype, [], order), blockOfEntries([[4, 3, bits(3 * size, 1)], [7, 1, bits(size, 2)]]));
    expectSame(inOrder(dtype, [3, 5], order), blockOfEntries(Array.from({ length: 4 }, (_, i) => [i, 1, bits(15 * size, i)])));
    const ragged = [2, 1, 7].map((n, i): [number, number, Uint8Array] => [i, 1, encode([[n, 2], bits(2 * n * size, i)])]);
    expectSame(inOrder(dtype, [-1, 2], order), blockOfEntries(ragged));
  });

  it('documents, with NaN and integers of 64 bits', () => {
    const texts = documents('{"a":NaN}', '18446744073709551615', '-9223372036854775808', '[Infinity,-0.0]', '"é😀"', '{}');
    expectSame(jsonEncoding, blockOfEntries(texts.map(({ len, payload }, i) => [i, len, payload])));
  });
});
