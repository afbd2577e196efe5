/** Memory that is given back is used again, if it fits. */
import { describe, expect, it } from '@jest/globals';
import { BlockMemory } from '../../lib/redis/bulk/block-memory.js';

const kiB = 1024;

describe('the memory of blocks', () => {
  it('gives again what was given back, also when only a part of it came', () => {
    const memory = new BlockMemory();
    const first = memory.take(100 * kiB);
    expect(first).toHaveLength(100 * kiB);
    expect(first.byteOffset % 8).toBe(0);
    memory.give(first.subarray(0, 10));
    expect(memory.take(90 * kiB).buffer).toBe(first.buffer);
    expect(memory.take(90 * kiB).buffer).not.toBe(first.buffer);
  });

  it('does not spend what is much too big, or too small', () => {
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
