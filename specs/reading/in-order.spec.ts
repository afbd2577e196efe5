/** How a block is cut where its entries stop following each other. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toBlock } from '../../lib/memory/point-stream.js';
import { inOrder } from '../../lib/reading/reader/continuity.js';
import type { Block } from '../../lib/ports/streams.js';
import { entry, plain, streamKeyOf } from '../contract/samples.js';

const key = streamKeyOf(1);

/** A block of entries given as `[first, len]`. */
const block = (entries: readonly (readonly [number, number])[], seal?: number): Block =>
  toBlock(key, entries.map(([first, len]) => entry(first, `p${first}`, len)), seal);

describe('inOrder', () => {
  it('leaves a block whose entries follow each other as it is, its seal included', () => {
    const good = block([[3, 1], [4, 10], [14, 1]], 15);
    expect(inOrder(good)).toBe(good);
  });

  it('leaves an empty block as it is', () => {
    const empty = block([], 7);
    expect(inOrder(empty)).toBe(empty);
  });

  it('cuts before a hole, and leaves the seal to the next read as well', () => {
    expect(plain(inOrder(block([[0, 1], [1, 2], [5, 1], [6, 1]], 7)))).toEqual({ key, entries: [[0, 1, 'p0'], [1, 2, 'p1']] });
  });

  it('cuts before an entry that starts inside the one before', () => {
    expect(plain(inOrder(block([[0, 10], [4, 1]])))).toEqual({ key, entries: [[0, 10, 'p0']] });
  });

  it('keeps the longest beginning whose entries follow each other', () => {
    const lens = fc.array(fc.record({ len: fc.integer({ min: 1, max: 5 }), step: fc.constantFrom(0, 0, 0, 1, -1) }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(lens, (drawn) => {
        let next = 100;
        const entries = drawn.map(({ len, step }): [number, number] => {
          const first = next + step;
          next = first + len;
          return [first, len];
        });
        const wrong = drawn.findIndex(({ step }, i) => i > 0 && step !== 0);
        const kept = plain(inOrder(block(entries))).entries.map(([first, len]) => [first, len]);
        expect(kept).toEqual(entries.slice(0, wrong === -1 ? undefined : wrong));
      }),
      { numRuns: 200 },
    );
  });
});
