/** Follows a stream of small records: the scan history, a scan's states. */
import { defer, finalize, map, repeat, tap, type Observable } from 'rxjs';
import type { Id, Key } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import type { InvalidationHub } from './invalidation-hub.js';
import { DirtyFlag, poll, pollFromEnd } from './poll.js';

const recordsPerRead = 100;

/**
 * Emits the entries after `after` in batches, as they are found; `[]` if there are none at first, and after an invalidation that brought
 * none. Never completes.
 *
 * @param read reads the log, and watches its key
 */
export function followLog(
  hub: InvalidationHub,
  key: Key,
  after: Id,
  read: (after: Id, count: number) => Observable<readonly LogEntry[]>,
): Observable<readonly LogEntry[]> {
  return defer(() => {
    const dirty = new DirtyFlag(hub.changes(key));
    let last = after;
    // Nothing reports what happened before the first read, which watches the key.
    let isWatched = false;
    let atEnd = false;
    const readOn = (invalidated: boolean): Observable<readonly LogEntry[] | undefined> =>
      read(last, recordsPerRead).pipe(map((entries) => (entries.length > 0 || invalidated || !isWatched ? entries : undefined)));
    return defer(() => (atEnd ? pollFromEnd(dirty, readOn) : poll(dirty, readOn))).pipe(
      tap((entries) => {
        isWatched = true;
        atEnd = entries.length < recordsPerRead;
        last = entries.at(-1)?.id ?? last;
      }),
      repeat(),
      finalize(() => dirty.unsubscribe()),
    );
  });
}
