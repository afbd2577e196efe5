/** What the tests of the database contract work with. */
import type { Database } from '../../lib/ports/database.js';
import type { Key } from '../../lib/ports/keys.js';
import type { NewEntry } from '../../lib/ports/streams.js';

/** Changes to the data besides the ports, in the part of a memory tracker, an operator or a broken writer. */
export interface RawAccess {
  /** Drops the entries of a data stream that start before an index. */
  trim(key: Key, index: number): Promise<void>;
  delete(key: Key): Promise<void>;
  flush(): Promise<void>;
  /** Adds an entry to a data stream, whether or not a scan owns it. */
  putEntry(key: Key, entry: NewEntry): Promise<void>;
  setScanJson(key: Key, json: string): Promise<void>;
  /** Lets keys expire; missing ones are skipped. */
  expire(keys: readonly Key[], seconds: number): Promise<void>;
  /** The time to live in seconds: Infinity if the key never expires, null if there is no such key. */
  ttlOf(key: Key): Promise<number | null>;
}

export interface Opened {
  readonly database: Database;
  /** A second client of the same data. */
  readonly other: Database;
  readonly raw: RawAccess;
  /** Whether keys that are not of the protocol's form look as if they were not there. */
  readonly strictKeys?: boolean;
  /** Whether an answer may have more entries than requested where any may be sent ahead. */
  readonly sendsAhead?: boolean;
  /** Whether only new entries are reported at once, and all other changes by polling. */
  readonly polls?: boolean;
  close(): Promise<void>;
}

/** Returns the database of the current test. */
export type Use = () => Opened;
