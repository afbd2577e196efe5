/** The database port on Redis: five connections that open on first use, and the commands over them. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { asyncScheduler, defer, EMPTY, from, map, Observable, switchMap, tap, throwError, type SchedulerLike } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { Database } from '../ports/database.js';
import type { Invalidation } from '../ports/invalidations.js';
import type { Id, Key } from '../ports/keys.js';
import type { HistoryPage, LogEntry } from '../ports/logs.js';
import type { Commit, CommitResult, Deletion, DeletionResult, ScanRecord } from '../ports/scans.js';
import type { Search, SearchResult } from '../ports/search.js';
import type { Status } from '../ports/status.js';
import type { StreamRef, AppendResult, AppendWindow, Block, EntriesAt, Head, IndexRange, ReadRequest, RequestSizes, SealResult, Sealing } from '../ports/streams.js';
import { historyKey, protocolVersionKey } from '../wire/protocol.js';
import { BlockMemory } from './bulk/block-builder.js';
import type { BulkReader } from './bulk/bulk-reader.js';
import { RequestSplitter } from './bulk/request-splitter.js';
import { readBareEntries } from './commands/bare-entries.js';
import { commitScan } from './commands/commit.js';
import { deleteScan } from './commands/delete-scan.js';
import { readHeads } from './commands/heads.js';
import { readHistory, readLog, readLogTail } from './commands/logs.js';
import { readIdentities, readRemains, readScan, scansExist } from './commands/scans.js';
import { sealStream } from './commands/seal.js';
import { search } from './commands/search.js';
import { readStates } from './commands/states.js';
import type { ConnectionOptions } from './connection/connection-options.js';
import { ConnectionStatus } from './connection/connection-status.js';
import { decodeReply } from './connection/decode-reply.js';
import { anySize, type LargeRequest } from './connection/large-requests.js';
import type { LinkEvents } from './connection/link.js';
import { parseAddress, type RedisAddress } from './connection/redis-address.js';
import { commandError, saysReplica } from './connection/redis-errors.js';
import { plainError } from './connection/secrets.js';
import { Connections } from './connections.js';
import { WindowAppender } from './window-appender.js';
import { checkedOptions, type InvalidationsOptions, type Watch } from './invalidation/invalidations.js';
import { positionOf, positionsOf, type ReadPosition } from './invalidation/watched-keys.js';

export interface RedisDatabaseOptions extends InvalidationsOptions {
  /** The source of timers and the clock; RxJS' asyncScheduler by default. */
  readonly scheduler?: SchedulerLike;
  /** Timeouts, TLS and logins of the connections. */
  readonly connection?: ConnectionOptions;
}

/** A reader whose connection is tracked, as long as the version of the invalidations holds. */
interface WatchedReader {
  readonly reader: BulkReader;
  readonly watch: Watch;
  readonly version: number;
}

/** Connects on first use, which also reports an invalid URL. */
export const redisDatabase = (url: string, options: RedisDatabaseOptions = {}): Database => new RedisDatabase(url, options);

class RedisDatabase implements Database {
  readonly url: string;

  private readonly status = new ConnectionStatus(() => this.url);
  readonly status$: Observable<Status> = this.status.status$;

  private readonly memory = new BlockMemory();
  private readonly appender = new WindowAppender();
  private readonly splitter = new RequestSplitter();
  readonly #connections: E.Either<Error, Connections>;
  #reader: WatchedReader | undefined;
  readonly invalidations$: Observable<Invalidation>;

  constructor(url: string, { scheduler = asyncScheduler, connection, ...invalidations }: RedisDatabaseOptions) {
    const address = parseAddress(url, connection);
    this.url = E.isRight(address) ? address.right.shownUrl : 'an invalid URL';
    this.#connections = pipe(
      address,
      E.chain((at) => pipe(checkedOptions(invalidations), E.map((checked) => this.connect(at, scheduler, checked)))),
    );
    this.invalidations$ = E.isRight(this.#connections) ? this.#connections.right.invalidations.invalidations$ : EMPTY;
  }

  protocolVersion(): Observable<string | null> {
    return this.text(protocolVersionKey);
  }

