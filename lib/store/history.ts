/** The scans as they are created: what the scan history says, without those that are deleted already. */
import * as O from 'fp-ts/lib/Option.js';
import { concatMap, defer, EMPTY, expand, from, last, map, of, switchMap, type Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import { followLog } from '../reading/follow-log.js';
import type { Database } from '../ports/database.js';
import type { Id, Key } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import type { Search } from '../ports/search.js';
import { scanPrefix } from '../wire/keys.js';
import { historyField, historyKey } from '../wire/protocol.js';
import { meetsCriteria } from '../wire/search-match.js';
import { compareIds, originId, predecessor } from '../wire/stream-id.js';
import type { Core } from '../reading/core.js';

/** A scan and the moment of its creation: `scansSince(timetag)` goes on right after it. */
export interface ScanReference {
  readonly timetag: Id;
  readonly key: Key;
}

function reference({ id, fields }: LogEntry): ScanReference {
  const key = fields[historyField];
  if (key === undefined) throw blissdataError('UnexpectedReply', { command: 'XREAD', problems: [`history entry ${id} names no scan`] });
  return { timetag: id, key };
}

/** Those of the scans that are still there, in order. */
const present = (database: Database, references: readonly ScanReference[]): Observable<readonly ScanReference[]> =>
  database.scansExist(references.map(({ key }) => key)).pipe(map((exist) => references.filter((_, i) => exist[i] === true)));

/** A look at the history; errors with `HistoryGap` if entries after `after` were trimmed off before anybody here saw them. */
const readHistory = (database: Database, after: Id, count: number): Observable<readonly LogEntry[]> =>
  database.history(after, count).pipe(
    map(({ entries, lostUntil }) => {
      if (lostUntil !== undefined && compareIds(after, lostUntil) < 0) throw blissdataError('HistoryGap', { since: after, completeAfter: lostUntil });
      return entries;
    }),
  );

/** Every scan created after a timetag for ever, those that `select` keeps of the entries found together. */
const following = (
  { database, hub, untilClosed }: Core,
  timetag: Id,
  select: (references: readonly ScanReference[]) => Observable<readonly ScanReference[]>,
): Observable<ScanReference> =>
  followLog(database, hub, historyKey, timetag, (after, count) => readHistory(database, after, count)).pipe(
    map((entries) => entries.map(reference)),
    concatMap((references) => (references.length === 0 ? of([]) : select(references))),
    concatMap((references) => from(references)),
    untilClosed,
  );

/** Every scan created after a timetag, for ever. */
export const scansSince = (core: Core, timetag: Id): Observable<ScanReference> => following(core, timetag, (references) => present(core.database, references));

/** The same for those under a prefix whose identities meet criteria, by the rules of searching. */
export const matchingScansSince = (core: Core, timetag: Id, { prefix, criteria }: Search): Observable<ScanReference> =>
  following(core, timetag, (references) => {
    const own = references.filter(({ key }) => key.startsWith(scanPrefix(prefix)));
    if (own.length === 0) return of([]);
    return core.database.identities(own.map(({ key }) => key)).pipe(
      map((identities) =>
        own.filter((_, i) => {
          const identity = identities[i];
          return identity !== null && identity !== undefined && meetsCriteria(identity, criteria);
        }),
      ),
    );
  });

/** How many entries a look at the history asks for at a time. */
const entriesPerLook = 100;

/** Pages through the history until a scan that still exists is found, or there are no more entries. */
function firstPresent(database: Database, look: (cursor: Id) => Observable<readonly LogEntry[]>, start: Id, advance: (id: Id) => Id): Observable<O.Option<ScanReference>> {
  const page = (cursor: Id): Observable<{ readonly found: ScanReference | undefined; readonly next: Id | undefined }> =>
    look(cursor).pipe(
      switchMap((entries) => {
        const end = entries.at(-1);
        const found$ = end === undefined ? of([]) : present(database, entries.map(reference));
        return found$.pipe(map(([found]) => ({ found, next: end === undefined ? undefined : advance(end.id) })));
      }),
    );
  return defer(() => page(start)).pipe(
    expand(({ found, next }) => (found !== undefined || next === undefined ? EMPTY : page(next))),
    last(),
    map(({ found }) => O.fromNullable(found)),
  );
}

/** The first scan after a timetag that is there now, if any. */
export const nextScan = (database: Database, since: Id): Observable<O.Option<ScanReference>> =>
  firstPresent(database, (cursor) => readHistory(database, cursor, entriesPerLook), since, (id) => id);

/** The newest scan that is not deleted, if any. */
export const lastScan = (database: Database): Observable<O.Option<ScanReference>> =>
  firstPresent(database, (cursor) => database.logTail(historyKey, { max: cursor, count: entriesPerLook }), '+', predecessor);

/** The timetag of the last scan that was created, `0-0` if there never was one. */
export const lastTimetag = (database: Database): Observable<Id> =>
  defer(() => database.logTail(historyKey, { count: 1 })).pipe(map(([entry]) => entry?.id ?? originId));
