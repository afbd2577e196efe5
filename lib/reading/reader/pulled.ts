/** What a reader got from its stream at one go, still encoded. */
import type { Block } from '../../ports/streams.js';

export interface Pulled {
  /** The index that was next for the reader. */
  readonly index: number;
  /** How many points from there on were passed over by choice, and then how many were trimmed off before they could be read. */
  readonly dropped: number;
  readonly expired: number;
  /** Entries that follow each other without a gap; none if only the end was found. */
  readonly block: Block;
  /** How many points at the front of the block do not belong to it. */
  readonly skip: number;
  /** Whether the stream ends after these. */
  readonly ended: boolean;
}

/** How many points there are to be had of a block. */
export function pointsIn({ firsts, lens }: Block): number {
  const last = firsts.length - 1;
  return last < 0 ? 0 : (firsts[last] ?? 0) + (lens[last] ?? 1) - (firsts[0] ?? 0);
}

/** Only the last `points`; those before are dropped, too. */
export function lastOf(pulled: Pulled, points: number): Pulled {
  const surplus = pointsIn(pulled.block) - pulled.skip - points;
  return surplus > 0 ? { ...pulled, dropped: pulled.dropped + surplus, skip: pulled.skip + surplus } : pulled;
}

/** A block without all entries but the last, in memory of its own. */
export function lastEntry(block: Block): Block {
  const last = Math.max(block.firsts.length - 1, 0);
  const start = block.ends[last - 1] ?? 0;
  return {
    ...block,
    firsts: block.firsts.subarray(last),
    lens: block.lens.subarray(last),
    ends: block.ends.subarray(last).map((end) => end - start),
    bytes: block.bytes.slice(start),
  };
}

/** What is left of a block when only its seal counts. */
export const withoutEntries = (block: Block): Block => ({
  ...block,
  firsts: block.firsts.subarray(0, 0),
  lens: block.lens.subarray(0, 0),
  ends: block.ends.subarray(0, 0),
  bytes: block.bytes.subarray(0, 0),
});
