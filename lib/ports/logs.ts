/** Streams of small records: the scan history, the states of a scan. */
import type { Observable } from 'rxjs';
import type { Id, Key } from './keys.js';

export interface LogEntry {
  readonly id: Id;
  readonly fields: Readonly<Record<string, string>>;
}

/** Entries of the scan history, and whether older ones are missing. */
export interface HistoryPage {
  readonly entries: readonly LogEntry[];
  /** Present if the history has lost entries: the largest id that one of them can have had. */
  readonly lostUntil?: Id;
}

/** Every method is cold, emits once and completes; unsubscribing cancels. */
export interface LogPort {
  /**
   * Entries after an id, oldest first. Watches the key, even before it exists. `scan`: whose states they are, for databases that grant
   * access by scan; others ignore it.
   */
  log(key: Key, after: Id, count: number, scan?: Key): Observable<readonly LogEntry[]>;
  /** Entries of the scan history after an id, oldest first, and whether any were lost, as of the same moment. Watches the history. */
  history(after: Id, count: number): Observable<HistoryPage>;
  /** Entries from the newest back, at or before `max`. Watches nothing. */
  logTail(key: Key, options: { readonly max?: Id; readonly count: number }): Observable<readonly LogEntry[]>;
}
