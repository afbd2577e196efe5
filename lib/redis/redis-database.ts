/** The ports over a real Redis: five connections that open on first use, and the commands over them. */
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
import { BlockMemory } from './bulk/block-memory.js';
import type { ConnectionOptions } from './connection/connection-options.js';
import { ConnectionStatus } from './connection/connection-status.js';
import { Connections, type ArmedReader } from './connection/connections.js';
import { anySize, type LargeRequest } from './commands/large-requests.js';
import type { LinkEvents } from './connection/link.js';
import { readHistory } from './commands/history.js';
import { readLog, readLogTail } from './commands/logs.js';
import { parseAddress, type RedisAddress } from './connection/redis-address.js';
import { commandError, disconnected, saysReplica } from './connection/redis-errors.js';
import { decodeReply } from './commands/replies.js';
import { ReplyPieces } from './bulk/reply-pieces.js';
import { plainError } from './connection/secrets.js';
import { commitScan, deleteScan, readIdentities, readRemains, readScan, readStates, scansExist } from './commands/scans.js';
import { search } from './commands/search.js';
import { appendWindow, readBareEntries, readHeads, sealStream } from './commands/streams.js';
import { placeOf, placesOf } from './invalidation/places.js';
import { checkedOptions, type InvalidationsOptions } from './invalidation/invalidations.js';

export interface RedisDatabaseOptions extends InvalidationsOptions {
  /** Where timers and clocks come from; RxJS' asyncScheduler by default. */
  readonly scheduler?: SchedulerLike;
  /** How connections behave: their timeouts. */
  readonly connection?: ConnectionOptions;
}

/** Opens nothing yet: the first use does. An URL that is none is an error of that use, too. */
export const redisDatabase = (url: string, options: RedisDatabaseOptions = {}): Database => new RedisDatabase(url, options);

class RedisDatabase implements Database {
  readonly url: string;

  private readonly status = new ConnectionStatus(() => this.url);
  readonly status$: Observable<Status> = this.status.status$;

  private readonly memory = new BlockMemory();
  private readonly pieces = new ReplyPieces();
  readonly #connections: E.Either<Error, Connections>;
  readonly invalidations$: Observable<Invalidation>;

  constructor(url: string, { scheduler = asyncScheduler, connection, ...wakes }: RedisDatabaseOptions) {
    const address = parseAddress(url, connection);
    this.url = E.isRight(address) ? address.right.shownUrl : 'an invalid URL';
    this.#connections = pipe(
      address,
      E.chain((at) => pipe(checkedOptions(wakes), E.map((checked) => this.connect(at, scheduler, checked)))),
    );
    this.invalidations$ = E.isRight(this.#connections) ? this.#connections.right.wakes.invalidations$ : EMPTY;
  }

  protocolVersion(): Observable<string | null> {
    return this.text(protocolVersionKey);
  }

  read(wants: readonly ReadRequest[]): Observable<readonly Block[]> {
    return this.withConnections((connections) => {
      // Whoever has left by the time of the reply waits for nothing.
      const readOver = ({ reader, arming }: ArmedReader): Observable<readonly Block[]> =>
        this.pieces.read(wants, (asked) => reader.read(asked).pipe(tap((blocks) => arming.ended(placesOf(asked, blocks)))));
      return defer(() => {
        const { armed } = connections;
        if (armed?.epoch === connections.wakes.epoch && armed.reader.isOpen) return readOver(armed);
        return from(this.bulkReader(connections)).pipe(switchMap(readOver));
      });
    });
  }

  range({ key }: StreamRef, range: IndexRange): Observable<Block> {
    if (range.bare === true) return this.command('EVALSHA_RO entries', (redis) => readBareEntries(redis, key, range));
    return this.withConnections(({ ranges }) => ranges.use((reader) => this.pieces.range(reader, key, range)));
  }

  entriesAt({ key }: StreamRef, indices: readonly number[]): Observable<EntriesAt> {
    return this.withConnections(({ ranges }) => ranges.use((reader) => this.pieces.entriesAt(reader, key, indices)));
  }

  heads(streams: readonly StreamRef[]): Observable<readonly Head[]> {
    return this.command('EVALSHA_RO heads', (redis) => readHeads(redis, streams.map(({ key }) => key)));
  }