  read(requests: readonly ReadRequest[]): Observable<readonly Block[]> {
    return this.withConnections(({ reads, invalidations }) => {
      // A read that is unsubscribed before its reply watches nothing.
      const readOver = ({ reader, watch }: WatchedReader): Observable<readonly Block[]> =>
        this.splitter.read(requests, (sent) => reader.read(sent).pipe(tap((blocks) => watch.readTo(positionsOf(sent, blocks)))));
      return defer(() => {
        const reader = this.#reader;
        if (reader?.version === invalidations.version && reader.reader.isOpen) return readOver(reader);
        return from(this.watchedReader(reads, invalidations)).pipe(switchMap(readOver));
      });
    });
  }

  range({ key }: StreamRef, range: IndexRange): Observable<Block> {
    if (range.bare === true) return this.command('EVALSHA_RO entries', (redis) => readBareEntries(redis, key, range));
    return this.withConnections(({ ranges }) => ranges.use((reader) => this.splitter.range(reader, key, range)));
  }

  entriesAt({ key }: StreamRef, indices: readonly number[]): Observable<EntriesAt> {
    return this.withConnections(({ ranges }) => ranges.use((reader) => this.splitter.entriesAt(reader, key, indices)));
  }

  heads(streams: readonly StreamRef[]): Observable<readonly Head[]> {
    return this.command('EVALSHA_RO heads', (redis) => readHeads(redis, streams.map(({ key }) => key)));
  }

  log(key: Key, after: Id, count: number): Observable<readonly LogEntry[]> {
    return this.watchedCommand(
      (redis, tracked) => readLog(redis, key, after, count, tracked),
      (entries) => positionOf(key, after, count, entries),
    );
  }

  history(after: Id, count: number): Observable<HistoryPage> {
    return this.watchedCommand(
      (redis, tracked) => readHistory(redis, after, count, tracked),
      ({ entries }) => positionOf(historyKey, after, count, entries),
    );
  }

  logTail(key: Key, { max = '+', count }: { readonly max?: Id; readonly count: number }): Observable<readonly LogEntry[]> {
    return this.command('XREVRANGE', (redis) => readLogTail(redis, key, max, count));
  }

  text(key: Key): Observable<string | null> {
    return this.command('GET', async (redis) => decodeReply(t.union([t.null, t.string]), 'GET', await redis.get(key)));
  }

  scan(key: Key, stateKey?: Key): Observable<ScanRecord | null> {
    return this.command('JSON.GET', (redis) => readScan(redis, key, stateKey));
  }

  remains(key: Key, stateKey: Key): Observable<ScanRecord | null> {
    return this.command('JSON.GET', (redis) => readRemains(redis, key, stateKey));
  }

  scansExist(keys: readonly Key[]): Observable<readonly boolean[]> {
    return this.command('TTL', (redis) => scansExist(redis, keys));
  }

  identities(keys: readonly Key[]): Observable<readonly (string | null)[]> {
    return this.command('JSON.GET', (redis) => readIdentities(redis, keys));
  }

  states(keys: readonly Key[]): Observable<readonly (Pick<ScanRecord, 'state'> | null)[]> {
    return this.command('EVALSHA states', (redis) => readStates(redis, keys));
  }

  search(criteria: Search): Observable<SearchResult> {
    return this.command('FT.SEARCH', (redis) => search(redis, criteria, this.url));
  }

