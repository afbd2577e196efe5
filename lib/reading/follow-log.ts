/** Follows a stream of small records: the scan history, a scan's states. */
import { defer, finalize, map, repeat, tap, type Observable } from 'rxjs';
import type { Database } from '../ports/database.js';
import type { Id, Key } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import { DirtyFlag } from './dirty-flag.js';
import { poll, pollFromEnd } from './poll.js';
import type { InvalidationHub } from './invalidation-hub.js';

/** How many records one read asks for. */
const recordsPerRead = 100;

/**
 * Emits the entries after `after`, in batches as they are found; `[]` when a wake turned out to be of something else, and at first where there are none. Never completes.
 *
 * @param read reads the log, and arms a wake for its key
 */
export function followLog(
  database: Database,
  hub: InvalidationHub,
  key: Key,
  after: Id,
  read: (after: Id, count: number) => Observable<readonly LogEntry[]> = (id, count) => database.log(key, id, count),
): Observable<readonly LogEntry[]> {
  return defer(() => {
    const alarm = new DirtyFlag(hub.changes(key));
    let last = after;
    // Of what happened before the first look nobody was told, for it is what arms the wakes.
    let armed = false;
    let atEnd = false;
    const look = (woken: boolean): Observable<readonly LogEntry[] | undefined> =>
      read(last, recordsPerRead).pipe(map((entries) => (entries.length > 0 || woken || !armed ? entries : undefined)));
    return defer(() => (atEnd ? pollFromEnd(alarm, look) : poll(alarm, look))).pipe(
      tap((entries) => {
        armed = true;
        atEnd = entries.length < recordsPerRead;
        last = entries.at(-1)?.id ?? last;
      }),
      repeat(),
      finalize(() => alarm.unsubscribe()),
    );
  });
}
