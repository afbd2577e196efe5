/** What a store shares with everything live that it hands out. */
import type { Observable, SchedulerLike } from 'rxjs';
import type { Database } from '../ports/database.js';
import { ByteBudget } from './byte-budget.js';
import { EntryLooks } from './entry-looks.js';
import { ReadScheduler } from './read-scheduler.js';
import type { ReaderStatus } from './reader-status.js';
import { Retries } from './retries.js';
import { retryPolicy } from './retry-policy.js';
import { SameTick } from './same-tick.js';
import { Unwritten } from './unwritten.js';
import { WakeHub } from './wake-hub.js';

export interface Core {
  readonly database: Database;
  readonly hub: WakeHub;
  readonly reads: ReadScheduler;
  readonly sameTick: SameTick;
  readonly entries: EntryLooks;
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

export interface CoreOptions extends Pick<Core, 'untilClosed' | 'endOfTick'> {
  /** One of its own by default, which never tries again. */
  readonly retries?: Retries;
  /** How many bytes all readers together may hold; 64 MiB by default. */
  readonly byteBudget?: number;
  /** How much one read asks for at the most; 2 MiB by default. */
  readonly bytesPerRead?: number;
}

export function coreOver(database: Database, { untilClosed, endOfTick, byteBudget, bytesPerRead, retries = noRetries(database) }: CoreOptions): Core {
  const budget = new ByteBudget(byteBudget, bytesPerRead);
  return {
    database,
    hub: new WakeHub(database),
    reads: new ReadScheduler(database, budget, endOfTick),
    sameTick: new SameTick(endOfTick),
    entries: new EntryLooks(database, endOfTick),
    budget,
    readers: new Set(),
    unwritten: new Unwritten(),
    retries,
    untilClosed,
    endOfTick,
  };
}

const noRetries = ({ scheduler }: Database): Retries => new Retries(retryPolicy(false), scheduler, { retrying: () => undefined, givenUp: () => undefined, over: () => undefined });
