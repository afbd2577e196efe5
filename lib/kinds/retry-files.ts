/** Retries reads of files, which other processes write, and may be late with. */
import type { MonoTypeOperatorFunction, SchedulerLike } from 'rxjs';
import type { WaitLimit } from '../reading/reader/demand.js';
import { retryBy, retryPolicy, transientCause } from '../retry/policy.js';

const onceASecond = retryPolicy({ firstDelay: 1000, factor: 1, jitter: 0, attempts: 10 });

/**
 * Retries what a file may still get. The server's failures are left to the store, which has retried them already. Completes without
 * a value if a `limit` runs out during a wait.
 */
export const retryFiles = <A>(scheduler: SchedulerLike, limit?: WaitLimit): MonoTypeOperatorFunction<A> =>
  retryBy(onceASecond, scheduler, {
    retryIf: (error) => transientCause(error) === 'data',
    ...(limit === undefined ? {} : { bound: (wait$) => limit.bound(wait$) }),
  });
