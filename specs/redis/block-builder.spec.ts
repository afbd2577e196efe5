/** The memory of blocks: what a reader is handed holds on to little more than the payloads themselves. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BlockBuilder } from '../../lib/redis/bulk/block-builder.js';

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

  it('of one small payload after a great one takes no more than it needs', () => {
    expect(built(10_000, 0, [new Uint8Array(200_000), new Uint8Array(8)]).bytes.buffer.byteLength).toBe(200_008);
    expect(built(1, 200_000, [new Uint8Array(8)]).bytes.buffer.byteLength).toBe(8);
  });
});
