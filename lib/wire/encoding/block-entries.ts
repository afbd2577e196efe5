/** The entries of a Block by position: their payloads, and what decoding them gives. */
import { blissdataError, type BlissdataErrorOf } from '../../model/errors.js';
import type { AnyChunkData } from '../../model/stream-type.js';
import type { Block } from '../../ports/streams.js';
import type { Where } from './encoding.js';

/** The points of a block's entries, up to the first entry that does not match the encoding. */
export interface Decoded<Data = AnyChunkData> {
  readonly data: Data;
  /** How many points `data` holds. */
  readonly count: number;
  /** What is wrong with the entry after the last point of `data`; `null` if all entries are good. */
  readonly bad: BlissdataErrorOf<'InvalidEntry'> | null;
}

export const entryCount = (block: Block): number => block.ends.length;

/** Where the payload of entry `k` begins in `block.bytes`. */
export const payloadStart = (block: Block, k: number): number => (k === 0 ? 0 : (block.ends[k - 1] ?? 0));

export const payloadEnd = (block: Block, k: number): number => block.ends[k] ?? 0;

export const payloadOf = (block: Block, k: number): Uint8Array => block.bytes.subarray(payloadStart(block, k), payloadEnd(block, k));

export const entryLen = (block: Block, k: number): number => block.lens[k] ?? 0;

/** A block of one entry of another, in the same memory. */
export const entryView = (block: Block, entry: number): Block => withPayload(block, entry, payloadOf(block, entry));

/** A block of one entry of another, in memory of its own. */
export const entryCopy = (block: Block, entry: number): Block => withPayload(block, entry, payloadOf(block, entry).slice());

const withPayload = ({ key, firsts, lens }: Block, entry: number, bytes: Uint8Array): Block => ({
  key,
  firsts: firsts.slice(entry, entry + 1),
  lens: lens.slice(entry, entry + 1),
  ends: Float64Array.of(bytes.length),
  bytes,
});

export const invalidEntry = (block: Block, k: number, where: Where, expected: string, received: string): BlissdataErrorOf<'InvalidEntry'> =>
  blissdataError('InvalidEntry', { ...where, index: block.firsts[k] ?? 0, expected, received });
