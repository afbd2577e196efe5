/**
 * What the core needs from a database: plain, structured-cloneable values in and out, no Buffer, no callback, no Promise
 * (TestScheduler never sees through one). Every method is cold, answers once and completes; unsubscribing cancels.
 */
import type { Observable, SchedulerLike } from 'rxjs';
import type { BlissdataError } from '../model/errors.js';
import type { ScanState } from '../model/scan-state.js';

/** A Redis key. */
export type Key = string;
/** A Redis stream id, `<ms>-<seq>`; `0-0` comes before all. For data streams `<ms>` is the index of the entry's first point. */
export type Id = string;

/** A wish to read a data stream on; credit travels with it. */
export interface Want {
  readonly key: Key;
  /** Entries with a greater id are wanted. It is the last entry's id rather than an index, so that an entry put inside that one shows up. */
  readonly after: Id;
  /** At least 1. */
  readonly maxEntries: number;
}

/** Consecutive entries of a data stream, still encoded. */
export interface Block {
  readonly key: Key;
  /** The index of each entry's first point. */
  readonly firsts: Float64Array;
  /** How many points each entry holds. */
  readonly lens: Float64Array;
  /** Where each payload ends in `bytes`; each starts where the one before ends, the first at 0. */
  readonly ends: Float64Array;
  /** The payloads one after another, at an offset of its buffer that is a multiple of 8. */
  readonly bytes: Uint8Array;
  /** Present when the seal is among what was read: the stream's total number of points. */
  readonly seal?: number;
  /** Whether there may be more of what was asked for, which is to be asked for again: it would have been too much at once. */
  readonly isPart?: boolean;
}

/** Bounds on the index at which entries start, both included. */
export interface IndexRange {
  readonly min?: number;
  readonly max?: number;
  /** At most so many: the first, or the last ones when reversed. */
  readonly count?: number;
  readonly reverse?: boolean;
  /** Whether a part will do, which says that it is one. */
  readonly part?: boolean;
  /**
   * Whether the payloads are left out: the block has no bytes. Big ones are not even looked at where one would do: there may be fewer
   * entries than `count`, which is 1 by default then, but at least one if there is any.
   */
  readonly bare?: boolean;
}

/** Entries that were asked for one by one. */
export interface EntriesAt {
  /** They need not follow each other, and one may be in it several times. */
  readonly block: Block;
  /** For each entry of the block the index that was asked for. */
  readonly indices: readonly number[];
}

/** Where a data stream stands. */
export interface Head {
  readonly key: Key;
  readonly exists: boolean;
  /** The id that was last added, the seal included; survives trimming. */
  readonly lastId: Id;
  /** The index after the last point, which is the number of points ever added; see `emptied`. */
  readonly length: number;
  readonly sealed: boolean;
  /** Present where no entry is left, the seal included: then there were `length` points at least, but perhaps more. */
  readonly emptied?: true;
}

/** One entry of a stream of small records: the scan history, a scan's states. */
export interface LogEntry {
  readonly id: Id;
  readonly fields: Readonly<Record<string, string>>;
}

/** Entries of the scan history, and whether that is all there ever was. */
export interface HistoryPage {
  readonly entries: readonly LogEntry[];
  /** Present where the history has lost entries: the largest id that one of them may have had. */
  readonly lostUntil?: Id;
}

/** A scan's JSON and its states, read in one transaction, so that neither is older than the other. */
export interface ScanRecord {
  readonly json: string;
  /** The newest entry of the state stream, if there is one. */
  readonly state?: LogEntry;
}

/** An entry to append to a data stream. */
export interface NewEntry {
  readonly index: number;
  readonly len: number;
  readonly payload: Uint8Array;
}

/** What the server, and what lies before it, is known to take; more than that is refused, or breaks the connection. */
export interface RequestSizes {
  /** Bytes of one payload. */
  readonly payload: number;
  /** Bytes of all payloads of a window. */
  readonly window: number;
  /** Told of a payload that was not even sent: it may be taken by now, which is to be found out for the next one. */
  readonly refused?: (bytes: number) => void;
}

