/** Backoff with files: they are written by other processes than the one that publishes, and may be behind. */
import { retry, throwError, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { isBlissdataError, type ErrorTag } from '../model/errors.js';
import { after } from '../model/time.js';
import type { WaitLimit } from '../reading/reader/wait-limit.js';

/** How often a file is looked at again, and after how many ms. */
const attempts = 10;
const betweenAttempts = 1000;

/** What the store has tried again already, as often as it may. */
const troublesOfServers: ReadonlySet<ErrorTag> = new Set<ErrorTag>(['Disconnected', 'ServerBusy', 'ReadOnlyReplica', 'OutOfMemory']);

/** Tries again what a file may have later; completes without it where the wait has a limit that is over by then. */
export const tryAgain = <A>(scheduler: SchedulerLike, limit?: WaitLimit): MonoTypeOperatorFunction<A> =>
  retry({
    count: attempts,
    delay: (error: unknown) => {
      const maySucceed = isBlissdataError(error) && error.retriable && !troublesOfServers.has(error._tag);
      if (!maySucceed) return throwError(() => error);
      const pause$ = after(betweenAttempts, scheduler);
      return limit === undefined ? pause$ : limit.bound(pause$);
    },
  });
