/** The ports over a real Redis: four connections that open on first use, and the commands over them. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { asyncScheduler, BehaviorSubject, defer, EMPTY, from, Observable, switchMap, throwError, type SchedulerLike } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type {
  AppendResult,
  AppendWindow,
  Block,
  Commit,
  CommitResult,
  Database,
  Head,
  Id,
  Key,
  LogEntry,
  ScanRecord,
  Sealing,
  SealResult,
  Search,
  SearchResult,
  Status,
  Wake,
  Want,
} from '../ports/database.js';
import { protocolVersionKey } from '../wire/protocol.js';
import { BlockMemory } from './block-memory.js';
import { BulkReader } from './bulk-reader.js';
import { bulkOptions, parseAddress, type RedisAddress } from './connection-options.js';
import { Link, type LinkEvents } from './link.js';
import { readLog, readLogTail } from './log-commands.js';
import { commandError, disconnected } from './redis-errors.js';
import { decodeReply } from './replies.js';
import { commitScan, expireKeys, readScan, scansExist, search } from './scan-commands.js';
import { appendWindow, readHeads, readRange, sealStream, type Range } from './stream-commands.js';
import { Wakes } from './wakes.js';

export interface RedisDatabaseOptions {
  /** Where timers and clocks come from; RxJS' asyncScheduler by default. */
  readonly scheduler?: SchedulerLike;
}

/** Opens nothing yet: the first use does. An URL that is none is an error of that use, too. */
export const redisDatabase = (url: string, options: RedisDatabaseOptions = {}): Database => new RedisDatabase(url, options);

class RedisDatabase implements Database {
  readonly url: string;
  readonly scheduler: SchedulerLike;

  private readonly status = new BehaviorSubject<Status>({ _tag: 'idle' });
  readonly status$: Observable<Status> = this.status.asObservable();

  private readonly memory = new BlockMemory();
  private readonly connections: E.Either<Error, Connections>;
  readonly wakes$: Observable<Wake>;

  constructor(url: string, { scheduler = asyncScheduler }: RedisDatabaseOptions) {
    this.scheduler = scheduler;
    const address = parseAddress(url);
    this.url = E.isRight(address) ? address.right.shownUrl : 'an invalid URL';
    this.connections = pipe(address, E.map((at) => this.connect(at)));
    this.wakes$ = E.isRight(this.connections) ? this.connections.right.wakes.wakes$ : EMPTY;
  }

  protocolVersion(): Observable<string | null> {
    return this.command('GET', async (redis) => decodeReply(t.union([t.null, t.string]), 'GET', await redis.get(protocolVersionKey)));
  }

  read(wants: readonly Want[]): Observable<readonly Block[]> {
    return this.withConnections((connections) => defer(() => this.bulkReader(connections)).pipe(switchMap((reader) => reader.read(wants))));
  }

  range(key: Key, range: Range): Observable<Block> {
    return this.command('XRANGE', (redis) => readRange(redis, key, range));
  }

  heads(keys: readonly Key[]): Observable<readonly Head[]> {
    return this.command('XREVRANGE', (redis) => readHeads(redis, keys));
  }

  log(key: Key, after: Id, count: number): Observable<readonly LogEntry[]> {
    return this.withConnections(({ commands, wakes }) =>
      this.answer('XREAD', async () => {
        const redis = await commands.use();
        const tracked = await wakes.track(redis, 'reads after CLIENT CACHING YES');
        return await readLog(redis, key, after, count, tracked);
      }),
    );
  }

  logTail(key: Key, { max = '+', count }: { readonly max?: Id; readonly count: number }): Observable<readonly LogEntry[]> {
    return this.command('XREVRANGE', (redis) => readLogTail(redis, key, max, count));
  }

  scan(key: Key, stateKey?: Key): Observable<ScanRecord | null> {
    return this.command('JSON.GET', (redis) => readScan(redis, key, stateKey));
  }

  scansExist(keys: readonly Key[]): Observable<readonly boolean[]> {
    return this.command('TTL', (redis) => scansExist(redis, keys));
  }

