/** The entries of a Block by their position in it: their payloads, and the error that names one of them. */
import { blissdataError, type BlissdataErrorOf } from '../../model/errors.js';
import type { Block } from '../../ports/streams.js';
import type { Where } from './encoding.js';

export const entryCount = (block: Block): number => block.ends.length;

/** Where the payload of entry `k` begins in `block.bytes`. */
export const payloadStart = (block: Block, k: number): number => (k === 0 ? 0 : (block.ends[k - 1] ?? 0));

export const payloadEnd = (block: Block, k: number): number => block.ends[k] ?? 0;

export const payloadOf = (block: Block, k: number): Uint8Array => block.bytes.subarray(payloadStart(block, k), payloadEnd(block, k));

export const entryLen = (block: Block, k: number): number => block.lens[k] ?? 0;

/** A block of one entry of another, in the same memory. */
export const entryView = (block: Block, entry: number): Block => {
  const bytes = payloadOf(block, entry);
  return { key: block.key, firsts: block.firsts.slice(entry, entry + 1), lens: block.lens.slice(entry, entry + 1), ends: Float64Array.of(bytes.length), bytes };
};

/** A block of one entry of another, in memory of its own. */
export function entryOf(block: Block, entry: number): Block {
  const { key, firsts, lens } = block;
  const bytes = payloadOf(block, entry).slice();
  return { key, firsts: firsts.slice(entry, entry + 1), lens: lens.slice(entry, entry + 1), ends: Float64Array.of(bytes.length), bytes };
}

export const invalidEntry = (block: Block, k: number, where: Where, expected: string, received: string): BlissdataErrorOf<'InvalidEntry'> =>
  blissdataError('InvalidEntry', { ...where, index: block.firsts[k] ?? 0, expected, received });