  readonly sizes = (): RequestSizes => (E.isRight(this.#connections) ? this.#connections.right.large.sizes : anySize);

  readonly payloadMemory = this.appender.payloads.take;

  append(windows: readonly AppendWindow[]): Observable<readonly AppendResult[]> {
    return this.appender.append(windows, (what, run, transact) => this.writeLarge('EVALSHA append', what, run, transact));
  }

  seal(sealing: Sealing): Observable<SealResult> {
    return this.write('EVALSHA seal', sealing.key, (redis) => sealStream(redis, sealing));
  }

  commit(commit: Commit): Observable<CommitResult> {
    return this.withConnections(() => {
      const size = Buffer.byteLength(commit.json);
      return this.writeLarge('EVALSHA commit', { request: commit, key: commit.key, size, largest: size }, (redis) => commitScan(redis, commit));
    });
  }

  deleteScan(deletion: Deletion): Observable<DeletionResult> {
    return this.write('EVALSHA delete', deletion.key, (redis) => deleteScan(redis, deletion));
  }

  unwatch(keys: readonly Key[]): void {
    if (E.isRight(this.#connections)) this.#connections.right.invalidations.unwatch(keys);
  }

  recycle({ bytes }: Block): void {
    this.memory.give(bytes);
  }

  close(): Observable<never> {
    return defer(() => {
      this.#reader = undefined;
      this.appender.payloads.clear();
      if (E.isRight(this.#connections)) this.#connections.right.close();
      this.status.close();
      return EMPTY;
    });
  }

  private connect(address: RedisAddress, scheduler: SchedulerLike, options: InvalidationsOptions): Connections {
    const events: LinkEvents = {
      opening: () => this.status.opening(),
      opened: () => this.status.answered(),
      // The requests in flight report it.
      lost: () => undefined,
      failed: (reason) => this.status.failed(reason),
    };
    return new Connections(address, events, { scheduler, memory: this.memory, invalidations: options });
  }

  private async watchedReader(reads: Connections['reads'], invalidations: Connections['invalidations']): Promise<WatchedReader> {
    const { version } = invalidations;
    const reader = await reads.open();
    const watched = { reader, watch: await invalidations.watch(reader, 'every read'), version };
    // From now on further reads need no check.
    if (watched.watch.tracked) this.#reader = watched;
    return watched;
  }

  private withConnections<A>(use: (connections: Connections) => Observable<A>): Observable<A> {
    const connections = this.#connections;
    return E.isLeft(connections) ? throwError(() => connections.left) : use(connections.right).pipe(this.status.learnFrom());
  }

  private command<A>(name: string, run: (redis: Redis) => Promise<A>): Observable<A> {
    return this.withConnections(({ commands }) => this.answer(name, async () => await run(await commands.use())));
  }

  /** @param run reads, tracked by CLIENT CACHING YES where that works */
  private watchedCommand<A>(run: (redis: Redis, tracked: boolean) => Promise<A>, readTo: (reply: A) => ReadPosition): Observable<A> {
    return this.withConnections(({ commands, invalidations }) =>
      this.answer('XREAD', async () => {
        const redis = await commands.use();
        const watch = await invalidations.watch(redis, 'reads after CLIENT CACHING YES');
        return { reply: await run(redis, watch.tracked), watch };
      }).pipe(
        tap(({ reply, watch }) => watch.readTo([readTo(reply)])),
        map(({ reply }) => reply),
      ),
    );
  }

  private write<A>(name: string, key: Key, run: (redis: Redis) => Promise<A>): Observable<A> {
    return this.withConnections(({ writes }) =>
      defer(() => from(writes.use())).pipe(switchMap((redis) => this.answer(name, () => run(redis), key))),
    );
  }

  /** A write that may be too large: see large-requests.ts. */
  private writeLarge<A>(name: string, request: LargeRequest, run: (redis: Redis) => Promise<A>, transact?: (redis: Redis) => Promise<A | undefined>): Observable<A> {
    return this.withConnections(({ writes, large }) =>
      this.answer(name, () => large.run(request, writes, run, transact), request.key),
    );
  }

  private answer<A>(command: string, run: () => Promise<A>, writes?: Key): Observable<A> {
    return new Observable((subscriber) => {
      const connections = E.isRight(this.#connections) ? this.#connections.right : undefined;
      const generation = connections?.generation;
      run().then(
        (reply) => {
          subscriber.next(reply);
          subscriber.complete();
        },
        (error: unknown) => {
          if (saysReplica(error)) connections?.renew(generation, new Error('the server is a replica'));
          // Closing is no failure of the network; the outcome of a write is unknown all the same.
          const interrupted = writes === undefined && this.status.isClosed;
          subscriber.error(interrupted ? blissdataError('StoreClosed', {}, plainError(error)) : commandError(error, { url: this.url, command, ...(writes === undefined ? {} : { writes }) }));
        },
      );
    });
  }
}
