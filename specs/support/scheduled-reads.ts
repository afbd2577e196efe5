/** The scheduler of all reads over streams in memory, in virtual time, with its requests on record. */
import { identity, map, Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { memoryDatabase, type MemoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { ByteBudget, defaultByteBudget } from '../../lib/reading/byte-budget.js';
import { ReadScheduler, type ReadAnswer, type ReadDemand } from '../../lib/reading/read-scheduler.js';
import type { Key } from '../../lib/ports/keys.js';
import type { Block, ReadRequest } from '../../lib/ports/streams.js';
import { entryId, originId } from '../../lib/wire/stream-id.js';
import { bytesOf } from '../contract/samples.js';
import { logSubscriptions, type LoggedDatabase } from './subscription-logs.js';

/** A demand in one level. */
type Demanded = Partial<Omit<ReadDemand, 'request'> & Omit<ReadRequest, 'key' | 'after'>> & { readonly from?: number };

interface Options {
  readonly byteBudget?: number;
  /** What becomes of each block on its way to the readers. */
  readonly change?: (block: Block) => Block;
}

export interface ScheduledReads {
  readonly server: MemoryServer;
  readonly memory: MemoryDatabase;
  readonly database: LoggedDatabase;
  readonly budget: ByteBudget;
  /** Each command: its keys and how many entries it may get of each, such as `a b x100`. */
  readonly requests: readonly string[];
  /** The requests of each command. */
  readonly sent: readonly (readonly ReadRequest[])[];
  /** Reads a stream from its start, or after so many entries. */
  readonly read: (key: Key, demand?: Demanded) => Observable<ReadAnswer>;
  /** Appends so many entries of one point each. */
  readonly fill: (key: Key, count: number, payload?: string) => void;
}

/** A call takes 4 ms, and the server looks half way. Readers want 100 entries of 68 bytes by default. */
export function scheduledReads(scheduler: TestScheduler, { byteBudget = defaultByteBudget, change = identity }: Options = {}): ScheduledReads {
  const server = new MemoryServer({ scheduler });
  const memory = memoryDatabase({ server, latency: 4 });
  const database = logSubscriptions(memory, scheduler);
  const budget = new ByteBudget(byteBudget, 1 << 20);
  const requests: string[] = [];
  const sent: (readonly ReadRequest[])[] = [];
  const recorded: Pick<LoggedDatabase, 'read'> = {
    read: (batch) => {
      requests.push(`${batch.map(({ key }) => key).join(' ')} x${batch[0]?.maxEntries ?? 0}`);
      sent.push(batch);
      return database.read(batch).pipe(map((blocks) => blocks.map(change)));
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
    sent,
    read: (key, { from = 0, maxEntries = 100, maxBytes = 8 << 20, entryBytes = 68, behind = false, ...request } = {}) =>
      new Observable((subscriber) =>
        reads.read(
          { request: { key, after: from === 0 ? originId : entryId(from - 1), maxEntries, ...request }, maxBytes, entryBytes, behind },
          {
            next: (answer) => {
              subscriber.next(answer);
              subscriber.complete();
            },
            error: (error) => subscriber.error(error),
          },
        ),
      ),
    fill: (key, count, payload = 'p') => {
      const start = lengths.get(key) ?? 0;
      for (let i = 0; i < count; i++) server.putEntry(key, { index: start + i, len: 1, payload: bytesOf(payload) });
      lengths.set(key, start + count);
    },
  };
}

/** How many entries an answer has, with `+` if there may be more. */
export const extent = ({ block, full }: ReadAnswer): string => `${block.firsts.length}${full ? '+' : ''}`;
