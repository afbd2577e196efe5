/** Scans: their JSON and states, creating, updating and deleting them. */
import type { Observable } from 'rxjs';
import type { ScanState } from '../model/scan-state.js';
import type { Id, Key } from './keys.js';
import type { LogEntry } from './logs.js';

/** A scan's JSON and newest state, read in one transaction so that neither is older than the other. */
export interface ScanRecord {
  readonly json: string;
  /** The newest entry of the state stream, if there is one. */
  readonly state?: LogEntry;
}

/**
 * A scan's new JSON and state, written in one transaction: if the database refuses the JSON, no state is left behind.
 * `announce` creates the scan and adds it to the history; without it the scan must exist.
 *
 * Idempotent, for requests whose outcome is unknown: nothing is written if a state newer than `after` is there, and the answer is that of
 * the first time if that state is the requested one, or if a scan to be created exists.
 */
export interface Commit {
  readonly key: Key;
  readonly json: string;
  readonly stateKey: Key;
  readonly state: ScanState;
  /** The id of the newest state known to the caller, `0-0` to create the scan. */
  readonly after: Id;
  readonly announce: boolean;
}

/** `id` is that of the newest state's entry. */
export type CommitResult =
  | { readonly _tag: 'committed'; readonly id: Id }
  /** Another state was added since `after`. */
  | { readonly _tag: 'conflict'; readonly id: Id; readonly state: string }
  | { readonly _tag: 'scanDeleted' };

/** A scan to delete. One that is not CLOSED is refused or, with `force`, closed first: its streams sealed, its info's `end_reason` set. */
export interface Deletion {
  readonly key: Key;
  readonly force: boolean;
}

export type DeletionResult =
  | { readonly _tag: 'deleted' }
  | { readonly _tag: 'scanDeleted' }
  /** Not CLOSED, and not forced; `state` is its newest entry's, if there is one. */
  | { readonly _tag: 'open'; readonly state?: string };

/** Every method is cold, emits once and completes; unsubscribing cancels. */
export interface ScanPort {
  /** A scan, or `null` if it is missing or deleted (its time to live is at most 10 s). `stateKey` is read with it, if known. */
  scan(key: Key, stateKey?: Key): Observable<ScanRecord | null>;
  /** The same for a scan that may be deleted, as long as its keys exist. */
  remains(key: Key, stateKey: Key): Observable<ScanRecord | null>;
  /** Whether each scan exists (neither missing nor deleted). */
  scansExist(keys: readonly Key[]): Observable<readonly boolean[]>;
  /** The JSON text under `id` in each scan's document (`'null'` if it has none); `null` if the scan is missing or deleted. */
  identities(keys: readonly Key[]): Observable<readonly (string | null)[]>;
  /** The newest entry of each scan's states, if there is one; `null` if the scan is missing or deleted. */
  states(keys: readonly Key[]): Observable<readonly (Pick<ScanRecord, 'state'> | null)[]>;

  commit(commit: Commit): Observable<CommitResult>;
  /** Lets a scan and all its streams expire, in one transaction. */
  deleteScan(deletion: Deletion): Observable<DeletionResult>;
}
