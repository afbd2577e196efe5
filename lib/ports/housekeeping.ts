/** What a housekeeper needs from a database beside what readers and writers do: how full it is, a journal, trimming and expiry. */
import type { Observable } from 'rxjs';
import type { Id, Key } from './keys.js';
import type { LogEntry } from './logs.js';

/** How full the server is, and what time it is there. */
export interface Memory {
  /** How many bytes the server uses. */
  readonly used: number;
  /** How many it may use before it refuses writes; `null` where nobody has set a limit. */
  readonly limit: number | null;
  /** The server's clock, in ms since 1970: the ids of its records are made from it. */
  readonly now: number;
}

/** Which entries of a data stream are to go. */
export interface Trim {
  readonly key: Key;
  /** Entries with smaller ids go; the one with this id stays. */
  readonly before: Id;
  /** Otherwise the server may leave some of them where that is much cheaper, and always leaves the last entry. */
  readonly exactly: boolean;
}

/** Every method is cold, answers once and completes; unsubscribing cancels. */
export interface Housekeeping {
  memory(): Observable<Memory>;

  /** Adds a record to a log; `OutOfMemory` where the server takes no more writes. */
  record(log: Key, fields: LogEntry['fields']): Observable<Id>;
  /** The oldest record of a log, `null` if there is none. Arms nothing. */
  oldest(log: Key): Observable<LogEntry | null>;
  /** Drops the records of a log that are older than a time, in ms. */
  forget(log: Key, before: number): Observable<void>;

  /** Trims streams, passing over those that have one entry or none. Emits how many entries went. Possible when memory is short. */
  trim(trims: readonly Trim[]): Observable<number>;
  /** Lets keys expire unless they do so sooner already, all in one transaction; keys that are missing are passed over. */
  expireSooner(keys: readonly Key[], seconds: number): Observable<void>;

  close(): Observable<never>;
}
