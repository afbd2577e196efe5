/** The scans that a memory tracker tracks: from their discovery until they expire or are deleted. */
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

/** Limits per request, so that other clients of the server need not wait long. */
const historyPerRequest = 200;
const keysPerRequest = 250;
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

  /** Finds scans: all existing ones by one search, later ones by the history. */
  discover(): Observable<TrackerEvent> {
    return concat(
      defer(() => (this.searched ? EMPTY : this.search())),
      defer(() => this.readHistory()),
    );
  }

  /** Updates the state of each scan, and drops deleted ones. */
  refresh(): Observable<TrackerEvent> {
    return concat(
      defer(() => inParts([...this.scans.keys()], (keys) => this.dropDeleted(keys))),
      defer(() => from([...this.scans.values()])).pipe(mergeMap((scan) => this.guarded(scan.key, scan.update(this.database).pipe(ignoreElements())), scansAtOnce)),
    );
  }

  /** The last id of every stream that exists. Emits once. */
  positions(now: number): Observable<Readonly<Record<Key, Id>>> {
    return defer(() => {
      const owners = new Map([...this.scans.values()].flatMap((scan) => scan.streamKeys.map((key) => [key, scan] as const)));
      const heads$ = inParts([...owners.keys()], (keys) => this.database.heads(keys.map((key) => ({ key }))).pipe(concatMap((heads) => from(heads))));
      return heads$.pipe(reduce((ids: (readonly [Key, Id])[], head: Head) => {
        if (!head.exists) return ids;
        owners.get(head.key)?.noteHead(head, now);
        ids.push([head.key, head.lastId]);
        return ids;
      }, []));
    }).pipe(map((ids) => Object.fromEntries(ids)));
  }

  /** Gives closed scans their time to live, and deletes open ones that were inactive for too long. */
  retire(now: number): Observable<TrackerEvent> {
    return defer(() => from([...this.scans.values()])).pipe(
      concatMap((scan) => {
        if (scan.state === ScanState.CLOSED) return this.guarded(scan.key, this.letExpire(scan));
        const inactiveFor = now - scan.lastActivity;
        return inactiveFor >= this.settings.inactiveScanDeletion ? this.guarded(scan.key, this.delete(scan, inactiveFor)) : EMPTY;
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
      // A server that is out of memory or still builds its index refuses to search. Meanwhile the history gives the newest scans.
      catchError((error: unknown) => (isOutOfMemory(error) || isServerError(error) || isIndexIncomplete(error) ? of<TrackerEvent>({ _tag: 'problem', error }) : throwError(() => error))),
    );
  }

  private readHistory(): Observable<TrackerEvent> {
    return this.database.log(historyKey, this.since, historyPerRequest).pipe(
      switchMap((entries) =>
        concat(
          this.loadAll(entries.flatMap(scanOf)),
          defer(() => {
            this.since = entries.at(-1)?.id ?? this.since;
            return entries.length < historyPerRequest ? EMPTY : this.readHistory();
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

  private dropDeleted(keys: readonly Key[]): Observable<TrackerEvent> {
    return this.database.scansExist(keys).pipe(concatMap((exist) => from(keys.filter((_, i) => exist[i] !== true)).pipe(mergeMap((key) => this.drop(key)))));
  }

  private drop(key: Key): Observable<TrackerEvent> {
    return this.scans.delete(key) ? of<TrackerEvent>({ _tag: 'scanVanished', key }) : EMPTY;
  }

  private letExpire(scan: TrackedScan): Observable<TrackerEvent> {
    const { key } = scan;
    const timeToLive = this.settings.closedScanDeletion;
    return this.housekeeping.expireSooner(scan.keys, timeToLive).pipe(
      map((): TrackerEvent => ({ _tag: 'scanExpires', key, timeToLive })),
      tap(() => this.scans.delete(key)),
    );
  }

  private delete(scan: TrackedScan, inactiveFor: number): Observable<TrackerEvent> {
    const { key } = scan;
    // Its publisher died without closing it: it is sealed and closed first, so that its readers complete.
    return this.database.deleteScan({ key, force: true }).pipe(
      map((): TrackerEvent => ({ _tag: 'scanDeleted', key, inactiveFor })),
      tap(() => this.scans.delete(key)),
    );
  }

  /** A failure with one scan must not stop work on the others. */
  private guarded(key: Key, work$: Observable<TrackerEvent>): Observable<TrackerEvent> {
    return work$.pipe(
      catchError((error: unknown) => {
        if (isScanNotFound(error)) return this.drop(key);
        return isScanValidation(error) || isOutOfMemory(error) ? of<TrackerEvent>({ _tag: 'problem', error, key }) : throwError(() => error);
      }),
    );
  }
}

const scanOf = ({ fields }: LogEntry): readonly Key[] => {
  const key = fields[historyField];
  return key === undefined ? [] : [key];
};

/** Makes one request after another for all the keys. */
const inParts = <A>(keys: readonly Key[], request: (keys: readonly Key[]) => Observable<A>): Observable<A> =>
  from(Array.from({ length: Math.ceil(keys.length / keysPerRequest) }, (_, i) => keys.slice(i * keysPerRequest, (i + 1) * keysPerRequest))).pipe(concatMap(request));
