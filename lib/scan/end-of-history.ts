/**
 * The end of the scan history at the moment of a subscription.
 *
 * The server's answer comes later: a connection may have to be opened first, and requests of other stores over their own connections may
 * overtake it. Scans that this process creates meanwhile are recorded, and count as created afterwards.
 */
import { defer, finalize, map, of, switchMap, type Observable } from 'rxjs';
import type { Database } from '../ports/database.js';
import type { Id, Key } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import { historyField, historyKey } from '../wire/protocol.js';
import { compareIds, originId, predecessor } from '../wire/stream-id.js';
import { processWide } from './process-wide.js';

/** To be called before the request that creates a scan. */
export function recordCreation(key: Key): void {
  for (const created of processWide().creationRecords) created.add(key);
}

/** More scans than other processes create during one request. */
const createdElsewhere = 100;

/** The timetag of the last scan created before the subscription, `0-0` if there was none. All scans that this process creates from now on come after it. */
export const endOfHistory = (database: Database): Observable<Id> =>
  defer(() => {
    const created = new Set<Key>();
    const { creationRecords } = processWide();
    creationRecords.add(created);
    return database.logTail(historyKey, { count: 1 }).pipe(
      switchMap(([last]) => {
        const end = last?.id ?? originId;
        if (created.size === 0) return of(end);
        return database.logTail(historyKey, { max: end, count: created.size + createdElsewhere }).pipe(map((entries) => endBefore(entries, created, end)));
      }),
      finalize(() => creationRecords.delete(created)),
    );
  });

/** The end, or the timetag before the first of those scans. */
function endBefore(entries: readonly LogEntry[], created: ReadonlySet<Key>, end: Id): Id {
  const before = entries.filter(({ fields }) => created.has(fields[historyField] ?? '')).map(({ id }) => predecessor(id));
  return before.reduce((least, id) => (compareIds(id, least) < 0 ? id : least), end);
}
