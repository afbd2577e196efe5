/** The entry to blissdata: a database of scans, to read from and to publish to. */
/// <reference lib="esnext.disposable" preserve="true" />
import type * as O from 'fp-ts/lib/Option.js';
import { defer, firstValueFrom, map, switchMap, type Observable } from 'rxjs';
import { builtInKinds } from '../kinds/built-in-kinds.js';
import { SubScans } from '../kinds/scan-sequence/scan-sequence.js';
import { ESRFIdentity, type ESRFIdentityFields, type IdentityFields, type IdentityInput, type IdentityModel, type SearchCriteria } from '../model/identity-model.js';
import type { ScanState } from '../model/scan-state.js';
import type { StreamType } from '../model/stream-type.js';
import type { Database } from '../ports/database.js';
import type { SearchResult } from '../ports/search.js';
import type { Status } from '../ports/status.js';
import { endOfHistory } from '../scan/end-of-history.js';
import { openWriter } from '../scan/open-writer.js';
import { Scan } from '../scan/scan.js';
import { ScanWriter, type ScanInfo } from '../scan/scan-writer.js';
import { decodeScan } from '../scan/snapshot.js';
import type { WritingCore } from '../stream/pending-writes.js';
import type { Stream } from '../stream/stream.js';
import type { Resources } from '../stream/stream-kind.js';
import { StreamOpener } from '../stream/stream-opener.js';
import type { StreamWriter, StreamWriterOptions } from '../stream/stream-writer.js';
import { requireIdentity, requireScanKey, requireTimetag } from './arguments.js';
import type { CloseOptions } from './closing.js';
import { deleteScan, type DeleteOptions } from './delete-scan.js';
import { lastScan, lastTimetag, nextScan, scansSince, type ScanReference } from './history.js';
import { readerReports, type ReaderReport, type ReadersOptions } from './readers.js';
import { scansState } from './scan-states.js';
import { followSearch, searchScans } from './searching.js';
import { storeCore, type StoreCore } from './store-core.js';
import type { StoreOptions } from './store-options.js';

/** The store over any database. What users import is a subclass with the ways to open one, such as `connect` on Node. */
export class DataStore<F extends IdentityFields = ESRFIdentityFields> implements AsyncDisposable {
  private readonly base: StoreCore;
  private readonly core: WritingCore;
  private readonly opener: StreamOpener;

  /** Whether the server answers, over all connections of the store together; replays the present {@link Status}, completes after `closed`. */
  readonly status$: Observable<Status>;

  /** @internal */
  protected constructor(
    database: Database,
    private readonly model: IdentityModel<F>,
    options: Omit<StoreOptions, 'identity' | 'files'> & Resources,
  ) {
    // The user's kinds first: one of the same name replaces the built-in one.
    // Not all options, which may hold a password; `files` may come later.
    const resources: Resources = { images: options.images, get files() { return options.files; } };
    this.opener = new StreamOpener(resources, [...(options.kinds ?? []), ...builtInKinds]);
    this.base = storeCore(database, options);
    this.core = this.base.core;
    this.status$ = this.base.status$;
  }

  /** A store over any database that implements the ports, such as the in-memory one of `blissdata-rx/testing`. */
  static over<F extends IdentityFields>(database: Database, options: StoreOptions<F> & { readonly identity: IdentityModel<F> }): DataStore<F>;
  static over(database: Database, options?: StoreOptions): DataStore;
  static over(database: Database, options: StoreOptions<IdentityFields> = {}): object {
    return new this(database, options.identity ?? ESRFIdentity, options);
  }

  /**
   * Every scan created from the moment of subscription on. Never completes.
   *
   * For scans created by this process, with any of its stores, that is every `createScan` called after the subscription. For
   * scans of other processes the order on the server counts, and the subscription begins when the server answers its first request,
   * which on first use comes after a connection was opened. Before you tell another process to create a scan, read the timetag:
   *
   * @example
   * const timetag = await firstValueFrom(store.lastTimetag());
   * store.scansSince(timetag).subscribe(({ key }) => console.log(key)); // every scan created from here on, by any process
   */
  get scans$(): Observable<ScanReference> {
    return endOfHistory(this.core.database).pipe(switchMap((timetag) => scansSince(this.core, timetag)));
  }

  /**
   * Every scan created after a timetag, existing ones first. Never completes. Deleted scans are left out. The scan history is capped, at
   * about 2048: errors with `HistoryGap` if it has lost scans created after the timetag, even while a slow subscriber catches up.
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

  /** The first existing scan after a timetag, or none. Emits once; errors with `HistoryGap` if the history has lost scans created after the timetag. */
  nextScan(since: string): Observable<O.Option<ScanReference>> {
    return defer(() => nextScan(this.core.database, requireTimetag(since)));
  }

  /** The scan created last, or none; deleted scans do not count. Emits once. */
  lastScan(): Observable<O.Option<ScanReference>> {
    return lastScan(this.core.database);
  }

  /** The timetag of the last creation, `'0-0'` if there was none; `scansSince(timetag)` then misses no scan. Emits once. */
  lastTimetag(): Observable<string> {
    return lastTimetag(this.core.database);
  }

