/** What a Redis server would hold: the data that several databases in memory share, with the clock they expire by. */
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { doAfter, requireTime } from '../model/time.js';
import type { Key } from '../ports/keys.js';
import type { NewEntry } from '../ports/streams.js';
import { protocolVersion, protocolVersionKey } from '../wire/protocol.js';
import type { Connection, Reachable } from './connection.js';
import type { Restart } from './faults.js';
import { checkedJson } from './json-document.js';
import { Keyspace } from './keyspace.js';
import { Pause } from './pause.js';
import { PointStream } from './point-stream.js';
import type { Snapshot } from './snapshot.js';

/**
 * The data behind one or several {@link memoryDatabase}s, set up for blissdata from the start.
 *
 * Its methods do what other clients of a Redis do besides reading and writing scans: a housekeeper that trims, an
 * operator who deletes, a broken writer. All of them wake readers that wait, and happen at once. And they do what can happen
 * to a server: that it is paused, runs out of memory, is restarted.
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
  /** @internal where the ports do their work */
  readonly keyspace: Keyspace;
  /** @internal those that are open */
  readonly connections = new Set<Connection>();
  /** @internal what the work that is asked for waits for */
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

  /** Deletes a key at once, as `DEL` does. Answers whether it was there. */
  delete(key: Key): boolean {
    return this.keyspace.delete(key);
  }

  /** Deletes everything, as `FLUSHALL` does: the protocol version as well, so that the database is no longer initialised. */
  flush(): void {
    this.keyspace.clear();
  }

  /** Sets the protocol version key, `1` from the start; `null` takes it away, as if nobody had initialised the database. */
  setProtocolVersion(version: string | null): void {
    if (version === null) this.keyspace.delete(protocolVersionKey);
    else this.keyspace.put(protocolVersionKey, { _tag: 'text', text: version });
  }

  /** Sets a key of plain text, as `SET` does: what detectors count their acquisitions with. */
  setText(key: Key, text: string): void {
    this.keyspace.put(key, { _tag: 'text', text });
  }

  /**
   * Adds an entry to a data stream with nothing checked, not even that a scan owns it: for payloads that do not decode,
   * holes and overlaps. As in Redis its index must lie above the last entry's, otherwise throws `ServerError`.
   */
  putEntry(key: Key, entry: NewEntry): void {
    const stream = this.keyspace.get(key, 'points') ?? new PointStream();
    stream.add(entry);
    this.keyspace.put(key, stream);
  }

  /** Puts a scan's JSON in place without a state or an announcement. Text that is not JSON throws `ServerError`, as RedisJSON refuses it. */
  putScanJson(key: Key, json: string): void {
    this.keyspace.put(key, { _tag: 'json', text: checkedJson(json) });
  }

  /** Lets keys expire after `ms` ms, as `PEXPIRE` does; missing keys are skipped. A scan with at most 10 s to live counts as deleted. */
  expire(keys: readonly Key[], ms: number): void {
    for (const key of keys) this.keyspace.expire(key, ms);
  }

  /** How many ms a key has to live: `Infinity` if it does not expire, `null` if it is missing. */
  ttlOf(key: Key): number | null {
    return this.keyspace.ttl(key) ?? null;
  }

  /** Answers nothing for so many ms, as after `CLIENT PAUSE`: what is asked of it meanwhile is done afterwards. */
  pause(ms: number): void {
    requireTime('ms', ms);
    this.paused.begin(ms);
  }

  /** Has no memory for anything new for so many ms, or until it is restarted: what would add something is refused with `OutOfMemory`. 0 ends that. */
  runOutOfMemory(ms = Infinity): void {
    requireTime('ms', ms);
    this.keyspace.fill(ms);
  }

  /** What it holds at this moment, to be restarted with. */
  save(): Snapshot {
    return this.keyspace.save();
  }

  /**
   * Restarts, and every database loses its connection: with all that it held by default, as a server that writes all down, or with what it had
   * `saved` earlier, as one that does not, or that fails over to a replica which lags behind.
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

  /** @internal does some work that has been under way for so many ms, unless it has been restarted by then */
  later(work: () => void, ms: number): void {
    const { life } = this;
    doAfter(ms, this.scheduler, () => {
      if (this.life === life) this.paused.after(work);
    });
  }
}
