/** Cuts a block where its entries stop following each other. */
import type { Block } from '../../ports/streams.js';

/**
 * Indices have no holes, so each entry starts where the one before ends. The part before the first that does not is good; what
 * follows is left for the next read, which starts with it and sees how it relates to what came before.
 */
export function inOrder(block: Block): Block {
  const { firsts, lens, ends } = block;
  for (let i = 1; i < firsts.length; i++) {
    if (firsts[i] === (firsts[i - 1] ?? 0) + (lens[i - 1] ?? 1)) continue;
    return { key: block.key, firsts: firsts.subarray(0, i), lens: lens.subarray(0, i), ends: ends.subarray(0, i), bytes: block.bytes.subarray(0, ends[i - 1]) };
  }
  return block;
}
