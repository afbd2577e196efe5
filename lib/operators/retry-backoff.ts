/** Retries a source that failed for a passing reason, after longer and longer waits. */
import { asyncScheduler, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { retryBy, retryPolicy, transientCause, type RetryOptions } from '../retry/policy.js';

export interface RetryBackoffOptions extends RetryOptions {
  /** Whether to retry after an error; by default if it is `retriable`. */
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
 * - Emits what the source emits. A source that starts over at each subscription, as `points$` does, is read from its beginning again.
 *   A store retries its own requests anyway (option `retry`) and continues where it was. This operator is for pipelines of several
 *   requests, and for errors that a store does not wait for: a point that is not there yet, a file that is not written yet.
 * - The waits are 50 ms, 100 ms, ... up to 2 s, each shortened by up to a half at random; they start over after a value.
 * - Completes when the source completes.
 * - Errors with the source's last error when it is not `retriable`, or when `attempts` or `within` are used up.
 *
 * @throws InvalidArgument at the call for an invalid policy
 * @example
 * stream.at(100).pipe(retryBackoff({ within: 10_000 })).subscribe(console.log);
 */
export const retryBackoff = <A>({ retryIf = isTransient, scheduler = asyncScheduler, ...options }: RetryBackoffOptions = {}): MonoTypeOperatorFunction<A> =>
  retryBy(retryPolicy(options), scheduler, { retryIf, resetOnSuccess: true });

const isTransient = (error: unknown): boolean => transientCause(error) !== undefined;
