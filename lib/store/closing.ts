/** Flushes the writers of a closing store, for as long as it may wait for the server. */
import { firstValueFrom, from, merge, NEVER, switchMap, type Observable, type SchedulerLike } from 'rxjs';
import { after, requireTime } from '../model/time.js';
import type { WritingCore } from '../stream/pending-writes.js';

export interface CloseOptions {
  /**
   * How many ms to wait for a server that is away or out of memory; 10,000 by default, `Infinity` for as long as it takes. The time runs
   * from the first failed attempt on, and starts over whenever the server has accepted something. It does not run while a connection is merely slow.
   */
  readonly within?: number;
}

const defaultWithin = 10_000;

interface Flushing {
  /** Resolves when everything is written or cannot be, or when time is up. */
  readonly inTime: Promise<unknown>;
  /** One writer's failure does not keep the others from writing. */
  readonly all: Promise<readonly PromiseSettledResult<void>[]>;
}

export function flushWithin({ scheduler, pendingWrites }: WritingCore, { within = defaultWithin }: CloseOptions): Flushing {
  requireTime('within', within);
  const all = Promise.allSettled(pendingWrites.writers.map((writer) => writer.flush()));
  const inTime = firstValueFrom(merge(from(all), stalledFor(within, pendingWrites.isStalled$, scheduler)));
  return { inTime, all };
}

/**
 * Emits whenever writers have been stalled for `ms` ms without interruption.
 *
 * ```
 * isStalled$:     -t---f-t------
 * stalledFor(5):  ------------0-
 * ```
 */
export const stalledFor = (ms: number, isStalled$: Observable<boolean>, scheduler: SchedulerLike): Observable<0> =>
  isStalled$.pipe(switchMap((isStalled) => (isStalled ? after(ms, scheduler) : NEVER)));
