/** The scans in order of creation: the scan history without deleted scans. */
import * as E from 'fp-ts/lib/Either.js';
import * as O from 'fp-ts/lib/Option.js';
import { concatMap, defer, EMPTY, expand, from, map, of, reduce, switchMap, type Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import { followLog } from '../reading/follow-log.js';
import type { Database } from '../ports/database.js';
import type { Id, Key } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import type { Search } from '../ports/search.js';
import { scanPrefix } from '../wire/keys.js';
import { historyField, historyKey } from '../wire/protocol.js';
import { decodeFields, meetsCriteria } from '../wire/search-match.js';
import { compareIds, originId, predecessor, sealId } from '../wire/stream-id.js';
import type { Core } from '../reading/core.js';

/** A scan and the moment of its creation: `scansSince(timetag)` continues right after it. */
export interface ScanReference {
  readonly timetag: Id;
  readonly key: Key;
}

function reference({ id, fields }: LogEntry): ScanReference {
  const key = fields[historyField];
  if (key === undefined) throw blissdataError('UnexpectedReply', { command: 'XREAD', problems: [`history entry ${id} names no scan`] });
  return { timetag: id, key };
}

/** Leaves out deleted scans. */
const existing = (database: Database, references: readonly ScanReference[]): Observable<readonly ScanReference[]> =>
  database.scansExist(references.map(({ key }) => key)).pipe(map((exist) => references.filter((_, i) => exist[i] === true)));

/** A page of the history; errors with `HistoryGap` if entries after `after` were trimmed. */
const readHistory = (database: Database, after: Id, count: number): Observable<readonly LogEntry[]> =>
  database.history(after, count).pipe(
    map(({ entries, lostUntil }) => {
      if (lostUntil !== undefined && compareIds(after, lostUntil) < 0) throw blissdataError('HistoryGap', { since: after, completeAfter: lostUntil });
      return entries;
    }),
  );

/** Every scan created after a timetag that `select` keeps; pages are selected as a whole. Never completes. */
const follow = (
  { database, hub, untilClosed }: Core,
  timetag: Id,
  select: (references: readonly ScanReference[]) => Observable<readonly ScanReference[]>,
): Observable<ScanReference> =>
  followLog(hub, historyKey, timetag, (after, count) => readHistory(database, after, count)).pipe(
    map((entries) => entries.map(reference)),
    concatMap((references) => (references.length === 0 ? of([]) : select(references))),
    concatMap((references) => from(references)),
    untilClosed,
  );

/** Every scan created after a timetag. Never completes. */
export const scansSince = (core: Core, timetag: Id): Observable<ScanReference> => follow(core, timetag, (references) => existing(core.database, references));

/** Every scan created after a timetag that a search would find. Never completes. */
export const matchingScansSince = (core: Core, timetag: Id, { prefix, criteria }: Search): Observable<ScanReference> =>
  follow(core, timetag, (references) => {
    const own = references.filter(({ key }) => key.startsWith(scanPrefix(prefix)));
    if (own.length === 0) return of([]);
    return core.database.identities(own.map(({ key }) => key)).pipe(
      map((identities) => own.filter((_, i) => meets(identities[i] ?? null, criteria))),
    );
  });

/** By the JSON text of an identity, `null` for a scan that was deleted meanwhile. */
function meets(identity: string | null, criteria: Search['criteria']): boolean {
  if (identity === null) return false;
  const fields = decodeFields(identity);
  if (E.isLeft(fields)) throw blissdataError('UnexpectedReply', { command: 'JSON.GET', problems: [fields.left] });
  return meetsCriteria(fields.right, criteria);
}

const entriesPerPage = 100;

/** Pages through the history until it finds a scan that exists. */
function firstExisting(database: Database, readPage: (cursor: Id) => Observable<readonly LogEntry[]>, start: Id, advance: (id: Id) => Id): Observable<O.Option<ScanReference>> {
  const page = (cursor: Id): Observable<{ readonly found: ScanReference | undefined; readonly next: Id | undefined }> =>
    readPage(cursor).pipe(
      switchMap((entries) => {
        const end = entries.at(-1);
        const found$ = end === undefined ? of([]) : existing(database, entries.map(reference));
        return found$.pipe(map(([found]) => ({ found, next: end === undefined ? undefined : advance(end.id) })));
      }),
    );
  return defer(() => page(start)).pipe(
    expand(({ found, next }) => (found !== undefined || next === undefined ? EMPTY : page(next))),
    reduce((_, last) => last),
    map(({ found }) => O.fromNullable(found)),
  );
}

/** The first existing scan after a timetag, if any. */
export const nextScan = (database: Database, since: Id): Observable<O.Option<ScanReference>> =>
  firstExisting(database, (cursor) => readHistory(database, cursor, entriesPerPage), since, (id) => id);

/** The newest scan that is not deleted, if any. */
export const lastScan = (database: Database): Observable<O.Option<ScanReference>> =>
  firstExisting(database, (cursor) => database.logTail(historyKey, { max: cursor, count: entriesPerPage }), sealId, predecessor);

/** The timetag of the last creation, `0-0` if there was none. */
export const lastTimetag = (database: Database): Observable<Id> =>
  defer(() => database.logTail(historyKey, { count: 1 })).pipe(map(([entry]) => entry?.id ?? originId));
