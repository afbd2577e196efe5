/** The housekeeping port in memory, on virtual time if need be. */
import { concatMap, defer, EMPTY, map, of, type Observable, type SchedulerLike } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import { after, requireTime } from '../model/time.js';
import type { Housekeeping, Trim } from '../ports/housekeeping.js';
import { timeOf } from '../wire/stream-id.js';
import type { Keyspace } from './keyspace.js';
import { Log } from './log.js';
import type { MemoryServer } from './memory-server.js';

/** The methods of {@link Housekeeping} that send a request. */
type HousekeepingMethod = Exclude<keyof Housekeeping, 'close'>;

export interface MemoryHousekeepingOptions {
  readonly server: MemoryServer;
  /** The limit on the bytes of all payloads, which count as used memory here; `null` by default: none. */
  readonly limit?: number | null;
  /** How many ms a call takes, as with `memoryDatabase`; 0 by default. */
  readonly latency?: number;
}

/** {@link Housekeeping} in memory that can be made to fail. */
export interface MemoryHousekeeping extends Housekeeping {
  /** Makes the next call of a method fail and do nothing; several failures of one method apply to successive calls. */
  failNext(method: HousekeepingMethod, error: Error): void;
}

export const memoryHousekeeping = (options: MemoryHousekeepingOptions): MemoryHousekeeping => new InMemory(options);

class InMemory implements MemoryHousekeeping {
  private readonly scheduler: SchedulerLike;
  private readonly keyspace: Keyspace;
  private readonly limit: number | null;
  private readonly latency: number;
  private readonly failures = new Map<HousekeepingMethod, Error[]>();
  private closed = false;

  constructor({ server, limit = null, latency = 0 }: MemoryHousekeepingOptions) {
    requireTime('latency', latency);
    this.scheduler = server.scheduler;
    this.keyspace = server.keyspace;
    this.limit = limit;
    this.latency = latency;
  }

  readonly memory: Housekeeping['memory'] = () => this.call('memory', () => ({ used: usedBytes(this.keyspace), limit: this.limit, now: this.scheduler.now() }));

  readonly record: Housekeeping['record'] = (key, fields) =>
    this.call('record', () => {
      const log = this.keyspace.get(key, 'log') ?? new Log();
      const id = log.add(fields, this.scheduler.now());
      this.keyspace.put(key, log);
      return id;
    });

  readonly oldest: Housekeeping['oldest'] = (key) => this.call('oldest', () => this.keyspace.get(key, 'log')?.after('0-0', 1)[0] ?? null);

  readonly forget: Housekeeping['forget'] = (key, before) => this.call('forget', () => this.keyspace.get(key, 'log')?.trim(`${before}-0`));

  readonly trim: Housekeeping['trim'] = (trims) => this.call('trim', () => trims.reduce((sum, trim) => sum + trimStream(this.keyspace, trim), 0));

  readonly expireSooner: Housekeeping['expireSooner'] = (keys, ms) =>
    this.call('expireSooner', () => {
      for (const key of keys) if ((this.keyspace.ttl(key) ?? 0) > ms) this.keyspace.expire(key, ms);
    });

  failNext(method: HousekeepingMethod, error: Error): void {
    this.failures.set(method, [...(this.failures.get(method) ?? []), error]);
  }

  close(): Observable<never> {
    return defer(() => {
      this.closed = true;
      return EMPTY;
    });
  }

  private call<A>(method: HousekeepingMethod, run: () => A): Observable<A> {
    const work = (): A => {
      if (this.closed) throw blissdataError('StoreClosed', {});
      const failure = this.failures.get(method)?.shift();
      if (failure !== undefined) throw failure;
      return run();
    };
    const half = this.latency / 2;
    return defer(() => (half === 0 ? of(work()) : after(half, this.scheduler).pipe(map(work), concatMap((answer) => after(half, this.scheduler).pipe(map(() => answer))))));
  }
}

const usedBytes = (keyspace: Keyspace): number =>
  keyspace.keys().reduce((sum, key) => {
    const value = keyspace.peek(key);
    return value?._tag === 'points' ? sum + value.bytes : sum;
  }, 0);

function trimStream(keyspace: Keyspace, { key, before, exactly }: Trim): number {
  const stream = keyspace.get(key, 'points');
  if (stream === undefined || stream.size < 2) return 0;
  const index = timeOf(before);
  const dropped = stream.trim(exactly ? index : Math.min(index, timeOf(stream.lastId)));
  if (dropped > 0) keyspace.put(key, stream);
  return dropped;
}
