/** The database ports in memory: as over Redis, without a server, and on virtual time if need be. */
import { defer, EMPTY, filter, type Observable, type SchedulerLike } from 'rxjs';
import { requireTime } from '../model/time.js';
import type { Database } from '../ports/database.js';
import type { Key } from '../ports/keys.js';
import type { Block } from '../ports/streams.js';
import { historyKey, protocolVersionKey } from '../wire/protocol.js';
import { Connection, type Cut } from './connection.js';
import { deleteScan } from './delete-scan.js';
import type { Keyspace } from './keyspace.js';
import { MemoryServer } from './memory-server.js';
import * as scans from './scan-commands.js';
import * as streams from './stream-commands.js';
import { Invalidations } from './invalidations.js';

/** The methods of a `Database` that send a request. */
export type DatabaseMethod = Exclude<keyof Database, 'url' | 'status$' | 'invalidations$' | 'sizes' | 'payloadMemory' | 'unwatch' | 'recycle' | 'close'>;

/** A `Database` in memory, with means to inspect it and to make it fail. */
export interface MemoryDatabase extends Database {
  /** The data, which other databases may share. */
  readonly server: MemoryServer;
  /** How often each method was subscribed to. */
  readonly calls: Readonly<Record<DatabaseMethod, number>>;
  /** Makes the next call of a method fail and do nothing; several failures of one method apply to successive calls. */
  failNext(method: DatabaseMethod, error: Error): void;
  /**
   * Loses its connection, now: calls under way error with `Disconnected`, writes with `OutcomeUnknown`, whether done or not. Keys watched
   * before are watched no more, and `invalidations$` says so. `status$` emits `failed` if calls were under way.
   */
  cut(how?: Cut): void;
  /** Loses its connection when the next call of a method reaches the server: before its work is done, unless `lost` says otherwise. */
  cutDuring(method: DatabaseMethod, how?: Cut): void;
}

export interface MemoryDatabaseOptions {
  /** The data; a server of its own by default. */
  readonly server?: MemoryServer;
  /** The clock and timers; the server's by default, which is RxJS' `asyncScheduler`. Pass a `TestScheduler` for virtual time. */
  readonly scheduler?: SchedulerLike;
  /**
   * How many ms a call takes: the server does its work after half of it, the answer arrives after the other half. 0 by default: calls
   * are answered synchronously.
   */
  readonly latency?: number;
}

/**
 * A database in memory that behaves as the one over Redis, invalidations and expiry included. It is ready at once; after `close()`
 * every call errors with `StoreClosed`.
 *
 * @example
 * const server = new MemoryServer({ scheduler: testScheduler });
 * const database = memoryDatabase({ server, latency: 2 });
 *
 * @example
 * // The server has appended the points, but the answer is lost, and the server cannot be reached for a second.
 * database.cutDuring('append', { lost: 'answers', away: 1000 });
 */
export function memoryDatabase(options: MemoryDatabaseOptions = {}): MemoryDatabase {
  const { scheduler, latency = 0 } = options;
  requireTime('latency', latency);
  const server = options.server ?? new MemoryServer(scheduler === undefined ? {} : { scheduler });
  return new InMemory(server, scheduler ?? server.scheduler, latency);
}

class InMemory implements MemoryDatabase {
  readonly url = 'memory:';
  readonly calls: Record<DatabaseMethod, number> = {
    protocolVersion: 0,
    read: 0,
    range: 0,
    entriesAt: 0,
    heads: 0,
    log: 0,
    history: 0,
    logTail: 0,
    text: 0,
    scan: 0,
    remains: 0,
    scansExist: 0,
    identities: 0,
    states: 0,
    search: 0,
    append: 0,
    seal: 0,
    commit: 0,
    deleteScan: 0,
  };

  private readonly invalidations: Invalidations;
  readonly invalidations$: Database['invalidations$'];
  private readonly connection: Connection;
  readonly status$: Database['status$'];
  private readonly failures = new Map<DatabaseMethod, Error[]>();
  private closed = false;

  constructor(
    readonly server: MemoryServer,
    scheduler: SchedulerLike,
    latency: number,
  ) {
    this.invalidations = new Invalidations(server.keyspace, scheduler);
    this.invalidations$ = this.invalidations.invalidations$;
    this.connection = new Connection(server, scheduler, latency, () => this.invalidations.lost());
    this.status$ = this.connection.status$;
  }

