/** What is tried again, and when: which failures pass by themselves, how long to wait before each attempt, and when to give up. */
import { defer, retry, throwError, type MonoTypeOperatorFunction, type Observable, type SchedulerLike } from 'rxjs';
import { blissdataError, isBlissdataError, isOutcomeUnknown, type ErrorTag } from '../model/errors.js';
import { after } from '../model/time.js';
import { received } from '../wire/problems.js';

/** All times in ms. */
export interface RetryOptions {
  /** The wait before the first retry; 50 by default. */
  readonly firstDelay?: number;
  /** How much longer each wait is than the one before; 2 by default. */
  readonly factor?: number;
  /** The longest wait; 2000 by default. */
  readonly maxDelay?: number;
  /** The share of a wait, from 0 to 1, by which it may be shortened at random, so that clients that lost the same server do not all come back at once; 0.5 by default. */
  readonly jitter?: number;
  /** The number of retries; `Infinity` by default. */
  readonly attempts?: number;
  /** The time after the first failure within which the last retry must begin; `Infinity` by default. */
  readonly within?: number;
  /** The source of the jitter: a number from 0 up to, but not including, 1. `Math.random` by default. */
  readonly random?: () => number;
}

export type RetryPolicy = Required<RetryOptions>;

const defaults: RetryPolicy = { firstDelay: 50, factor: 2, maxDelay: 2000, jitter: 0.5, attempts: Infinity, within: Infinity, random: Math.random };

/** The policy, defaults filled in; `false` never retries. Throws `InvalidArgument` for an invalid policy. */
export function retryPolicy(options: RetryOptions | false = {}): RetryPolicy {
  if (options === false) return { ...defaults, attempts: 0 };
  const policy = { ...defaults, ...options };
  const { firstDelay, factor, maxDelay, jitter, attempts, within } = policy;
  check('firstDelay', firstDelay, firstDelay >= 0, 'a time in ms');
  check('factor', factor, factor >= 1, 'at least 1');
  check('maxDelay', maxDelay, maxDelay >= 0, 'a time in ms');
  check('jitter', jitter, jitter >= 0 && jitter <= 1, 'from 0 to 1');
  check('attempts', attempts, attempts >= 0, 'a number of attempts');
  check('within', within, within >= 0, 'a time in ms');
  return policy;
}

function check(argument: string, value: number, valid: boolean, expected: string): void {
  if (typeof value !== 'number' || !valid) throw blissdataError('InvalidArgument', { argument: `retry.${argument}`, expected, received: received(value) });
}

/**
 * Why a request failed for now: the server cannot be reached or cannot answer, it has no memory for a write, it is still building
 * its search index, or the requested data are not there yet. A store waits for all but the last.
 */
export type TransientCause = 'server' | 'memory' | 'index' | 'data';

const causes: { readonly [Tag in ErrorTag]?: TransientCause } = {
  OutOfMemory: 'memory',
  IndexIncomplete: 'index',
  IndexNotYetThere: 'data',
  FileNotReadable: 'data',
  NotInFile: 'data',
};

/**
 * Why a failure may pass by itself; `undefined` if it does not.
 *
 * @param repeatable whether the request may be repeated although it may have been carried out: then an unknown outcome passes too
 */
export function transientCause(error: unknown, repeatable = false): TransientCause | undefined {
  if (isBlissdataError(error) && error.retriable) return causes[error._tag] ?? 'server';
  return repeatable && isOutcomeUnknown(error) ? 'server' : undefined;
}

/** The wait before a retry; the first one is number 1. */
export function delayBefore(attempt: number, { firstDelay, factor, maxDelay, jitter, random }: RetryPolicy): number {
  const grown = firstDelay === 0 ? 0 : firstDelay * factor ** (attempt - 1);
  const longest = Math.min(grown, maxDelay);
  return longest === Infinity ? Infinity : longest * (1 - jitter * random());
}

/** Whether a retry exceeds the policy: the number of those made already, and the time from the first failure to its beginning. */
export const isExhausted = (retries: number, elapsed: number, { attempts, within }: RetryPolicy): boolean =>
  retries >= attempts || (within !== Infinity && elapsed >= within);

export interface RetryRule {
  readonly retryIf: (error: unknown) => boolean;
  /** Whether a value makes the count, the waits and the time begin anew; false by default. */
  readonly resetOnSuccess?: boolean;
  /** Applied to each wait; one that completes without a value completes the source. */
  readonly bound?: (wait$: Observable<0>) => Observable<0>;
}

/** RxJS' `retry` by a policy. */
export const retryBy = <A>(policy: RetryPolicy, scheduler: SchedulerLike, { retryIf, resetOnSuccess = false, bound = (wait$) => wait$ }: RetryRule): MonoTypeOperatorFunction<A> =>
  (source$) =>
    defer(() => {
      let firstFailure = 0;
      const delay = (error: unknown, attempt: number): Observable<0> => {
        const now = scheduler.now();
        if (attempt === 1) firstFailure = now;
        const ms = delayBefore(attempt, policy);
        const fails = !retryIf(error) || isExhausted(attempt - 1, now + ms - firstFailure, policy);
        return fails ? throwError(() => error) : bound(after(ms, scheduler));
      };
      return source$.pipe(retry({ resetOnSuccess, delay }));
    });
