/** Patience with files: they are written by other processes than the one that publishes, and may be behind. */
import { retry, throwError, timer, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { isBlissdataError } from '../model/errors.js';

/** How often a file is looked at again, and after how many ms. */
const attempts = 10;
const betweenAttempts = 1000;

/** Tries again what a file may have later. */
export const tryAgain = <A>(scheduler: SchedulerLike): MonoTypeOperatorFunction<A> =>
  retry({
    count: attempts,
    delay: (error: unknown) => {
      const maySucceed = isBlissdataError(error) && error.retriable && error._tag !== 'Disconnected';
      return maySucceed ? timer(betweenAttempts, scheduler) : throwError(() => error);
    },
  });
