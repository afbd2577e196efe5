/** What all scans, streams and writers of a store share. */
import type { Observable, SchedulerLike } from 'rxjs';
import type { EndOfTick } from '../model/end-of-tick.js';
import type { Database } from '../ports/database.js';
import { ByteBudget } from './byte-budget.js';
import { EntryLookup } from './entry-lookup.js';
import { ReadScheduler } from './read-scheduler.js';
import type { ReaderStatus } from './reader-status.js';
import { SameTick } from './same-tick.js';
import { InvalidationHub } from './invalidation-hub.js';

export interface Core {
  readonly database: Database;
  /** Clock and timers. */
  readonly scheduler: SchedulerLike;
  readonly hub: InvalidationHub;
  readonly reads: ReadScheduler;
  readonly sameTick: SameTick;
  readonly entries: EntryLookup;
  readonly budget: ByteBudget;
  /** The readers at work, for their status. */
  readonly readers: Set<{ readonly status: ReaderStatus }>;
  /** Ends live Observables with `StoreClosed` when the store closes. */
  readonly untilClosed: <A>(source$: Observable<A>) => Observable<A>;
  /** When gathered points and reads are sent: at the end of the present tick. */
  readonly endOfTick: EndOfTick;
}

export interface CoreOptions extends Pick<Core, 'untilClosed' | 'endOfTick' | 'scheduler'> {
  /** How many bytes all readers together may hold; 64 MiB by default. */
  readonly byteBudget?: number;
  /** How many bytes one read requests at most; 2 MiB by default. */
  readonly bytesPerRead?: number;
}

export function coreOver(database: Database, { untilClosed, endOfTick, scheduler, byteBudget, bytesPerRead }: CoreOptions): Core {
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
    untilClosed,
    endOfTick,
  };
}
