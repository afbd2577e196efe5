/** Answers requests for logs: the states of a scan, and the scan history as far as it may be seen. */
import { defer, EMPTY, expand, map, of, reduce, switchMap, type Observable } from 'rxjs';
import type { Id, Key } from '../../ports/keys.js';
import type { HistoryPage, LogEntry } from '../../ports/logs.js';
import { historyField, historyKey } from '../../wire/protocol.js';
import { compareIds, predecessor } from '../../wire/stream-id.js';
import type { Caller, CallContext } from './call-context.js';
import type { Rights } from './rights.js';

/** The most entries of one answer; readers of logs ask for 100. */
const mostEntries = 1000;
/** How many entries of the history are looked at together where a connection sees a part of them only. */
const entriesPerPage = 500;

/** What a page of the history has that may be seen, where the next page begins, and whether there is one. */
interface Filtered {
  readonly visible: readonly LogEntry[];
  readonly cursor: Id;
  readonly atEnd: boolean;
  readonly lostUntil?: Id;
}

export class LogCalls {
  constructor(private readonly context: CallContext) {}

  log(caller: Caller, key: Key, after: Id, count: number, scan?: Key): Observable<readonly LogEntry[]> {
    const { database, visibility, stateLogs, kept } = this.context;
    if (key === historyKey) return this.history(caller, after, count).pipe(map(({ entries }) => entries));
    const most = Math.min(count, mostEntries);
    return visibility.streams(caller.rights, [{ key, ...(scan === undefined ? {} : { scan }) }]).pipe(
      switchMap(([isSeen]) => (isSeen === true ? stateLogs.has(key) : of(false))),
      switchMap((isLog) => {
        if (!isLog) return of([]);
        caller.arm([key]);
        return kept.watching('log', `log ${key} ${after} ${most}`, key, () => database.log(key, after, most), scan === undefined ? [] : [scan]);
      }),
    );
  }

  history(caller: Caller, after: Id, count: number): Observable<HistoryPage> {
    return defer(() => {
      caller.arm([historyKey]);
      const most = Math.min(count, mostEntries);
      return caller.rights.read === 'all' ? this.page(after, most) : this.visibleHistory(after, most, caller.rights);
    });
  }

  logTail({ rights }: Caller, key: Key, max: Id, count: number): Observable<readonly LogEntry[]> {
    const { stateLogs, visibility } = this.context;
    const most = Math.min(count, mostEntries);
    if (key === historyKey) return rights.read === 'all' ? this.tail(key, max, most) : this.visibleTail(max, most, rights);
    return visibility.streams(rights, [{ key }]).pipe(
      switchMap(([isSeen]) => (isSeen === true ? stateLogs.has(key) : of(false))),
      switchMap((isLog) => (isLog ? this.tail(key, max, most) : of([]))),
    );
  }

  /** Reads on until there are enough entries that may be seen, or no more: to clients a short page is the end. */
  private visibleHistory(after: Id, count: number, rights: Rights): Observable<HistoryPage> {
    const from = (cursor: Id): Observable<Filtered> =>
      this.page(cursor, entriesPerPage).pipe(
        switchMap(({ entries, lostUntil }) =>
          this.visible(rights, entries).pipe(
            map((visible) => ({
              visible,
              cursor: entries.at(-1)?.id ?? cursor,
              atEnd: entries.length < entriesPerPage,
              // What was trimmed off behind the cursor was read before.
              ...(lostUntil !== undefined && (cursor === after || compareIds(cursor, lostUntil) < 0) ? { lostUntil } : {}),
            })),
          ),
        ),
      );
    return pages(from, after, count).pipe(
      map((all) => {
        const lostUntil = all.reduce<Id | undefined>((last, page) => page.lostUntil ?? last, undefined);
        return { entries: all.flatMap(({ visible }) => visible).slice(0, count), ...(lostUntil === undefined ? {} : { lostUntil }) };
      }),
    );
  }

  private visibleTail(max: Id, count: number, rights: Rights): Observable<readonly LogEntry[]> {
    const from = (cursor: Id): Observable<Filtered> =>
      this.tail(historyKey, cursor, entriesPerPage).pipe(
        switchMap((entries) => {
          const oldest = entries.at(-1);
          return this.visible(rights, entries).pipe(map((visible) => ({ visible, cursor: oldest === undefined ? cursor : predecessor(oldest.id), atEnd: entries.length < entriesPerPage })));
        }),
      );
    return pages(from, max, count).pipe(map((all) => all.flatMap(({ visible }) => visible).slice(0, count)));
  }

  private page(after: Id, count: number): Observable<HistoryPage> {
    const { database, kept } = this.context;
    return kept.watching('history', `history ${after} ${count}`, historyKey, () => database.history(after, count));
  }

  private tail(key: Key, max: Id, count: number): Observable<readonly LogEntry[]> {
    const { database, sameTick } = this.context;
    return sameTick.share(`logTail ${key} ${max} ${count}`, () => database.logTail(key, { max, count }));
  }

  private visible(rights: Rights, entries: readonly LogEntry[]): Observable<readonly LogEntry[]> {
    return this.context.visibility.scans(rights, entries.map(({ fields }) => fields[historyField] ?? '')).pipe(map((seen) => entries.filter((_, i) => seen[i] === true)));
  }
}

/** Pages one after another until there are enough entries, or no more. */
const pages = (from: (cursor: Id) => Observable<Filtered>, start: Id, count: number): Observable<readonly Filtered[]> =>
  defer(() => {
    let seen = 0;
    return from(start).pipe(
      expand((page) => {
        seen += page.visible.length;
        return page.atEnd || seen >= count ? EMPTY : from(page.cursor);
      }),
      reduce((all: readonly Filtered[], page) => [...all, page], []),
    );
  });
