/** The in-memory counterpart of a Redis server: the data that databases in memory share, and their clock. */
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { doAfter, requireTime } from '../model/time.js';
import type { Key } from '../ports/keys.js';
import type { NewEntry } from '../ports/streams.js';
import { protocolVersion, protocolVersionKey } from '../wire/protocol.js';
import type { Connection, Reachable } from './connection.js';
import { checkedJson } from './redis-json.js';
import { Keyspace } from './keyspace.js';
import { Pause } from './pause.js';
import { PointStream } from './point-stream.js';
import type { Snapshot } from './values.js';

/** How a server is restarted. */
export interface Restart {
  /** For how many ms no client can reach it; 0 by default. */
  readonly away?: number;
  /** The data that it restarts with: an earlier snapshot. By default all that it held. */
  readonly data?: Snapshot;
  /** What is lost of the calls under way, as in a {@link Cut}. */
  readonly lost?: 'requests' | 'answers';
}

/**
 * The data behind one or several {@link memoryDatabase}s, initialised for blissdata.
 *
 * Its methods stand for the other clients of a Redis (a memory tracker that trims, an operator who deletes, a broken writer) and for
 * what happens to servers: pauses, running out of memory, restarts. All take effect at once, and waiting readers are notified.
 *
 * @param options.scheduler the clock and timers of everything on this server; RxJS' `asyncScheduler` by default
 *
 * @example
 * const server = new MemoryServer();
 * const writer = memoryDatabase({ server });
 * const reader = memoryDatabase({ server });
 * server.trim('esrf:stream:01J0000000000000000000000', 500);
 *
 * @example
 * const saved = server.save();
 * // ... points are published, and read ...
 * server.restart({ away: 2000, data: saved });
 */
export class MemoryServer implements Reachable {
  /** The clock and timers of everything on this server. */
  readonly scheduler: SchedulerLike;
  /** @internal the data */
  readonly keyspace: Keyspace;
  /** @internal the open ones */
  readonly connections = new Set<Connection>();
  /** @internal holds back requests while the server is paused */
  readonly paused: Pause;
  private awayUntil = -Infinity;
  private life = 0;

  constructor(options: { readonly scheduler?: SchedulerLike } = {}) {
    this.scheduler = options.scheduler ?? asyncScheduler;
    this.keyspace = new Keyspace(this.scheduler);
    this.paused = new Pause(this.scheduler);
    this.setProtocolVersion(String(protocolVersion));
  }

  /** Drops the entries of a data stream that start before an index, as `XTRIM MINID` does. The seal stays. */
  trim(key: Key, index: number): void {
    const stream = this.keyspace.get(key, 'points');
    if (stream !== undefined && stream.trim(index) > 0) this.keyspace.put(key, stream);
  }

  /** Deletes a key at once, as `DEL` does. Returns whether it existed. */
  delete(key: Key): boolean {
    return this.keyspace.delete(key);
  }

  /** Deletes everything, as `FLUSHALL` does, the protocol version included: the database is no longer initialised. */
  flush(): void {
    this.keyspace.clear();
  }

  /** Sets the protocol version key, initially `1`; `null` deletes it, as in a database that was never initialised. */
  setProtocolVersion(version: string | null): void {
    if (version === null) this.keyspace.delete(protocolVersionKey);
    else this.keyspace.put(protocolVersionKey, { _tag: 'text', text: version });
  }

  /** Sets a key of plain text, as `SET` does, such as a detector's acquisition counter. */
  setText(key: Key, text: string): void {
    this.keyspace.put(key, { _tag: 'text', text });
  }

  /**
   * Adds an entry to a data stream without any check, not even that a scan owns it: for invalid payloads, holes and overlaps. As in
   * Redis its index must lie above that of the last entry; otherwise throws `ServerError`.
   */
  putEntry(key: Key, entry: NewEntry): void {
    const stream = this.keyspace.get(key, 'points') ?? new PointStream();
    stream.add(entry);
    this.keyspace.put(key, stream);
  }

  /** Sets a scan's JSON, without a state or an announcement. Throws `ServerError` for text that RedisJSON refuses. */
  putScanJson(key: Key, json: string): void {
    this.keyspace.put(key, { _tag: 'json', text: checkedJson(json) });
  }

  /** Lets keys expire after `ms` ms, as `PEXPIRE` does; missing keys are skipped. A scan with at most 10 s to live counts as deleted. */
  expire(keys: readonly Key[], ms: number): void {
    for (const key of keys) this.keyspace.expire(key, ms);
  }

  /** The time to live of a key in ms: `Infinity` if it never expires, `null` if there is no such key. */
  ttlOf(key: Key): number | null {
    return this.keyspace.ttl(key) ?? null;
  }

  /** Answers nothing for so many ms, as after `CLIENT PAUSE`: requests wait until then. */
  pause(ms: number): void {
    requireTime('ms', ms);
    this.paused.begin(ms);
  }

  /** Refuses writes with `OutOfMemory` for so many ms, or until it is restarted; 0 ends that. */
  runOutOfMemory(ms = Infinity): void {
    requireTime('ms', ms);
    this.keyspace.fill(ms);
  }

  /** A snapshot of its data, to restart with. */
  save(): Snapshot {
    return this.keyspace.save();
  }

  /**
   * Restarts, and every database loses its connection. By default it comes back with all its data, as a server that persists every
   * write; with `data` it comes back with an earlier snapshot, as one that does not, or that fails over to a lagging replica.
   */
  restart({ away = 0, data, lost }: Restart = {}): void {
    requireTime('away', away);
    this.life++;
    this.awayUntil = this.scheduler.now() + away;
    for (const connection of [...this.connections]) connection.cut(lost === undefined ? {} : { lost });
    this.paused.begin(0);
    this.keyspace.fill(0);
    if (data !== undefined) this.keyspace.load(data);
  }

  /** @internal */
  get isAway(): boolean {
    return this.scheduler.now() < this.awayUntil;
  }

  /** @internal does work that arrives after so many ms, unless it has been restarted by then */
  later(work: () => void, ms: number): void {
    const { life } = this;
    doAfter(ms, this.scheduler, () => {
      if (this.life === life) this.paused.after(work);
    });
  }
}
