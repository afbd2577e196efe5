/** What a store shares with everything live that it hands out. */
import type { Observable, SchedulerLike } from 'rxjs';
import type { Database } from '../ports/database.js';
import { ByteBudget } from './byte-budget.js';
import { EntryLookup } from './entry-lookup.js';
import { ReadScheduler } from './read-scheduler.js';
import type { ReaderStatus } from './reader/reader-status.js';
import { Retries } from '../retry/retries.js';
import { retryPolicy } from '../retry/policy.js';
import { SameTick } from './same-tick.js';
import { Unwritten } from './unwritten.js';
import { InvalidationHub } from './invalidation-hub.js';

export interface Core {
  readonly database: Database;
  /** The clock, and what makes timers. */
  readonly scheduler: SchedulerLike;
  readonly hub: InvalidationHub;
  readonly reads: ReadScheduler;
  readonly sameTick: SameTick;
  readonly entries: EntryLookup;
  readonly budget: ByteBudget;
  /** Those who read at present. */
  readonly readers: Set<{ readonly status: ReaderStatus }>;
  /** What there is to be written when the store closes. */
  readonly unwritten: Unwritten;
  /** When what failed for a passing reason is tried again. */
  readonly retries: Retries;
  /** Ends what is live with `StoreClosed` when the store closes. */
  readonly untilClosed: <A>(source$: Observable<A>) => Observable<A>;
  /** When points that were sent, and reads that were asked for, are put on their way: at the end of the present tick. */
  readonly endOfTick: SchedulerLike;
}

export interface CoreOptions extends Pick<Core, 'untilClosed' | 'endOfTick' | 'scheduler'> {
  /** One of its own by default, which never tries again. */
  readonly retries?: Retries;
  /** How many bytes all readers together may hold; 64 MiB by default. */
  readonly byteBudget?: number;
  /** How much one read asks for at the most; 2 MiB by default. */
  readonly bytesPerRead?: number;
}

export function coreOver(database: Database, { untilClosed, endOfTick, scheduler, byteBudget, bytesPerRead, retries = noRetries(scheduler) }: CoreOptions): Core {
  const budget = new ByteBudget(byteBudget, bytesPerRead);
  return {
    database,
    scheduler,
    hub: new InvalidationHub(database),
    reads: new ReadScheduler(database, budget, endOfTick),
    sameTick: new SameTick(endOfTick),
    entries: new EntryLookup(database, endOfTick),
    budget,
    readers: new Set(),
    unwritten: new Unwritten(),
    retries,
    untilClosed,
    endOfTick,
  };
}

const noRetries = (scheduler: SchedulerLike): Retries => new Retries(retryPolicy(false), scheduler, { retrying: () => undefined, givenUp: () => undefined, over: () => undefined });