  readonly protocolVersion: Database['protocolVersion'] = () =>
    this.call('protocolVersion', (keyspace) => keyspace.get(protocolVersionKey, 'text')?.text ?? null);

  readonly read: Database['read'] = (requests) =>
    this.call('read', (keyspace) => {
      const blocks = streams.read(keyspace, requests);
      this.watch(requests.map(({ key }) => key));
      return blocks;
    });

  readonly range: Database['range'] = ({ key }, bounds) => this.call('range', (keyspace) => streams.range(keyspace, key, bounds));

  readonly entriesAt: Database['entriesAt'] = ({ key }, indices) =>
    this.call('entriesAt', (keyspace) => streams.entriesAt(keyspace, key, indices)).pipe(filter((found) => found !== undefined));

  readonly heads: Database['heads'] = (refs) => this.call('heads', (keyspace) => streams.heads(keyspace, refs.map(({ key }) => key)));

  readonly log: Database['log'] = (key, after, count) =>
    this.call('log', (keyspace) => {
      const entries = streams.log(keyspace, key, after, count);
      this.watch([key]);
      return entries;
    });

  readonly history: Database['history'] = (after, count) =>
    this.call('history', (keyspace) => {
      const page = scans.history(keyspace, after, count);
      this.watch([historyKey]);
      return page;
    });

  readonly logTail: Database['logTail'] = (key, options) => this.call('logTail', (keyspace) => streams.logTail(keyspace, key, options));
  readonly text: Database['text'] = (key) => this.call('text', (keyspace) => keyspace.get(key, 'text')?.text ?? null);
  readonly scan: Database['scan'] = (key, stateKey) => this.call('scan', (keyspace) => scans.scan(keyspace, key, stateKey));
  readonly remains: Database['remains'] = (key, stateKey) => this.call('remains', (keyspace) => scans.remains(keyspace, key, stateKey));
  readonly scansExist: Database['scansExist'] = (keys) => this.call('scansExist', (keyspace) => scans.scansExist(keyspace, keys));
  readonly identities: Database['identities'] = (keys) => this.call('identities', (keyspace) => scans.identities(keyspace, keys));
  readonly states: Database['states'] = (keys) => this.call('states', (keyspace) => scans.states(keyspace, keys));
  readonly search: Database['search'] = (search) => this.call('search', (keyspace) => scans.search(keyspace, search));
  readonly append: Database['append'] = (windows) => this.call('append', (keyspace) => streams.append(keyspace, windows), windows[0]?.key);
  readonly seal: Database['seal'] = (sealing) => this.call('seal', (keyspace) => streams.seal(keyspace, sealing), sealing.key);
  readonly commit: Database['commit'] = (commit) => this.call('commit', (keyspace) => scans.commit(keyspace, commit), commit.key);

  readonly deleteScan: Database['deleteScan'] = (deletion) => this.call('deleteScan', (keyspace) => deleteScan(keyspace, deletion), deletion.key);

  unwatch(keys: readonly Key[]): void {
    this.invalidations.unwatch(keys);
  }

  /** Overwrites the block, so that tests notice code that still uses recycled memory. */
  recycle({ bytes }: Block): void {
    bytes.fill(0xff);
  }

  failNext(method: DatabaseMethod, error: Error): void {
    this.failures.set(method, [...(this.failures.get(method) ?? []), error]);
  }

  cut(how: Cut = {}): void {
    requireCut(how);
    this.connection.cut(how);
  }

  cutDuring(method: DatabaseMethod, how: Cut = {}): void {
    requireCut(how);
    this.connection.cutDuring(method, how);
  }

  close(): Observable<never> {
    return defer(() => {
      if (!this.closed) {
        this.closed = true;
        this.invalidations.close();
        this.connection.close();
      }
      return EMPTY;
    });
  }

  private watch(keys: readonly Key[]): void {
    for (const key of keys) this.invalidations.watch(key);
  }

  private call<A>(method: DatabaseMethod, work: (keyspace: Keyspace) => A, writes?: Key): Observable<A> {
    return defer(() => {
      this.calls[method]++;
      const failure = this.closed ? undefined : this.failures.get(method)?.shift();
      const run = (): A => {
        if (failure !== undefined) throw failure;
        return work(this.server.keyspace);
      };
      return this.connection.send({ method, run, ...(writes === undefined ? {} : { writes }) });
    });
  }
}

function requireCut({ away = 0, lost }: Cut): void {
  requireTime('away', away);
  if (typeof lost === 'object') requireTime('lateBy', lost.lateBy);
}
