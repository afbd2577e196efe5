/** Retries for files, which other processes write than the one that publishes, and which may therefore lag behind Redis. */
import { retry, throwError, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { isBlissdataError, type ErrorTag } from '../model/errors.js';
import { after } from '../model/time.js';
import type { WaitLimit } from '../reading/reader/wait-limit.js';

const attempts = 10;
const pauseInMs = 1000;

/** The store has retried these already, as often as its options allow. */
const retriedByStore: ReadonlySet<ErrorTag> = new Set<ErrorTag>(['Disconnected', 'ServerBusy', 'ReadOnlyReplica', 'OutOfMemory']);

/** Retries, once a second for ten seconds, what a file may have later. Completes without a value when `limit` ends first. */
export const retryFileRead = <A>(scheduler: SchedulerLike, limit?: WaitLimit): MonoTypeOperatorFunction<A> =>
  retry({
    count: attempts,
    delay: (error: unknown) => {
      const maySucceed = isBlissdataError(error) && error.retriable && !retriedByStore.has(error._tag);
      if (!maySucceed) return throwError(() => error);
      const pause$ = after(pauseInMs, scheduler);
      return limit === undefined ? pause$ : limit.bound(pause$);
    },
  });
