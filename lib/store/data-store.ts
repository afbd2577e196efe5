/** The entry to blissdata: a database of scans, to read from and to publish to. */
import * as E from 'fp-ts/lib/Either.js';
import type * as O from 'fp-ts/lib/Option.js';
import { defer, firstValueFrom, map, ReplaySubject, switchMap, takeUntil, type Observable } from 'rxjs';
import { builtInKinds } from '../kinds/built-in-kinds.js';
import { SubScans } from '../kinds/scan-sequence/scan-sequence.js';
import { blissdataError } from '../model/errors.js';
import { ESRFIdentity, type ESRFIdentityFields, type IdentityFields, type IdentityInput, type IdentityModel, type SearchCriteria } from '../model/identity-model.js';
import type { ScanState } from '../model/scan-state.js';
import type { StreamType } from '../model/stream-type.js';
import type { Core } from '../reading/core.js';
import type { Database } from '../ports/database.js';
import type { SearchResult } from '../ports/search.js';
import type { Status } from '../ports/status.js';
import { decodeScan } from '../scan/snapshot.js';
import { Scan } from '../scan/scan.js';
import { ScanWriter, type ScanInfo } from '../scan/scan-writer.js';
import type { Stream } from '../stream/stream.js';
import { StreamOpener } from '../stream/stream-opener.js';
import { openWriter } from '../scan/open-writer.js';
import type { StreamWriter, StreamWriterOptions } from '../stream/stream-writer.js';
import { identityCodec } from '../wire/identity-codec.js';
import { problemsOf } from '../wire/problems.js';
import { requiredFields, requireScanKey, requireTimetag } from './arguments.js';
import { flushWithin, type CloseOptions } from './closing.js';
import { deleteScan, type DeleteOptions } from './delete-scan.js';
import type { StoreOptions } from './store-options.js';
import { readerReports, type ReaderReport, type ReadersOptions } from './readers.js';
import { endOfHistory } from '../scan/from-now.js';
import { lastScan, lastTimetag, nextScan, scansSince, type ScanReference } from './history.js';
import { scansState } from './scan-states.js';
import { followSearch, searchScans } from './searching.js';
import { storeCore } from './store-core.js';

/**
 * A blissdata database. Reading makes cold Observables: nothing happens before they are subscribed to. What has an effect
 * (`createScan`, and all of a writer's methods) happens when it is called, and gives a Promise.
 *
 * @example
 * const store = DataStore.connect('redis://localhost:6379');
 * store.scans$.pipe(mergeMap(({ key }) => store.loadScan(key))).subscribe((scan) => console.log(scan.identity.name));
 */
export class DataStore<F extends IdentityFields = ESRFIdentityFields> implements AsyncDisposable {
  private readonly core: Core;
  private readonly opener: StreamOpener;
  private readonly closed = new ReplaySubject<never>(1);
  /** How asking the server goes, over all connections of the store together, from the present state on; completes after `closed`. What each means stands at {@link Status}. */
  readonly status$: Observable<Status>;

  private readonly release: () => void;

  /** @internal */
  protected constructor(
    private readonly rawDatabase: Database,
    private readonly model: IdentityModel<F>,
    { files, images, kinds = [], ...options }: Omit<StoreOptions, 'identity'>,
  ) {
    // The user's own come first: a kind of the same name takes the place of the built-in one.
    this.opener = new StreamOpener({ files, images }, [...kinds, ...builtInKinds]);
    const { core, status$, release } = storeCore(rawDatabase, options, (source$) => source$.pipe(takeUntil(this.closed)));
    this.core = core;
    this.status$ = status$;
    this.release = release;
  }

  /** A store over any database that has the ports, such as the in-memory one of `blissdata-rx/testing`. */
  static over<F extends IdentityFields>(database: Database, options: StoreOptions<F> & { readonly identity: IdentityModel<F> }): DataStore<F>;
  static over(database: Database, options?: StoreOptions): DataStore;
  static over(database: Database, options: StoreOptions<IdentityFields> = {}): object {
    return new DataStore(database, options.identity ?? ESRFIdentity, options);
  }

  /**
   * Every scan created from the moment of subscription on. Never completes.
   *
   * Of the scans that this process creates, with whichever of its stores, these are all whose `createScan` was called after the
   * subscription. Of those that other processes create it is the server's order that counts: the subscription begins when its first
   * answer comes, which on first use is after a connection was opened. Where another process is about to be told to create a scan, ask for
   * the timetag first:
   *
   * @example
   * const timetag = await firstValueFrom(store.lastTimetag());
   * store.scansSince(timetag).subscribe(({ key }) => console.log(key)); // whatever is created from here on, by anybody
   */
  get scans$(): Observable<ScanReference> {
    return endOfHistory(this.core.database).pipe(switchMap((timetag) => scansSince(this.core, timetag)));
  }

