/** What a reader gets from its stream in one go, still encoded; and how it follows from a block of entries and the reader's position. Pure. */
import { blissdataError } from '../../model/errors.js';
import type { Block } from '../../ports/streams.js';
import { compareIds, entryId } from '../../wire/stream-id.js';
import { fingerprint, inOrder, type Position } from './continuity.js';
import { whereOf, type StreamSource } from './stream-source.js';

export interface EncodedChunk {
  /** The index of the point that was next. */
  readonly index: number;
  /** How many points from there on the policy skipped, and then how many were trimmed off before they could be read. */
  readonly dropped: number;
  readonly expired: number;
  /** Entries without a gap between them; none if only the end was found. */
  readonly block: Block;
  /** How many points at the front of the block precede the chunk. */
  readonly skip: number;
  /** Whether the stream ends here. */
  readonly ended: boolean;
}

/** How far a block takes a reader. */
export interface Advance {
  readonly chunk: EncodedChunk;
  readonly position: Position;
  /** Whether the block was used up; otherwise the next read gets the rest at once. */
  readonly complete: boolean;
}

/** How many points a block holds. */
export function pointsIn({ firsts, lens }: Block): number {
  const last = firsts.length - 1;
  return last < 0 ? 0 : (firsts[last] ?? 0) + (lens[last] ?? 1) - (firsts[0] ?? 0);
}

/** All points of a block from the position on. Throws if the block does not continue the stream. */
export function advance(source: StreamSource, position: Position, read: Block): Advance {
  const block = inOrder(read);
  const first = startOf(source, position, block);
  const { index, delivered } = position;
  return {
    chunk: { index: delivered, dropped: index - delivered, expired: Math.max(first - index, 0), block, skip: Math.max(index - first, 0), ended: block.seal !== undefined },
    position: positionAfter(position, block),
    complete: block === read,
  };
}

/** The newest point of a block, whose last entry holds it. Without a chunk if that was read before. */
export function advanceToNewest(source: StreamSource, position: Position, block: Block): { readonly chunk: EncodedChunk | undefined; readonly position: Position } {
  const { index, after, delivered } = position;
  const ended = block.seal !== undefined;
  const newest = lastEntry(block);
  const first = startOf(source, position, newest);
  const skip = pointsIn(newest) - 1;
  const isNew = newest.firsts.length > 0 && compareIds(entryId(first), after) > 0;
  const next = isNew ? positionAfter(position, newest) : position;
  // A reader may start at an index beyond the end.
  if (isNew && first + skip >= index) return { chunk: { index: delivered, dropped: first + skip - delivered, expired: 0, block: newest, skip, ended }, position: next };
  if (!ended) return { chunk: undefined, position: next };
  // What is missing before the seal was trimmed off, not skipped.
  const end = withoutEntries(block);
  const expired = Math.max(startOf(source, next, end) - Math.max(index, delivered), 0);
  return { chunk: { index: delivered, dropped: 0, expired, block: end, skip: 0, ended }, position: next };
}

/** Nothing but the report that all points up to `length` were trimmed off. */
export function advanceOverExpired(position: Position, block: Block, length: number): Omit<Advance, 'complete'> {
  const { index, delivered } = position;
  return {
    chunk: { index: delivered, dropped: index - delivered, expired: length - index, block: withoutEntries(block), skip: 0, ended: false },
    position: { ...position, index: length, start: length, delivered: length },
  };
}

/** The last `points` of a chunk; those before them count as dropped, too. */
export function lastPoints(chunk: EncodedChunk, points: number): EncodedChunk {
  const surplus = pointsIn(chunk.block) - chunk.skip - points;
  return surplus > 0 ? { ...chunk, dropped: chunk.dropped + surplus, skip: chunk.skip + surplus } : chunk;
}

/** The index at which a block begins, or the stream ends. Throws if that is no index, an entry overlaps the one before, or the end lies before what was read. */
function startOf(source: StreamSource, { index, start, after }: Position, { firsts, seal }: Block): number {
  const first = firsts[0] ?? seal ?? start;
  const invalid = (expected: string, received: number): Error => blissdataError('InvalidEntry', { ...whereOf(source), index, expected, received: String(received) });
  if (seal !== undefined && !Number.isSafeInteger(seal)) throw invalid('the number of points in the seal', seal);
  if (!Number.isSafeInteger(first)) throw invalid('an index below 2^53', first);
  if (first >= start) return first;
  if (firsts.length > 0) throw blissdataError('StreamOverlap', { ...whereOf(source), expected: start, found: first });
  // A seal added after all points were trimmed off may know no more than where the last entry began.
  if (first === Number.parseInt(after, 10) + 1) return start;
  // A stream that ends before points that were read is another one.
  throw blissdataError('StreamRewound', { ...whereOf(source), expected: index, found: first });
}

function positionAfter(position: Position, block: Block): Position {
  const { firsts, lens } = block;
  const last = firsts.length - 1;
  if (last < 0) return position;
  const lastFirst = firsts[last] ?? 0;
  const end = lastFirst + (lens[last] ?? 1);
  const index = Math.max(position.index, end);
  const id = entryId(lastFirst);
  return { index, start: end, after: id, seen: id, fingerprint: fingerprint(block, last), delivered: index };
}

/** The last entry of a block, in memory of its own. */
function lastEntry(block: Block): Block {
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

const withoutEntries = (block: Block): Block => ({
  ...block,
  firsts: block.firsts.subarray(0, 0),
  lens: block.lens.subarray(0, 0),
  ends: block.ends.subarray(0, 0),
  bytes: block.bytes.subarray(0, 0),
});
