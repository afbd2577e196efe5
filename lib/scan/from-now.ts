/**
 * Where the history of scans ends at the moment of a subscription.
 *
 * The server tells that only a while later: its answer may come after a connection was opened, and other stores have connections of their
 * own, whose requests the server may see first. So what this process creates meanwhile is written down here, and counts as created afterwards.
 */
import { defer, finalize, map, of, switchMap, type Observable } from 'rxjs';
import type { Database } from '../ports/database.js';
import type { Id, Key } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import { historyField, historyKey } from '../wire/protocol.js';
import { compareIds, originId, predecessor } from '../wire/stream-id.js';
import { processWide } from './process-wide.js';

/** To be called when the creation of a scan is asked for, before it is. */
export function creating(key: Key): void {
  for (const created of processWide().asking) created.add(key);
}

/** How many scans other processes may have created in the time of an answer: far more than they do. */
const fromElsewhere = 100;

/** The timetag of the last scan created before the subscription, `0-0` if there was none: those after it include all that this process creates from now on. */
export const endOfHistory = (database: Database): Observable<Id> =>
  defer(() => {
    const created = new Set<Key>();
    const { asking } = processWide();
    asking.add(created);
    return database.logTail(historyKey, { count: 1 }).pipe(
      switchMap(([last]) => {
        const end = last?.id ?? originId;
        if (created.size === 0) return of(end);
        return database.logTail(historyKey, { max: end, count: created.size + fromElsewhere }).pipe(map((entries) => beforeAny(entries, created, end)));
      }),
      finalize(() => asking.delete(created)),
    );
  });

/** Before the first of those scans, if that lies before the end. */
function beforeAny(entries: readonly LogEntry[], created: ReadonlySet<Key>, end: Id): Id {
  const before = entries.filter(({ fields }) => created.has(fields[historyField] ?? '')).map(({ id }) => predecessor(id));
  return before.reduce((least, id) => (compareIds(id, least) < 0 ? id : least), end);
}
