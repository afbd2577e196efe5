/** The database port over a gateway: every method is a request over its socket. */
import { defer, EMPTY, map, of, type Observable } from 'rxjs';
import type { Database } from '../../ports/database.js';
import type { ArrayFiles } from '../../ports/files.js';
import type { Key } from '../../ports/keys.js';
import type { AppendResult, AppendWindow, Block, EntriesAt, Head, IndexRange, ReadRequest, RequestSizes, SealResult, Sealing, StreamRef } from '../../ports/streams.js';
import type { HistoryPage, LogEntry } from '../../ports/logs.js';
import type { Commit, CommitResult, Deletion, DeletionResult, ScanRecord } from '../../ports/scans.js';
import type { Search, SearchResult } from '../../ports/search.js';
import { encodeAppendMessage } from '../protocol/append-message.js';
import * as answers from './answers.js';
import { answersTo, decoded, listed, valueOf } from './calls.js';
import { GatewayClient, type GatewayOptions } from './gateway-client.js';
import { gatewayFiles } from './gateway-files.js';
import { gatewayUrl } from './gateway-url.js';
import { entriesAtOver, rangeOver, readOver, refOf } from './reading-calls.js';

/** At most this many bytes of a message with a window are not payloads: a window has at most 2000 entries. */
const mostOverhead = 100_000;

/**
 * A database behind a gateway. Connects on first use, and again with the first request after a loss, which is an invalidation of everything; it
 * repeats nothing by itself. An invalid URL is the error of every request.
 *
 * @example
 * const database = gatewayDatabase('wss://host:8765', { openSocket, token: () => readToken() });
 * const store = DataStore.over(database);
 */
export const gatewayDatabase = (url: string, options: GatewayOptions): GatewayDatabase => new GatewayDatabase(new GatewayClient(gatewayUrl(url), options));

export class GatewayDatabase implements Database {
  readonly url: string;
  readonly status$: Database['status$'];
  readonly invalidations$: Database['invalidations$'];

  constructor(private readonly client: GatewayClient) {
    this.url = client.url;
    this.status$ = client.status$;
    this.invalidations$ = client.invalidations$;
  }

  /** Files as the gateway reads them, once it has said that it does. */
  get files(): ArrayFiles | undefined {
    return this.client.features.includes('files') ? gatewayFiles(this.client) : undefined;
  }

  protocolVersion(): Observable<string | null> {
    return valueOf(this.client, answers.text, 'protocolVersion', []);
  }

  read(requests: readonly ReadRequest[]): Observable<readonly Block[]> {
    return readOver(this.client, requests);
  }

  range(stream: StreamRef, range: IndexRange): Observable<Block> {
    return rangeOver(this.client, stream, range);
  }

  entriesAt(stream: StreamRef, indices: readonly number[]): Observable<EntriesAt> {
    return entriesAtOver(this.client, stream, indices);
  }

  heads(streams: readonly StreamRef[]): Observable<readonly Head[]> {
    return this.listed(answers.heads, 'heads', streams.map(refOf));
  }

  log(key: Key, after: string, count: number, scan?: Key): Observable<readonly LogEntry[]> {
    return valueOf(this.client, answers.logEntries, 'log', [key, after, count, scan]);
  }

  history(after: string, count: number): Observable<HistoryPage> {
    return valueOf(this.client, answers.historyPage, 'history', [after, count]);
  }

  logTail(key: Key, options: { readonly max?: string; readonly count: number }): Observable<readonly LogEntry[]> {
    return valueOf(this.client, answers.logEntries, 'logTail', [key, options]);
  }

  text(key: Key, scan?: Key): Observable<string | null> {
    return valueOf(this.client, answers.text, 'text', [key, scan]);
  }

  scan(key: Key, stateKey?: Key): Observable<ScanRecord | null> {
    return valueOf(this.client, answers.scanRecord, 'scan', [key, stateKey]);
  }

  remains(key: Key, stateKey: Key): Observable<ScanRecord | null> {
    return valueOf(this.client, answers.scanRecord, 'remains', [key, stateKey]);
  }

  scansExist(keys: readonly Key[]): Observable<readonly boolean[]> {
    return this.listed(answers.flags, 'scansExist', keys);
  }

  identities(keys: readonly Key[]): Observable<readonly (string | null)[]> {
    return this.listed(answers.texts, 'identities', keys);
  }

  states(keys: readonly Key[]): Observable<readonly (Pick<ScanRecord, 'state'> | null)[]> {
    return this.listed(answers.states, 'states', keys);
  }

  search(search: Search): Observable<SearchResult> {
    return valueOf(this.client, answers.searchResult, 'search', [search]);
  }

  readonly sizes = (): RequestSizes => {
    const { message } = this.client.limits;
    const most = Math.max(message - mostOverhead, message / 4);
    return { payload: most, window: most };
  };

  append(windows: readonly AppendWindow[]): Observable<readonly AppendResult[]> {
    const [first] = windows;
    if (first === undefined) return of([]);
    return answersTo(this.client, (id) => encodeAppendMessage(id, windows), first.key).pipe(map((answer) => decoded(answers.appendResults, 'append', answer)));
  }

  seal({ key, scan, length }: Sealing): Observable<SealResult> {
    return valueOf(this.client, answers.sealResult, 'seal', [{ key, scan, length }], key);
  }

  commit(commit: Commit): Observable<CommitResult> {
    return valueOf(this.client, answers.commitResult, 'commit', [commit], commit.key);
  }

  deleteScan(deletion: Deletion): Observable<DeletionResult> {
    return valueOf(this.client, answers.deletionResult, 'deleteScan', [deletion], deletion.key);
  }

  unwatch(keys: readonly Key[]): void {
    this.client.unwatch(keys);
  }

  /** Messages are the garbage collector's. */
  recycle(): void {
    return undefined;
  }

  close(): Observable<never> {
    return defer(() => {
      this.client.close();
      return EMPTY;
    });
  }

  private listed<A, B>(codec: Parameters<typeof valueOf<readonly B[]>>[1], call: string, items: readonly A[]): Observable<readonly B[]> {
    return listed(this.client, items, (some) => valueOf(this.client, codec, call, [some]));
  }
}
