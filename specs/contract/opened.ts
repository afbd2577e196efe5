/** What a database contract test gets to work with. */
import type { Database } from '../../lib/ports/database.js';
import type { Key } from '../../lib/ports/keys.js';
import type { NewEntry } from '../../lib/ports/streams.js';

/** What the tests do to the data beside the ports: the part of a housekeeper, an operator, a broken writer. */
export interface RawAccess {
  /** Drops the entries of a data stream that start before an index. */
  trim(key: Key, index: number): Promise<void>;
  delete(key: Key): Promise<void>;
  flush(): Promise<void>;
  /** Adds an entry to a data stream, scan or no scan. */
  putEntry(key: Key, entry: NewEntry): Promise<void>;
  setScanJson(key: Key, json: string): Promise<void>;
  /** Lets keys expire; missing ones are skipped. */
  expire(keys: readonly Key[], seconds: number): Promise<void>;
  /** Seconds to live: Infinity without an end, null for a key that is not there. */
  ttlOf(key: Key): Promise<number | null>;
}

export interface Opened {
  readonly database: Database;
  /** A second client of the same data. */
  readonly other: Database;
  readonly raw: RawAccess;
  /** Whether these are woken at once by new entries only, and of all other changes by a look every now and then. */
  readonly looks?: boolean;
  close(): Promise<void>;
}

/** Gives the database of the present test. */
export type Use = () => Opened;
