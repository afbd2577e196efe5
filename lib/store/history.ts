/** The scans as they are created: what the scan history says, without those that are deleted already. */
import * as O from 'fp-ts/lib/Option.js';
import { concatMap, defer, EMPTY, expand, from, last, map, of, switchMap, type Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import { followLog } from '../polling/follow-log.js';
import type { Database, Id, Key, LogEntry } from '../ports/database.js';
import { historyField, historyKey } from '../wire/protocol.js';
import { originId, predecessor } from '../wire/stream-id.js';
import type { Core } from '../polling/core.js';

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

/** Those of the entries whose scans are still there, in order. */
const present = (database: Database, entries: readonly LogEntry[]): Observable<readonly ScanReference[]> => {
  const references = entries.map(reference);
  if (references.length === 0) return of([]);
  return database.scansExist(references.map(({ key }) => key)).pipe(map((exist) => references.filter((_, i) => exist[i] === true)));
};

/** Every scan created after a timetag, for ever. */
export const scansSince = ({ database, hub, untilClosed }: Core, timetag: Id): Observable<ScanReference> =>
  followLog(database, hub, historyKey, timetag).pipe(
    concatMap((entries) => present(database, entries)),
    concatMap((references) => from(references)),
    untilClosed,
  );

/** How many entries a look at the history asks for at a time. */
const entriesPerLook = 100;

/** Pages through the history until a scan that still exists is found, or there are no more entries. */
function firstPresent(database: Database, look: (cursor: Id) => Observable<readonly LogEntry[]>, start: Id, advance: (id: Id) => Id): Observable<O.Option<ScanReference>> {
  const page = (cursor: Id): Observable<{ readonly found: ScanReference | undefined; readonly next: Id | undefined }> =>
    look(cursor).pipe(
      switchMap((entries) => {
        const end = entries.at(-1);
        return present(database, entries).pipe(map(([found]) => ({ found, next: end === undefined ? undefined : advance(end.id) })));
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
  firstPresent(database, (cursor) => database.log(historyKey, cursor, entriesPerLook), since, (id) => id);

/** The newest scan that is not deleted, if any. */
export const lastScan = (database: Database): Observable<O.Option<ScanReference>> =>
  firstPresent(database, (cursor) => database.logTail(historyKey, { max: cursor, count: entriesPerLook }), '+', predecessor);

/** The timetag of the last scan that was created, `0-0` if there never was one. */
export const lastTimetag = (database: Database): Observable<Id> =>
  defer(() => database.logTail(historyKey, { count: 1 })).pipe(map(([entry]) => entry?.id ?? originId));
