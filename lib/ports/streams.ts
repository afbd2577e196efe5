/** Data streams: reading, appending, sealing. */
import type { Observable } from 'rxjs';
import type { Id, Key } from './keys.js';

/** A data stream. */
export interface StreamRef {
  readonly key: Key;
  /** The scan that owns the stream, for databases that grant access by scan: the stream's key does not say which. Others ignore it. */
  readonly scan?: Key;
}

/** A request for the entries that follow an id; the reader's credit travels with it. */
export interface ReadRequest extends StreamRef {
  /** Entries with a greater id. An id rather than an index, so that an entry put inside the last one shows up. */
  readonly after: Id;
  /** At least 1. What was sent ahead of the request may be more. */
  readonly maxEntries: number;
  /** The reader's credit: how many bytes a remote database may send before the next request, this answer included. 0 by default. Local ones ignore it. */
  readonly ahead?: number;
}

/** Consecutive entries of a data stream, still encoded. */
export interface Block {
  readonly key: Key;
  /** The index of each entry's first point. */
  readonly firsts: Float64Array;
  /** The number of points in each entry. */
  readonly lens: Float64Array;
  /** Where each payload ends in `bytes`; each starts where the previous one ends, the first at 0. */
  readonly ends: Float64Array;
  /** The payloads one after another, at a multiple of 8 within their buffer. */
  readonly bytes: Uint8Array;
  /** Present if the seal was among the entries: the stream's total number of points. */
  readonly seal?: number;
  /** Whether there is more, as far as is known: true where the answer was cut short by size. Absent, fewer entries than requested mean the end. */
  readonly more?: boolean;
}

/** Bounds on the index at which entries start, both inclusive. */
export interface IndexRange {
  readonly min?: number;
  readonly max?: number;
  /** At most this many: the first ones, or the last ones when reversed. */
  readonly count?: number;
  readonly reverse?: boolean;
  /** Whether the answer may be cut short (`more`). */
  readonly part?: boolean;
  /**
   * Leave the payloads out: the block has no bytes. Databases skip large payloads, so there may be fewer entries than `count`
   * (1 by default here), but at least one if there is any.
   */
  readonly bare?: boolean;
}

/** Entries requested one by one. */
export interface EntriesAt {
  /** Not necessarily consecutive; an entry may occur several times. */
  readonly block: Block;
  /** The requested index of each entry in the block. */
  readonly indices: readonly number[];
}

/** Where a data stream stands. */
export interface Head {
  readonly key: Key;
  readonly exists: boolean;
  /** The id added last, the seal included; survives trimming. */
  readonly lastId: Id;
  /** The index after the last point: the number of points ever added, unless `emptied`. */
  readonly length: number;
  readonly sealed: boolean;
  /** Present if no entry is left, not even the seal: then `length` is a lower bound. */
  readonly emptied?: true;
}

/** An entry to append. */
export interface NewEntry {
  readonly index: number;
  readonly len: number;
  readonly payload: Uint8Array;
}

/** The largest requests that the server, and any proxy before it, is known to accept. */
export interface RequestSizes {
  /** Bytes of one payload. */
  readonly payload: number;
  /** Bytes of all payloads of a window. */
  readonly window: number;
  /** Reports a payload that was refused without being sent, so that a limit raised meanwhile is noticed before the next one. */
  readonly refused?: (bytes: number) => void;
}

/** Appended as a whole if the stream's last id is `expected` and its scan exists, otherwise not at all. */
export interface AppendWindow {
  readonly key: Key;
  /** The scan that owns the stream: appending after its deletion would recreate the stream's key for ever. */
  readonly scan: Key;
  readonly expected: Id;
  readonly entries: readonly NewEntry[];
}

/** `sendAlone`: the server has refused this window among others, which says nothing of why; the error of a request of its own does. */
export type AppendResult =
  | { readonly _tag: 'appended'; readonly lastId: Id }
  | { readonly _tag: 'conflict'; readonly found: Id }
  | { readonly _tag: 'sealed' }
  | { readonly _tag: 'scanDeleted' }
  | { readonly _tag: 'sendAlone' };

/** A seal to add. `length` is the writer's count, used only if every entry has been trimmed. A stream that does not exist has no points. */
export interface Sealing {
  readonly key: Key;
  readonly scan: Key;
  readonly length: number;
}

export type SealResult = { readonly _tag: 'sealed'; readonly length: number } | { readonly _tag: 'scanDeleted' };

/** Every method is cold, emits once and completes; unsubscribing cancels. */
export interface StreamPort {
  /** The entries after each id, one block per request in the same order (empty if there is nothing yet). Watches every key. */
  read(requests: readonly ReadRequest[]): Observable<readonly Block[]>;
  /** Entries that start between two indices, in order, or the last ones when reversed. Watches nothing. */
  range(stream: StreamRef, range: IndexRange): Observable<Block>;
  /**
   * For each index the entry that starts there or, failing that, the last one before it: the only one that can hold the point. Emits as many
   * blocks as suit their size, in the order of the indices, and completes; indices with nothing before them are left out. Watches nothing.
   */
  entriesAt(stream: StreamRef, indices: readonly number[]): Observable<EntriesAt>;
  /** Where streams stand, all at one moment. */
  heads(streams: readonly StreamRef[]): Observable<readonly Head[]>;
  /** Gives the block's memory back for another one: nothing may use it, or share its memory, any more. */
  recycle(block: Block): void;

  /** The limits known so far; any size if absent. */
  readonly sizes?: () => RequestSizes;
  /**
   * Memory for a payload, whatever it holds. Once a window with it was appended, nothing may use it any more: another payload gets the
   * memory. Absent if the database may keep payloads, which then must never change.
   */
  readonly payloadMemory?: (bytes: number) => Uint8Array;
  /**
   * Appends windows of different streams, each as a whole or not at all, whatever happens to the others; one result per window in the same
   * order. An error concerns all of them: if it leaves the outcome unknown, any of them may have been appended. `RequestTooLarge` beyond
   * the limits: nothing was appended.
   */
  append(windows: readonly AppendWindow[]): Observable<readonly AppendResult[]>;
  /** Seals a stream and emits its number of points, also if it was sealed already. */
  seal(sealing: Sealing): Observable<SealResult>;
}
