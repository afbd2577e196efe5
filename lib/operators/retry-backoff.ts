/** Tries again what failed for a passing reason. */
import { asyncScheduler, defer, retry, throwError, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { isBlissdataError } from '../model/errors.js';
import { after } from '../model/time.js';
import { delayBefore, isTooLate, retryPolicy, type RetryOptions } from '../retry/policy.js';

export interface RetryBackoffOptions extends RetryOptions {
  /** Whether an error is worth another attempt; by default those whose `retriable` is true. */
  readonly retryIf?: (error: unknown) => boolean;
  /** The clock and timers; RxJS' `asyncScheduler` by default. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Subscribes to the source again when it errors for a reason that may pass, each time after a longer wait.
 *
 * In plain words: keep trying, and don't be a nuisance.
 *
 * ```
 * source:                          a--#       a--#             a--b--|
 * retryBackoff({ firstDelay: 4 }): a------a--------a--b--|      4 ms after the error, both times: a value came in between
 * ```
 *
 * - Emits what the source emits. A source that begins anew at each subscription, as `points$` does, is read from its beginning: a store
 *   retries by itself what its own streams ask for (see its option `retry`), and goes on where it was. This operator is for what is made
 *   of several requests, and for errors that a store does not wait for: a point that is not yet there, a file that is not yet written.
 * - The waits are 50 ms, 100 ms, ... up to 2 s, each up to a half shorter at random, and begin anew after a value.
 * - Completes when the source completes.
 * - Errors with the last error of the source when it is not `retriable`, and when `attempts` or `within` are used up.
 *
 * @throws InvalidArgument at the call for numbers that make no policy
 * @example
 * stream.at(100).pipe(retryBackoff({ within: 10_000 })).subscribe(console.log);
 */
export function retryBackoff<A>({ retryIf = isRetriable, scheduler = asyncScheduler, ...options }: RetryBackoffOptions = {}): MonoTypeOperatorFunction<A> {
  const policy = retryPolicy(options);
  return (source$) => defer(() => {
    let since = 0;
    return source$.pipe(
      retry({
        resetOnSuccess: true,
        delay: (error: unknown, attempt) => {
          const now = scheduler.now();
          if (attempt === 1) since = now;
          const delay = delayBefore(attempt, policy);
          const isEnough = attempt > policy.attempts || isTooLate(now + delay - since, policy);
          return isEnough || !retryIf(error) ? throwError(() => error) : after(delay, scheduler);
        },
      }),
    );
  });
}

const isRetriable = (error: unknown): boolean => isBlissdataError(error) && error.retriable;
