/** The scheduler of all reads over streams in memory, in virtual time, with what it asks for on record. */
import type { Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { memoryDatabase, type MemoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { ByteBudget, defaultByteBudget } from '../../lib/reading/byte-budget.js';
import { ReadScheduler, type Reading, type ReadDemand } from '../../lib/reading/read-scheduler.js';
import type { Key } from '../../lib/ports/keys.js';
import { entryId, originId } from '../../lib/wire/stream-id.js';
import { bytesOf } from '../contract/samples.js';
import { logSubscriptions, type LoggedDatabase } from './subscription-logs.js';

export interface ScheduledReads {
  readonly server: MemoryServer;
  readonly memory: MemoryDatabase;
  readonly database: LoggedDatabase;
  readonly budget: ByteBudget;
  /** Each request: the keys of its wants with how many entries they may give, such as `a b x100`. */
  readonly requests: readonly string[];
  /** Reads a stream from its start, or after so many entries. */
  readonly read: (key: Key, wish?: Partial<Omit<ReadDemand, 'key' | 'after'>> & { readonly from?: number }) => Observable<Reading>;
  /** Appends so many entries of one point each. */
  readonly fill: (key: Key, count: number, payload?: string) => void;
}

/** A call takes 4 ms, and the server looks half way. Readers want 100 entries of 68 bytes, if nothing else is said. */
export function scheduledReads(scheduler: TestScheduler, byteBudget = defaultByteBudget): ScheduledReads {
  const server = new MemoryServer({ scheduler });
  const memory = memoryDatabase({ server, latency: 4 });
  const database = logSubscriptions(memory, scheduler);
  const budget = new ByteBudget(byteBudget, 1 << 20);
  const requests: string[] = [];
  const recorded: Pick<LoggedDatabase, 'read'> = {
    read: (wants) => {
      requests.push(`${wants.map(({ key }) => key).join(' ')} x${wants[0]?.maxEntries ?? 0}`);
      return database.read(wants);
    },
  };
  const reads = new ReadScheduler(recorded, budget, scheduler);
  const lengths = new Map<Key, number>();
  return {
    server,
    memory,
    database,
    budget,
    requests,
    read: (key, { from = 0, maxEntries = 100, maxBytes = 8 << 20, entryBytes = 68, behind = false } = {}) =>
      reads.read({ key, after: from === 0 ? originId : entryId(from - 1), maxEntries, maxBytes, entryBytes, behind }),
    fill: (key, count, payload = 'p') => {
      const start = lengths.get(key) ?? 0;
      for (let i = 0; i < count; i++) server.putEntry(key, { index: start + i, len: 1, payload: bytesOf(payload) });
      lengths.set(key, start + count);
    },
  };
}

/** How many entries a reading has, with `+` where there may be more. */
export const extent = ({ block, full }: Reading): string => `${block.firsts.length}${full ? '+' : ''}`;