  log(key: Key, after: Id, count: number): Observable<readonly LogEntry[]> {
    return this.withConnections(({ commands, wakes }) =>
      this.answer('XREAD', async () => {
        const redis = await commands.use();
        const arming = await wakes.arming(redis, 'reads after CLIENT CACHING YES');
        return { entries: await readLog(redis, key, after, count, arming.tracked), arming };
      }).pipe(
        tap(({ entries, arming }) => arming.ended([placeOf(key, after, count, entries)])),
        map(({ entries }) => entries),
      ),
    );
  }

  history(after: Id, count: number): Observable<HistoryPage> {
    return this.withConnections(({ commands, wakes }) =>
      this.answer('XREAD', async () => {
        const redis = await commands.use();
        const arming = await wakes.arming(redis, 'reads after CLIENT CACHING YES');
        return { page: await readHistory(redis, after, count, arming.tracked), arming };
      }).pipe(
        tap(({ page, arming }) => arming.ended([placeOf(historyKey, after, count, page.entries)])),
        map(({ page }) => page),
      ),
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

  search(what: Search): Observable<SearchResult> {
    return this.command('FT.SEARCH', (redis) => search(redis, what, this.url));
  }

  readonly sizes = (): RequestSizes => (E.isRight(this.#connections) ? this.#connections.right.large.sizes : anySize);

  append(window: AppendWindow): Observable<AppendResult> {
    const size = window.entries.reduce((sum, { payload }) => sum + payload.length, 0);
    const largest = window.entries.reduce((most, { payload }) => Math.max(most, payload.length), 0);
    return this.writeLarge('EVALSHA append', { request: window, key: window.key, size, largest }, (redis) => appendWindow(redis, window));
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
    if (E.isRight(this.#connections)) this.#connections.right.wakes.unwatch(keys);
  }

  recycle({ bytes }: Block): void {
    this.memory.give(bytes);
  }

  close(): Observable<never> {
    return defer(() => {
      if (E.isRight(this.#connections)) this.#connections.right.close();
      this.status.close();
      return EMPTY;
    });
  }

  private connect(address: RedisAddress, scheduler: SchedulerLike, options: InvalidationsOptions): Connections {
    const events: LinkEvents = {
      opening: () => this.status.opening(),
      opened: () => this.status.answered(),
      // Whoever waits for an answer over it tells.
      lost: () => undefined,
      failed: (reason) => this.status.failed(reason),
    };
    return new Connections(address, events, { scheduler, memory: this.memory, wakes: options });
  }

  /** The connection for bulk reading, and how what it reads is armed. */
  private async bulkReader(connections: Connections): Promise<ArmedReader> {
    const { reads, wakes } = connections;
    const { epoch } = wakes;
    const reader = connections.readerOver(await reads.use());
    if (reader === undefined) throw disconnected(new Error('the connection was replaced'), this.url);
    const armed = { reader, arming: await wakes.arming(reader, 'every read'), epoch };
    // From now on it can be used without asking again.
    if (armed.arming.tracked) connections.armed = armed;
    return armed;
  }

  private withConnections<A>(use: (connections: Connections) => Observable<A>): Observable<A> {
    const connections = this.#connections;
    return E.isLeft(connections) ? throwError(() => connections.left) : use(connections.right).pipe(this.status.learnFrom());
  }

  private command<A>(name: string, run: (redis: Redis) => Promise<A>): Observable<A> {
    return this.withConnections(({ commands }) => this.answer(name, async () => await run(await commands.use())));
  }

  private write<A>(name: string, key: Key, run: (redis: Redis) => Promise<A>): Observable<A> {
    return this.withConnections(({ writes }) =>
      defer(() => from(writes.use())).pipe(switchMap((redis) => this.answer(name, () => run(redis), key))),
    );
  }

  /** What may be more than is taken at once: see {@link LargeRequests}. */
  private writeLarge<A>(name: string, what: LargeRequest, run: (redis: Redis) => Promise<A>): Observable<A> {
    return this.withConnections(({ writes, large }) =>
      this.answer(name, () => large.run(what, writes, run), what.key),
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
          // What closing interrupts was not disconnected; of a write nobody knows.
          const interrupted = writes === undefined && this.status.isClosed;
          subscriber.error(interrupted ? blissdataError('StoreClosed', {}, plainError(error)) : commandError(error, { url: this.url, command, ...(writes === undefined ? {} : { writes }) }));
        },
      );
    });
  }
}
