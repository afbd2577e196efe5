/** How a store takes leave of its writers. */
import { firstValueFrom, from, NEVER, race, switchMap, type Observable, type SchedulerLike } from 'rxjs';
import { after, requireTime } from '../model/time.js';
import type { Core } from '../reading/core.js';

export interface CloseOptions {
  /**
   * How many ms to wait for a server that is away or out of memory, from the first attempt on that fails for it, and anew once it has
   * taken something since; 10,000 by default, `Infinity` for as long as it takes. A slow connection is none of that: what is on its way gets there.
   */
  readonly within?: number;
}

const defaultWithin = 10_000;

interface Flushing {
  /** Resolves when all is written, or cannot be, and at the latest when time is up. */
  readonly inTime: Promise<unknown>;
  readonly all: Promise<readonly PromiseSettledResult<void>[]>;
}

/** One that cannot be written any more does not keep the others from being written. */
export function flushWithin({ scheduler, unwritten }: Core, { within = defaultWithin }: CloseOptions): Flushing {
  requireTime('within', within);
  const all = Promise.allSettled(unwritten.writing.map((writer) => writer.flush()));
  const inTime = firstValueFrom(race(from(all), waitedFor(within, unwritten.isWaiting$, scheduler)));
  return { inTime, all };
}

/**
 * Emits whenever writers have waited for `ms` ms at a stretch.
 *
 * ```
 * isWaiting$:    -t---f-t------
 * waitedFor(5):  ------------0-
 * ```
 */
export const waitedFor = (ms: number, isWaiting$: Observable<boolean>, scheduler: SchedulerLike): Observable<0> =>
  isWaiting$.pipe(switchMap((waits) => (waits ? after(ms, scheduler) : NEVER)));
