/** The primary keys of scans and streams: ULIDs that rise. */
import type { SchedulerLike } from 'rxjs';
import { monotonicFactory } from 'ulid';
import { processWide } from './process-wide.js';

/**
 * A ULID above all that this process made by this clock before, for whichever store, also within one millisecond, and where the clock was
 * set back. Those of other processes are above or below as their clocks say.
 */
export function newPk(clock: SchedulerLike): string {
  const { factories } = processWide();
  const next = factories.get(clock) ?? monotonicFactory();
  factories.set(clock, next);
  // To ulid the time 0 is none.
  return next(Math.max(Math.floor(clock.now()), 1));
}
