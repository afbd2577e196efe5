/** The scans that a memory tracker looks after: found, looked at again, and let go once nothing is left to do for them. */
import { catchError, concat, concatMap, defer, EMPTY, from, ignoreElements, map, mergeMap, of, reduce, switchMap, tap, throwError, type Observable } from 'rxjs';
import { isIndexIncomplete, isOutOfMemory, isScanNotFound, isScanValidation, isServerError } from '../model/errors.js';
import type { IdentityModel } from '../model/identity-model.js';
import { ScanState } from '../model/scan-state.js';
import type { Database } from '../ports/database.js';
import type { Id, Key } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import type { Head } from '../ports/streams.js';
import type { Housekeeping } from '../ports/housekeeping.js';
import { decodeScan } from '../scan/snapshot.js';
import { historyField, historyKey } from '../wire/protocol.js';
import { originId } from '../wire/stream-id.js';
import { TrackedScan } from './tracked-scan.js';
import type { TrackerEvent } from './tracker-event.js';
import type { TrackerSettings } from './tracker-options.js';

/** How much is asked for at a time, so that the server has time for others. */
const historyPerLook = 200;
const keysPerLook = 250;
const scansAtOnce = 16;

export class ScanRegister {
  private readonly scans = new Map<Key, TrackedScan>();
  private searched = false;
  private since: Id = originId;

  constructor(
    private readonly database: Database,
    private readonly housekeeping: Housekeeping,
    private readonly model: IdentityModel,
    private readonly settings: TrackerSettings,
  ) {}

  get size(): number {
    return this.scans.size;
  }

  /** Finds the scans there are, by searching once and by the history from then on. */
  discover(): Observable<TrackerEvent> {
    return concat(
      defer(() => (this.searched ? EMPTY : this.search())),
      defer(() => this.readHistory()),
    );
  }

  /** Looks how far each scan is, and forgets those that are gone. */
  refresh(): Observable<TrackerEvent> {
    return concat(
      defer(() => inParts([...this.scans.keys()], (keys) => this.forgetGone(keys))),
      defer(() => from([...this.scans.values()])).pipe(mergeMap((scan) => this.guarded(scan.key, scan.update(this.database).pipe(ignoreElements())), scansAtOnce)),
    );
  }

  /** Where all streams of the scans stand that have been written to: each one's last id. Emits once. */
  positions(now: number): Observable<Readonly<Record<Key, Id>>> {
    return defer(() => {
      const owners = new Map([...this.scans.values()].flatMap((scan) => scan.streamKeys.map((key) => [key, scan] as const)));
      const heads$ = inParts([...owners.keys()], (keys) => this.database.heads(keys.map((key) => ({ key }))).pipe(concatMap((heads) => from(heads))));
      return heads$.pipe(reduce((there: (readonly [Key, Id])[], head: Head) => {
        if (!head.exists) return there;
        owners.get(head.key)?.saw(head, now);
        there.push([head.key, head.lastId]);
        return there;
      }, []));
    }).pipe(map((ids) => Object.fromEntries(ids)));
  }

  /** Gives closed scans their time to live, and deletes those of which nothing was heard for too long. */
  retire(now: number): Observable<TrackerEvent> {
    return defer(() => from([...this.scans.values()])).pipe(
      concatMap((scan) => {
        if (scan.state === ScanState.CLOSED) return this.guarded(scan.key, this.letExpire(scan));
        const inactiveSeconds = (now - scan.lastActivity) / 1000;
        return inactiveSeconds >= this.settings.inactiveScanDeletion ? this.guarded(scan.key, this.delete(scan, inactiveSeconds)) : EMPTY;
      }),
    );
  }

  private search(): Observable<TrackerEvent> {
    return this.database.search({ prefix: this.model.prefix, criteria: [] }).pipe(
      switchMap(({ timetag, keys }) =>
        concat(
          this.loadAll(keys),
          defer(() => {
            this.searched = true;
            this.since = timetag;
            return EMPTY;
          }),
        ),
      ),
      // A server refuses to search while it is out of memory, or builds its index. The history tells of the newest scans meanwhile.
      catchError((error: unknown) => (isOutOfMemory(error) || isServerError(error) || isIndexIncomplete(error) ? of<TrackerEvent>({ _tag: 'problem', error }) : throwError(() => error))),
    );
  }

  private readHistory(): Observable<TrackerEvent> {
    return this.database.log(historyKey, this.since, historyPerLook).pipe(
      switchMap((entries) =>
        concat(
          this.loadAll(entries.flatMap(scanOf)),
          defer(() => {
            this.since = entries.at(-1)?.id ?? this.since;
            return entries.length < historyPerLook ? EMPTY : this.readHistory();
          }),
        ),
      ),
    );
  }

  private loadAll(keys: readonly Key[]): Observable<TrackerEvent> {
    return from(keys.filter((key) => !this.scans.has(key))).pipe(mergeMap((key) => this.guarded(key, this.load(key)), scansAtOnce));
  }

  private load(key: Key): Observable<TrackerEvent> {
    return this.database.scan(key).pipe(
      map((record) => {
        this.scans.set(key, new TrackedScan(this.model, key, decodeScan(this.model, key, record)));
        return { _tag: 'scanFound' as const, key };
      }),
    );
  }

  private forgetGone(keys: readonly Key[]): Observable<TrackerEvent> {
    return this.database.scansExist(keys).pipe(concatMap((exist) => from(keys.filter((_, i) => exist[i] !== true)).pipe(mergeMap((key) => this.forget(key)))));
  }

  private forget(key: Key): Observable<TrackerEvent> {
    return this.scans.delete(key) ? of<TrackerEvent>({ _tag: 'scanVanished', key }) : EMPTY;
  }

  private letExpire(scan: TrackedScan): Observable<TrackerEvent> {
    const { key } = scan;
    const seconds = this.settings.closedScanDeletion;
    return this.housekeeping.expireSooner(scan.keys, seconds).pipe(
      map((): TrackerEvent => ({ _tag: 'scanExpires', key, seconds })),
      tap(() => this.scans.delete(key)),
    );
  }

  private delete(scan: TrackedScan, inactiveSeconds: number): Observable<TrackerEvent> {
    const { key } = scan;
    // Its publisher has gone without closing it: it is sealed and closed first, so that whoever follows it comes to an end.
    return this.database.deleteScan({ key, force: true }).pipe(
      map((): TrackerEvent => ({ _tag: 'scanDeleted', key, inactiveSeconds })),
      tap(() => this.scans.delete(key)),
    );
  }

  /** What goes wrong with one scan must not keep the others from being looked after. */
  private guarded(key: Key, work$: Observable<TrackerEvent>): Observable<TrackerEvent> {
    return work$.pipe(
      catchError((error: unknown) => {
        if (isScanNotFound(error)) return this.forget(key);
        return isScanValidation(error) || isOutOfMemory(error) ? of<TrackerEvent>({ _tag: 'problem', error, key }) : throwError(() => error);
      }),
    );
  }
}

const scanOf = ({ fields }: LogEntry): readonly Key[] => {
  const key = fields[historyField];
  return key === undefined ? [] : [key];
};

/** Asks for the keys in parts, one after another. */
const inParts = <A>(keys: readonly Key[], ask: (keys: readonly Key[]) => Observable<A>): Observable<A> =>
  from(Array.from({ length: Math.ceil(keys.length / keysPerLook) }, (_, i) => keys.slice(i * keysPerLook, (i + 1) * keysPerLook))).pipe(concatMap(ask));
