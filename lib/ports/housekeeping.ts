/** What a memory tracker needs from a database besides reading and writing: memory use, a journal, trimming and expiry. */
import type { Observable } from 'rxjs';
import type { Id, Key } from './keys.js';
import type { LogEntry } from './logs.js';

/** How full the server is, and its clock. */
export interface Memory {
  /** In bytes. */
  readonly used: number;
  /** In bytes, beyond which the server refuses writes; `null` if no limit is set. */
  readonly limit: number | null;
  /** The server's clock, in ms since 1970: the ids of its records are made from it. */
  readonly now: number;
}

/** The entries of a data stream to drop. */
export interface Trim {
  readonly key: Key;
  /** Entries with smaller ids are dropped; the one with this id stays. */
  readonly before: Id;
  /** Otherwise the server may keep some of them where that is much cheaper, and always keeps the last entry. */
  readonly exactly: boolean;
}

/** Every method is cold, emits once and completes; unsubscribing cancels. */
export interface Housekeeping {
  memory(): Observable<Memory>;

  /** Adds a record to a log; `OutOfMemory` if the server refuses writes. */
  record(log: Key, fields: LogEntry['fields']): Observable<Id>;
  /** The oldest record of a log, `null` if there is none. Watches nothing. */
  oldest(log: Key): Observable<LogEntry | null>;
  /** Drops the records of a log that are older than a time, in ms. */
  forget(log: Key, before: number): Observable<void>;

  /** Trims streams, skipping those of one entry or none, and emits the number of entries dropped. Works when memory is short. */
  trim(trims: readonly Trim[]): Observable<number>;
  /** Gives keys a time to live in ms, unless theirs is shorter, in one transaction; missing keys are skipped. */
  expireSooner(keys: readonly Key[], ms: number): Observable<void>;

  close(): Observable<never>;
}