/** All-or-nothing: appended when the stream's last id is `expected` and the scan it belongs to is there, otherwise nothing is. */
export interface AppendWindow {
  readonly key: Key;
  /** The scan that owns the stream: nothing is appended when it is deleted, for that would recreate the stream's key for ever. */
  readonly scan: Key;
  readonly expected: Id;
  readonly entries: readonly NewEntry[];
}

export type AppendResult =
  | { readonly _tag: 'appended'; readonly lastId: Id }
  | { readonly _tag: 'conflict'; readonly found: Id }
  | { readonly _tag: 'sealed' }
  | { readonly _tag: 'scanGone' };

/** A seal: `length` is what the writer knows of the number of points, needed only where everything has been trimmed off. A stream that is not there has none. */
export interface Sealing {
  readonly key: Key;
  readonly scan: Key;
  readonly length: number;
}

export type SealResult = { readonly _tag: 'sealed'; readonly length: number } | { readonly _tag: 'scanGone' };

/**
 * A scan's new JSON and state, written in one transaction: a JSON that the database refuses leaves no state behind.
 * `announce` creates the scan and adds it to the history; without it the scan must be there already.
 *
 * May be asked for again by who does not know whether it was done: nothing is written where a newer state than `after` is there. The
 * answer is the same as for the first time if that is the state asked for, or if a scan that is to be created is there.
 */
export interface Commit {
  readonly key: Key;
  readonly json: string;
  readonly stateKey: Key;
  readonly state: ScanState;
  /** The id of the newest state that who asks knows of, `0-0` to create the scan. */
  readonly after: Id;
  readonly announce: boolean;
}

/** The id is that of the newest state's entry. */
export type CommitResult =
  | { readonly _tag: 'committed'; readonly id: Id }
  /** Another state was added after the one known of. */
  | { readonly _tag: 'conflict'; readonly id: Id; readonly state: string }
  | { readonly _tag: 'scanGone' };

/** A scan to let go. One that is not closed yet is refused, or closed first: its streams sealed, its info's `end_reason` set. */
export interface Deletion {
  readonly key: Key;
  readonly force: boolean;
}

export type DeletionResult =
  | { readonly _tag: 'deleted' }
  | { readonly _tag: 'scanGone' }
  /** Not closed, and not forced; `state` is what its newest entry holds, if there is one. */
  | { readonly _tag: 'open'; readonly state?: string };

/** What a scan's identity must match: every criterion, and any scan where there is none. */
export interface Search {
  /** The prefix of the identity model, such as `esrf`. */
  readonly prefix: string;
  readonly criteria: readonly Criterion[];
}

/** One identity field's condition. Text matches case-insensitively and whole (a TAG field of RediSearch, separator `|`). */
export type Criterion =
  | { readonly field: string; readonly _tag: 'number'; readonly min: number; readonly max: number }
  | { readonly field: string; readonly _tag: 'text'; readonly kind: 'equals' | 'startsWith' | 'endsWith' | 'contains'; readonly text: string };

export interface SearchResult {
  readonly timetag: Id;
  readonly keys: readonly Key[];
}

/**
 * Something may have changed: look again. Wakes may repeat, and never miss a change made after an arming read was sent. `interrupted`
 * says that the connection was lost over which streams are read: what answers from now on may be another server, or hold less.
 */
export type Wake = { readonly _tag: 'keys'; readonly keys: readonly Key[] } | { readonly _tag: 'all'; readonly interrupted?: boolean };

/**
 * How asking the server goes, over all connections together, as the user may show it.
 *
 * - `idle`: nothing has been asked yet, and there is no connection.
 * - `connecting`: a connection is being opened, and nothing was answered since the last failure.
 * - `ready`: what was asked last was answered, be it by a refusal, and what is asked next will be, as far as is known. It stays so where the server
 *   closes a connection over which nothing is due, for the next use opens another; a server that went away is noticed by whoever asks or waits next.
 * - `failed`: what was asked last got no answer, or the database is none for blissdata (`NotInitialized`, `ProtocolVersionMismatch`); `error`
 *   says why. The next answer ends it, over whichever connection.
 * - `retrying`: something that was asked waits for a server that is away, cannot answer now, or is out of memory.
 * - `closed`: by the user; nothing comes after it.
 */
