/** Consecutive entries of a stream as one message, which is encoded once for all who follow it. */
import * as E from 'fp-ts/lib/Either.js';
import type { Id } from '../../ports/keys.js';
import type { Block } from '../../ports/streams.js';
import { compareIds, entryId, sealId } from '../../wire/stream-id.js';
import { decodeBlockMessage, encodeBlockMessage } from '../protocol/block-message.js';

type Entries = Omit<Block, 'key'>;

export interface Frame {
  /** The id that it follows. */
  readonly after: Id;
  /** The id of its last entry, or the seal's. */
  readonly last: Id;
  readonly message: Uint8Array<ArrayBuffer>;
  readonly isSealed: boolean;
  /** Whether it says that more follows for sure. */
  readonly hasMore: boolean;
  /** The index after its last point; `undefined` if it has none. */
  readonly length: number | undefined;
}

/** A block has entries, or the seal. */
export function frameOf(handle: number, after: Id, block: Entries): Frame {
  const message = encodeBlockMessage({ id: handle, answer: false, last: false, after, block });
  return { after, last: lastId(after, block), message, isSealed: block.seal !== undefined, hasMore: block.more === true, length: lengthAfter(block) };
}

/** The id after which a block's successor begins. */
export const lastId = (after: Id, { firsts, seal }: Entries): Id => {
  const last = firsts.at(-1);
  return seal !== undefined ? sealId : last === undefined ? after : entryId(last);
};

const lengthAfter = ({ firsts, lens }: Entries): number | undefined => {
  const last = firsts.at(-1);
  return last === undefined ? undefined : last + (lens.at(-1) ?? 0);
};

/** The entries of a frame after an id: at most so many of them. */
export function entriesAfter({ message }: Frame, after: Id, maxEntries = Infinity): Entries {
  const decoded = decodeBlockMessage(message);
  if (E.isLeft(decoded)) throw new Error(decoded.left);
  const { firsts, lens, ends, bytes, seal } = decoded.right.block;
  let start = 0;
  while (start < firsts.length && compareIds(entryId(firsts[start]!), after) <= 0) start++;
  const stop = Math.min(firsts.length, start + maxEntries);
  const from = start === 0 ? 0 : (ends[start - 1] ?? 0);
  const to = stop === 0 ? 0 : (ends[stop - 1] ?? 0);
  return {
    firsts: firsts.slice(start, stop),
    lens: lens.slice(start, stop),
    ends: ends.slice(start, stop).map((end) => end - from),
    bytes: bytes.subarray(from, Math.max(from, to)),
    // XREAD counts the seal, too.
    ...(seal === undefined || start + maxEntries <= firsts.length ? {} : { seal }),
  };
}