  /**
   * The keys of all scans whose identity matches, oldest first and without deleted ones, and the timetag of that moment, from which
   * `scansSince(timetag)` continues. Any number of scans. Emits once; errors with `UnsupportedQuery` if RediSearch cannot answer.
   *
   * While RediSearch is building its index, for example after a restart, it would leave scans out: the search waits, as the option
   * `retry` says. When the retries are used up, `IndexIncomplete` tells its progress. `NotInitialized` if there is no index.
   *
   * The order is that of the creators' clocks. Scans of one process come in the order of creation, even within a millisecond and when
   * its clock was set back; those of several processes as far as their clocks agree. `scansSince` has the server's own order.
   *
   * @example
   * store.search({ session: 'ihr', name: 'asc*', number: { min: 10 } });
   */
  search(criteria: SearchCriteria<F> = {}): Observable<SearchResult> {
    return searchScans(this.core, this.model, criteria);
  }

  /**
   * The scans that `search` finds, oldest first, then every new one that it would find, as it is created: without a gap, and none
   * twice. Scans deleted in the meantime are left out. Never completes; errors as `search` and `scansSince` do.
   *
   * ```
   * created:                      -a1--b1--a2-----b2--a3--
   * subscribed:                   -----------^------------
   * followSearch({ name: 'a*' }): -----------(a1a2)---a3--
   * ```
   *
   * The `timetag` of a new scan is that of its creation. The index does not hold the timetags of existing ones: they all have that of the
   * search, so that `scansSince(timetag)` continues after them.
   *
   * @example
   * store.followSearch({ session: 'ihr', name: 'asc*' }).pipe(mergeMap(({ key }) => store.loadScan(key)));
   */
  followSearch(criteria: SearchCriteria<F> = {}): Observable<ScanReference> {
    return followSearch(this.core, this.model, criteria);
  }

  /**
   * The present states of many scans by key, in one round trip; missing and deleted scans are left out. Emits once;
   * errors with `ScanValidation` if a state cannot be decoded, with `InvalidArgument` for a key that is not a scan's.
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

  /** The scan at a key. Emits once; errors with `ScanNotFound` if it is missing or deleted, with `ScanValidation` if its JSON is not a scan. */
  loadScan(key: string): Observable<Scan<F>> {
    return defer(() => {
      requireScanKey(this.model, key);
      return this.core.database.scan(key);
    }).pipe(map((record) => new Scan(this.core, this.model, key, decodeScan(this.model, key, record), this.opener)));
  }

  /**
   * The scans that a stream of kind `scan_sequence` refers to, loaded.
   *
   * @example
   * store.subScans(stream).scans$.pipe(mergeMap(({ scan }) => scan.state$)).subscribe(console.log);
   */
  subScans(stream: Stream): SubScans<Scan<F>> {
    return new SubScans(stream, (key) => this.loadScan(key));
  }

  /**
   * Creates a scan in the state CREATED and announces it. Rejects with `InvalidArgument` for an identity that does not fit the model or
   * for metadata that JSON cannot represent, with `MetadataTooLarge` beyond 1 MiB.
   */
  async createScan(identity: IdentityInput<F>, info: ScanInfo = {}): Promise<ScanWriter<F>> {
    return ScanWriter.create(this.core, this.model.prefix, requireIdentity(this.model, identity), info);
  }

  /**
   * Deletes a CLOSED scan: it is deleted for all clients at once, and its keys and those of its streams expire after 10 s. A scan in
   * another state is left alone, and the call rejects with `ScanNotClosed`; with `force` it is closed first: its streams are sealed and
   * its info gets the `end_reason` "DELETION", in the same transaction. Deleting a missing scan is not an error.
   *
   * Readers still see all points, the end of their streams, and CLOSED in `scan.state$`.
   *
   * @example
   * await store.deleteScan(key, { force: true });
   */
  async deleteScan(key: string, options: DeleteOptions = {}): Promise<void> {
    requireScanKey(this.model, key);
    await deleteScan(this.core.database, key, options);
  }

  /**
   * A writer for an existing stream of a prepared scan, so that several processes can publish one scan, each its own streams. It continues
   * where the stream ends, and fences off the writer before it (`WriteConflict`). The process that created the scan calls `waitSealed()`
   * for the streams of the others before it stops the scan, which seals all open streams.
   *
   * With a `type` the points have that TypeScript type. Rejects with `ScanNotFound`, `ScanValidation`, `StreamNotFound` (also before
   * `prepare`), `DtypeMismatch`, `StreamSealed`, `UnknownEncoding`, `UnsupportedDtype`, `IndexNoMoreThere` if the last entry was trimmed.
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
   * The progress of all readers of this store: position, lag, bytes held and under way, requests, points lost and skipped. Emits
   * at once and then once per period (1 s by default), for which the streams' lengths are requested. Never completes;
   * errors with `InvalidArgument` for an invalid period.
   *
   * @example
   * store.readers().subscribe((readers) => console.table(readers));
   */
  readers(options: ReadersOptions = {}): Observable<readonly ReaderReport[]> {
    return defer(() => readerReports(this.core, options));
  }

  /**
   * Flushes all writers, then disconnects: `status$` completes, everything else that is live errors with `StoreClosed`. Waits for a server
   * that is away, but no longer than `within`. Rejects, after closing, if points could not be written, unless that was reported
   * already (by a rejection, an error of `send`, `acknowledged$` or `status$`) or their scan has ended.
   */
  close(options: CloseOptions = {}): Promise<void> {
    return this.base.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