  /**
   * Every scan created after a timetag, those that exist already first. Never completes; deleted scans are left out. The history of
   * scans is capped, at about 2048: `HistoryGap` if it has lost some created after the timetag, also while a slow subscriber catches up.
   *
   * ```
   * created:          -a--b------c--
   * subscribed:       -------^------
   * scansSince(0-0):  -------(ab)c--
   * scansSince(a):    -------b---c--
   * ```
   *
   * @param timetag of a scan, of `lastTimetag()` or of a search, or a `HistoryGap`'s `completeAfter`; `'0-0'` for the beginning
   */
  scansSince(timetag: string): Observable<ScanReference> {
    return defer(() => scansSince(this.core, requireTimetag(timetag)));
  }

  /** The first scan after a timetag that is there already, or none. Emits once; `HistoryGap` if the history has lost scans created after the timetag. */
  nextScan(since: string): Observable<O.Option<ScanReference>> {
    return defer(() => nextScan(this.core.database, requireTimetag(since)));
  }

  /** The scan created last, or none; a deleted one gives way to the one before. Emits once. */
  lastScan(): Observable<O.Option<ScanReference>> {
    return lastScan(this.core.database);
  }

  /** The timetag of the last creation, `'0-0'` if there was none: subscribe to `scansSince` it and no scan can be missed. Emits once. */
  lastTimetag(): Observable<string> {
    return lastTimetag(this.core.database);
  }

  /**
   * The keys of all scans whose identity matches and that are not deleted, oldest first, and the timetag of that very moment:
   * `scansSince(timetag)` goes on from there. Any number of scans. Emits once; `UnsupportedQuery` for what RediSearch cannot answer.
   *
   * While RediSearch builds its index, after a restart for example, it is waited for: it would leave scans out. The option `retry` says how
   * often it is asked again; where that comes to an end, `IndexIncomplete` says how far it is. `NotInitialized` where there is no index.
   *
   * The order is that of the clocks of those who created the scans: those of one process come as they were created, also within a
   * millisecond and where its clock was set back; those of several publishers as far as their clocks agree. `scansSince` has the server's own order.
   *
   * @example
   * store.search({ session: 'ihr', name: 'asc*', number: { min: 10 } });
   */
  search(criteria: SearchCriteria<F> = {}): Observable<SearchResult> {
    return searchScans(this.core, this.model, criteria);
  }

  /**
   * The scans that `search` finds, oldest first, then every new one that it would find, as it is created: without a gap, and none
   * twice. Scans that are deleted by the time they are looked at are left out. Never completes; errors as `search` and `scansSince` do.
   *
   * ```
   * created:                 -a1--b1--a2-----b2--a3--
   * subscribed:              -----------^------------
   * search$({ name: 'a*' }): -----------(a1a2)---a3--
   * ```
   *
   * The `timetag` of a new scan is that of its creation. The index does not know those of the others: they all have that of the search,
   * so that `scansSince(timetag)` goes on after them.
   *
   * @example
   * store.search$({ session: 'ihr', name: 'asc*' }).pipe(mergeMap(({ key }) => store.loadScan(key)));
   */
  // eslint-disable-next-line local/finnish -- beside `search`, which answers once, the `$` says that this one goes on
  search$(criteria: SearchCriteria<F> = {}): Observable<ScanReference> {
    return followSearch(this.core, this.model, criteria);
  }

  /**
   * The present states of many scans in one round trip, by key; a scan that is missing or deleted is not in the map. Emits once;
   * `ScanValidation` for one whose state cannot be read, `InvalidArgument` for a key that is not a scan's.
   *
   * @example
   * store.search().pipe(switchMap(({ keys }) => store.scansState(keys)));
   */
  scansState(keys: readonly string[]): Observable<ReadonlyMap<string, ScanState>> {
    return defer(() => {
      for (const key of keys) requireScanKey(this.model, key);
      return scansState(this.core.database, keys);
    });
  }

  /** The scan at a key. Emits once; `ScanNotFound` if it is missing or deleted, `ScanValidation` if its JSON is not a scan. */
  loadScan(key: string): Observable<Scan<F>> {
    return defer(() => {
      requireScanKey(this.model, key);
      return this.core.database.scan(key);
    }).pipe(map((record) => new Scan(this.core, this.model, key, decodeScan(this.model, key, record), this.opener)));
  }