export type Status =
  | { readonly _tag: 'idle' }
  | { readonly _tag: 'connecting' }
  | { readonly _tag: 'ready' }
  | { readonly _tag: 'failed'; readonly error: BlissdataError }
  /** What is asked for waits: after `delay` ms it is tried again, for the `attempt`th time since the first failure. */
  | { readonly _tag: 'retrying'; readonly error: BlissdataError; readonly attempt: number; readonly delay: number }
  | { readonly _tag: 'closed' };

export interface Database {
  /** The place without its password, for messages. */
  readonly url: string;
  readonly scheduler: SchedulerLike;
  readonly status$: Observable<Status>;

  /** The value of the protocol version key, `null` when the database has none. */
  protocolVersion(): Observable<string | null>;

  /** The entries after those ids, one Block per want in the same order (empty if nothing is there yet). Arms a wake for every key named. */
  read(wants: readonly Want[]): Observable<readonly Block[]>;
  /** Entries that start between two indices (both included), in order, or the last ones when reversed. Arms nothing. */
  range(key: Key, range: IndexRange): Observable<Block>;
  /**
   * For each index the entry that starts there or, if none does, last before it: the one that holds the point if any does. Emits as many
   * blocks as suit their size, in the order of the indices, and completes; indices with nothing before them are left out. Arms nothing.
   */
  entriesAt(key: Key, indices: readonly number[]): Observable<EntriesAt>;
  /** Where streams stand, in one atomic look. */
  heads(keys: readonly Key[]): Observable<readonly Head[]>;

  /** Log entries after an id, oldest first. Arms a wake, also on a key that does not exist yet. */
  log(key: Key, after: Id, count: number): Observable<readonly LogEntry[]>;
  /** Entries of the scan history after an id, oldest first, and as of the same moment whether any were lost. Arms a wake. */
  history(after: Id, count: number): Observable<HistoryPage>;
  /** Log entries from the newest back, at or before `max`. Arms nothing. */
  logTail(key: Key, options: { readonly max?: Id; readonly count: number }): Observable<readonly LogEntry[]>;

  /** What a key of plain text holds, `null` when it is missing. Arms nothing. */
  text(key: Key): Observable<string | null>;

  /** A scan, or `null` when it is missing or deleted (its time to live is 10 s or less). `stateKey` is read with it, if known. */
  scan(key: Key, stateKey?: Key): Observable<ScanRecord | null>;
  /** The same for a scan that may be deleted already, as long as its keys are still there. */
  remains(key: Key, stateKey: Key): Observable<ScanRecord | null>;
  /** For each scan whether it is there (not missing, not deleted). */
  scansExist(keys: readonly Key[]): Observable<readonly boolean[]>;
  /** The fields under `id` in the JSON of each scan, `null` where it is missing or deleted. */
  identities(keys: readonly Key[]): Observable<readonly (Readonly<Record<string, unknown>> | null)[]>;
  /** The newest entry of each scan's states, if it has one; `null` where the scan is missing or deleted. */
  states(keys: readonly Key[]): Observable<readonly (Pick<ScanRecord, 'state'> | null)[]>;
  search(search: Search): Observable<SearchResult>;

  /** How much is taken at once, as far as that is known by now; without it any size is. */
  readonly sizes?: () => RequestSizes;
  /** `RequestTooLarge` where that is more than is taken: nothing was appended. */
  append(window: AppendWindow): Observable<AppendResult>;
  /** Seals a stream and answers its number of points, also if it was sealed already. */
  seal(sealing: Sealing): Observable<SealResult>;
  commit(commit: Commit): Observable<CommitResult>;
  /** Lets a scan expire with all its streams, in one transaction. */
  deleteScan(deletion: Deletion): Observable<DeletionResult>;
  /** Lets keys expire, all in one transaction; keys that are missing are passed over. */
  expire(keys: readonly Key[], seconds: number): Observable<void>;

  readonly wakes$: Observable<Wake>;
  /** Nobody waits for these keys any more: their wakes may be left out until a read arms them again. */
  disarm(keys: readonly Key[]): void;
  /** Nobody uses this block any more, nor what shares its memory, which may be used for another. */
  recycle(block: Block): void;
  close(): Observable<never>;
}
