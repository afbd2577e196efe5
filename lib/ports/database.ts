/**
 * What the core needs from a database: plain, structured-cloneable values in and out; no Buffer, no callback, no Promise, since
 * TestScheduler does not see through one. No clock either: the other end's would mean nothing here.
 */
import type { Observable } from 'rxjs';
import type { InvalidationPort } from './invalidations.js';
import type { Key } from './keys.js';
import type { LogPort } from './logs.js';
import type { ScanPort } from './scans.js';
import type { SearchPort } from './search.js';
import type { Status } from './status.js';
import type { StreamPort } from './streams.js';

/** Every method is cold, emits once and completes; unsubscribing cancels. */
export interface Database extends StreamPort, LogPort, ScanPort, SearchPort, InvalidationPort {
  /** Where it is, without the password, for messages. */
  readonly url: string;
  readonly status$: Observable<Status>;

  /** The value of the protocol version key, `null` if the database has none. */
  protocolVersion(): Observable<string | null>;
  /** The value of a plain text key, `null` if it is missing. Watches nothing. `scan`: whose info names the key, for databases that grant access by scan. */
  text(key: Key, scan?: Key): Observable<string | null>;

  close(): Observable<never>;
}
