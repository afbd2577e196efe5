/** The primary keys of scans and streams: rising ULIDs. */
import type { SchedulerLike } from 'rxjs';
import { monotonicFactory } from 'ulid';
import { processWide } from './process-wide.js';

/**
 * A ULID above all that this process has made by this clock, in any store, even within one millisecond and after the clock was
 * set back. Those of other processes are above or below as their clocks say.
 */
export function newPk(clock: SchedulerLike): string {
  const { ulidFactories } = processWide();
  const next = ulidFactories.get(clock) ?? monotonicFactory();
  ulidFactories.set(clock, next);
  // The factory takes the time 0 for a missing argument.
  return next(Math.max(Math.floor(clock.now()), 1));
}
