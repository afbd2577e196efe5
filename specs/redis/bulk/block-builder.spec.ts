/** Blocks hold on to little more memory than their payloads, and recycled memory is used again. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BlockBuilder, BlockMemory } from '../../../lib/redis/bulk/block-builder.js';

const built = (expected: number, usual: number, payloads: readonly Uint8Array[]) => {
  const builder = new BlockBuilder('s', expected, usual);
  payloads.forEach((payload, i) => builder.add(i, 1, payload));
  return builder.finish();
};

describe('a block', () => {
  it('holds all payloads, whatever was expected, in at most about twice their memory', () => {
    const payloads = fc.array(fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.integer({ min: 0, max: 30_000 }).map((size) => new Uint8Array(size).fill(size))), { maxLength: 50 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 100_000 }), payloads, (expected, usual, all) => {
        const { bytes, ends, firsts } = built(expected, usual, all);
        expect(Buffer.compare(bytes, Buffer.concat(all))).toBe(0);
        expect(firsts).toEqual(Float64Array.from(all, (_, i) => i));
        expect(ends.at(-1) ?? 0).toBe(bytes.length);
        expect(bytes.byteOffset).toBe(0);
        expect(bytes.buffer.byteLength).toBeLessThanOrEqual(2 * bytes.length);
      }),
    );
  });

  it('of one small payload after a large one takes no more than it needs', () => {
    expect(built(10_000, 0, [new Uint8Array(200_000), new Uint8Array(8)]).bytes.buffer.byteLength).toBe(200_008);
    expect(built(1, 200_000, [new Uint8Array(8)]).bytes.buffer.byteLength).toBe(8);
  });
});

const kiB = 1024;

describe('the memory of blocks', () => {
  it('reuses what was given back, even if only a part of it was', () => {
    const memory = new BlockMemory();
    const first = memory.take(100 * kiB);
    expect(first).toHaveLength(100 * kiB);
    expect(first.byteOffset % 8).toBe(0);
    memory.give(first.subarray(0, 10));
    expect(memory.take(90 * kiB).buffer).toBe(first.buffer);
    expect(memory.take(90 * kiB).buffer).not.toBe(first.buffer);
  });

  it('does not hand out what is much too large, or too small', () => {
    const memory = new BlockMemory();
    const big = memory.take(300 * kiB);
    memory.give(big);
    expect(memory.take(100 * kiB).buffer).not.toBe(big.buffer);
    expect(memory.take(301 * kiB).buffer).not.toBe(big.buffer);
    expect(memory.take(299 * kiB).buffer).toBe(big.buffer);
  });

  it('keeps no more than 32 MiB', () => {
    const memory = new BlockMemory();
    const taken = Array.from({ length: 5 }, () => memory.take(8 << 20));
    for (const bytes of taken) memory.give(bytes);
    const again = Array.from({ length: 5 }, () => memory.take(8 << 20).buffer);
    expect(again.map((buffer) => taken.some((bytes) => bytes.buffer === buffer))).toEqual([true, true, true, true, false]);
  });
});
