/** The primary keys of scans and streams: ULIDs that rise. */
import type { SchedulerLike } from 'rxjs';
import { monotonicFactory, type ULIDFactory } from 'ulid';

/** One for each clock: whatever a process creates by one clock rises, in whichever store. */
const factories = new WeakMap<SchedulerLike, ULIDFactory>();

/**
 * A ULID above all that were made by this clock before, also within one millisecond, and where the clock was set back. Those of other
 * processes are above or below as their clocks say.
 */
export function newPk(clock: SchedulerLike): string {
  const next = factories.get(clock) ?? monotonicFactory();
  factories.set(clock, next);
  // To ulid the time 0 is none.
  return next(Math.max(Math.floor(clock.now()), 1));
}
