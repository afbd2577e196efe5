/** The primary keys of scans and streams: rising ULIDs. */
import type { SchedulerLike } from 'rxjs';
import { processWide } from './process-wide.js';
import { risingUlids } from './rising-ulids.js';

/**
 * A ULID above all that this process has made by this clock, in any store, even within one millisecond and after the clock was
 * set back. Those of other processes are above or below as their clocks say.
 */
export function newPk(clock: SchedulerLike): string {
  const { ulidFactories } = processWide();
  const next = ulidFactories.get(clock) ?? risingUlids();
  ulidFactories.set(clock, next);
  // From 1: the factory may be that of another version of this package, which takes 0 for no time at all.
  return next(Math.max(Math.floor(clock.now()), 1));
}