  /**
   * The scans that the points of a stream are (`scan_sequence`), loaded.
   *
   * @example
   * store.subScans(stream).scans$.pipe(mergeMap(({ scan }) => scan.state$)).subscribe(console.log);
   */
  subScans(stream: Stream): SubScans<Scan<F>> {
    return new SubScans(stream, (key) => this.loadScan(key));
  }

  /**
   * Creates a scan in the state CREATED and announces it. `InvalidArgument` for an identity that does not fit the model or
   * metadata that JSON cannot say, `MetadataTooLarge` beyond 1 MiB.
   */
  async createScan(identity: IdentityInput<F>, info: ScanInfo = {}): Promise<ScanWriter<F>> {
    const decoded = identityCodec(this.model).decode(identity);
    if (E.isLeft(decoded)) {
      throw blissdataError('InvalidArgument', { argument: 'identity', expected: requiredFields(this.model), received: problemsOf(decoded.left).join('; ') });
    }
    return ScanWriter.create(this.core, this.model.prefix, decoded.right, info);
  }

  /**
   * Deletes a CLOSED scan: it is gone for everybody at once, and its keys, those of its streams included, expire after 10 s. Rejects
   * with `ScanNotClosed` if it is in another state, having changed nothing; with `force` it is closed first: its streams are sealed
   * and its info gets the `end_reason` "DELETION", all at the same moment. That there is no such scan is no error.
   *
   * Readers see all points and the end of their streams; `scan.state$` CLOSED.
   *
   * @example
   * await store.deleteScan(key, { force: true });
   */
  async deleteScan(key: string, options: DeleteOptions = {}): Promise<void> {
    requireScanKey(this.model, key);
    await deleteScan(this.core.database, key, options);
  }

  /**
   * A writer for a stream of a scan that is prepared: several processes publish one scan, each its own streams. It goes on where the stream
   * ends at present, and fences off whoever wrote before (`WriteConflict`). The process that created the scan waits for the others,
   * `waitSealed()`, before it stops the scan, which seals what is still open.
   *
   * With a `type` the points have that TypeScript type. Rejects with `ScanNotFound`, `ScanValidation`, `StreamNotFound` (also before
   * `prepare`), `DtypeMismatch`, `StreamSealed`, `UnknownEncoding`, `UnsupportedDtype`, `IndexNoMoreThere` where the last entry was
   * trimmed off.
   *
   * @example
   * const diode = await store.streamWriter(scanKey, 'diode', 'float64');
   * diode.send(0.5);
   * await diode.seal();
   */
  streamWriter(scanKey: string, name: string, type?: undefined, options?: StreamWriterOptions): Promise<StreamWriter>;
  streamWriter<T extends StreamType>(scanKey: string, name: string, type: T, options?: StreamWriterOptions): Promise<StreamWriter<T>>;
  async streamWriter(scanKey: string, name: string, type?: StreamType, options: StreamWriterOptions = {}): Promise<StreamWriter> {
    requireScanKey(this.model, scanKey);
    return firstValueFrom(openWriter(this.core, this.model, { scanKey, name, type }, options));
  }

  /**
   * How everybody who reads from this store is getting on: position, lag, what is held ahead and under way, requests, points lost and
   * passed over. Emits at once and then once per period (1 s by default), for which the server is asked for the lengths of the streams;
   * completes never. `InvalidArgument` for a period that is none.
   *
   * @example
   * store.readers().subscribe((readers) => console.table(readers));
   */
  readers(options: ReadersOptions = {}): Observable<readonly ReaderReport[]> {
    return defer(() => readerReports(this.core, options));
  }

  /**
   * Flushes what writers still hold, then disconnects: `status$` completes, whatever else is live errors with `StoreClosed`.
   * A server that is away is waited for, but no longer than `within`. Rejects, once it is closed, with what kept points from being
   * written, unless whoever sent them was told (by a rejection, an error of `send`, `acknowledged$` or `status$`) or their scan has ended.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const flushed = flushWithin(this.core, options);
    await flushed.inTime;
    this.core.retries.closing();
    this.closed.error(blissdataError('StoreClosed', {}));
    this.core.retries.close();
    await firstValueFrom(this.rawDatabase.close(), { defaultValue: undefined });
    this.release();
    for (const result of await flushed.all) if (result.status === 'rejected') throw result.reason;
    const { failure } = this.core.unwritten;
    if (failure !== undefined) throw failure;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
