/** A window of a writer's entries on its way to the server. */
import type { Id } from '../ports/keys.js';
import type { AppendResult, AppendWindow } from '../ports/streams.js';
import type { StreamSource } from '../reading/reader/stream-source.js';
import type { EntryDraft } from '../wire/encoding/entry-builder.js';
import { entryId } from '../wire/stream-id.js';

/** Where a window goes: the index of its first point, and the id of the entry before it. */
export interface WindowStart {
  readonly index: number;
  readonly lastId: Id;
}

/** A window on its way; never changes, however often it is sent. */
export interface TravellingWindow extends AppendWindow {
  /** The index of its first point. */
  readonly start: number;
  /** Where the next window goes. */
  readonly next: WindowStart;
  readonly bytes: number;
}

export function windowOf({ key, scan }: StreamSource, { index: start, lastId: expected }: WindowStart, drafts: readonly EntryDraft[]): TravellingWindow {
  let index = start;
  let lastId = expected;
  let bytes = 0;
  const entries = drafts.map(({ len, payload }) => {
    const entry = { index, len, payload };
    lastId = entryId(index);
    index += len;
    bytes += payload.length;
    return entry;
  });
  return { key, scan, expected, entries, start, next: { index, lastId }, bytes };
}

/** What a window's first attempt came to, if that was made elsewhere. */
export type FirstAttempt = () => AppendResult;