  search(what: Search): Observable<SearchResult> {
    return this.command('FT.SEARCH', (redis) => search(redis, what));
  }

  append(window: AppendWindow): Observable<AppendResult> {
    return this.write('EVALSHA append', window.key, (redis) => appendWindow(redis, window));
  }

  seal(sealing: Sealing): Observable<SealResult> {
    return this.write('EVALSHA seal', sealing.key, (redis) => sealStream(redis, sealing));
  }

  commit(commit: Commit): Observable<CommitResult> {
    return this.write('EVALSHA commit', commit.key, (redis) => commitScan(redis, commit));
  }

  expire(keys: readonly Key[], seconds: number): Observable<void> {
    return this.write('EXPIRE', keys[0] ?? '', (redis) => expireKeys(redis, keys, seconds));
  }

  disarm(keys: readonly Key[]): void {
    if (E.isRight(this.connections)) this.connections.right.wakes.disarm(keys);
  }

  recycle({ bytes }: Block): void {
    this.memory.give(bytes);
  }

  close(): Observable<never> {
    return defer(() => {
      if (E.isRight(this.connections)) {
        const { commands, reads, writes, wakes } = this.connections.right;
        for (const connection of [commands, reads, writes, wakes]) connection.close();
      }
      this.status.next({ _tag: 'closed' });
      this.status.complete();
      return EMPTY;
    });
  }

  private connect(address: RedisAddress): Connections {
    const events: LinkEvents = {
      opening: () => this.status.value._tag !== 'ready' && this.status.next({ _tag: 'connecting' }),
      opened: () => this.status.value._tag !== 'ready' && this.status.next({ _tag: 'ready' }),
      lost: (reason) => this.status.next({ _tag: 'failed', error: disconnected(reason, address.shownUrl) }),
    };
    const readers = new WeakMap<Redis, BulkReader>();
    return {
      wakes: new Wakes(address, events, this.scheduler),
      readers,
      commands: new Link(address, events),
      writes: new Link(address, events),
      reads: new Link(address, events, (redis) => {
        readers.set(redis, new BulkReader(redis, address.shownUrl, this.memory));
        return Promise.resolve();
      }, bulkOptions(address)),
    };
  }

  /** The connection for bulk reading, with its reads tracked. */
  private async bulkReader({ reads, readers, wakes }: Connections): Promise<BulkReader> {
    const reader = readers.get(await reads.use());
    if (reader === undefined) throw disconnected(new Error('the connection was replaced'), this.url);
    await wakes.track(reader, 'every read');
    return reader;
  }

  private withConnections<A>(use: (connections: Connections) => Observable<A>): Observable<A> {
    const { connections } = this;
    return E.isLeft(connections) ? throwError(() => connections.left) : use(connections.right);
  }

  private command<A>(name: string, run: (redis: Redis) => Promise<A>): Observable<A> {
    return this.withConnections(({ commands }) => this.answer(name, async () => await run(await commands.use())));
  }

  private write<A>(name: string, key: Key, run: (redis: Redis) => Promise<A>): Observable<A> {
    return this.withConnections(({ writes }) =>
      defer(() => from(writes.use())).pipe(switchMap((redis) => this.answer(name, () => run(redis), key))),
    );
  }

  private answer<A>(command: string, run: () => Promise<A>, writes?: Key): Observable<A> {
    return new Observable((subscriber) => {
      run().then(
        (reply) => {
          subscriber.next(reply);
          subscriber.complete();
        },
        (error: unknown) => {
          // What closing interrupts was not disconnected; of a write nobody knows.
          const interrupted = writes === undefined && this.status.value._tag === 'closed';
          subscriber.error(interrupted ? blissdataError('StoreClosed', {}, error) : commandError(error, { url: this.url, command, ...(writes === undefined ? {} : { writes }) }));
        },
      );
    });
  }
}

interface Connections {
  readonly commands: Link;
  readonly reads: Link;
  readonly writes: Link;
  readonly wakes: Wakes;
  readonly readers: WeakMap<Redis, BulkReader>;
}
