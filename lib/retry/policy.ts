/** When something that failed for a passing reason is tried again: how long to wait before each attempt, and when to give up. */
import { blissdataError } from '../model/errors.js';
import { received } from '../wire/problems.js';

/** All times in ms. */
export interface RetryOptions {
  /** How long to wait before the first new attempt; 50 by default. */
  readonly firstDelay?: number;
  /** By how much each wait is longer than the one before; 2 by default. */
  readonly factor?: number;
  /** How long to wait at the most; 2000 by default. */
  readonly maxDelay?: number;
  /** By up to what share of it a wait is shortened at random, so that those who lost the same server do not all come back at once; 0.5 by default. */
  readonly jitter?: number;
  /** How many new attempts to make; `Infinity` by default. */
  readonly attempts?: number;
  /** Within how much time after the first failure the last new attempt begins; `Infinity` by default. */
  readonly within?: number;
  /** Where the jitter comes from: a number from 0 up to 1. `Math.random` by default. */
  readonly random?: () => number;
}

export type RetryPolicy = Required<RetryOptions>;

const defaults: RetryPolicy = { firstDelay: 50, factor: 2, maxDelay: 2000, jitter: 0.5, attempts: Infinity, within: Infinity, random: Math.random };

/** The policy with its defaults; `false` for never trying again. Throws `InvalidArgument` for numbers that make none. */
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

/** How long to wait before an attempt; the first is number 1. */
export function delayBefore(attempt: number, { firstDelay, factor, maxDelay, jitter, random }: RetryPolicy): number {
  const grown = firstDelay === 0 ? 0 : firstDelay * factor ** (attempt - 1);
  const longest = Math.min(grown, maxDelay);
  return longest === Infinity ? Infinity : longest * (1 - jitter * random());
}

/** Whether an attempt that is made so many ms after the first failure is one too many. */
export const isTooLate = (ms: number, { within }: RetryPolicy): boolean => within !== Infinity && ms >= within;

function check(argument: string, value: number, valid: boolean, expected: string): void {
  if (typeof value !== 'number' || !valid) throw blissdataError('InvalidArgument', { argument: `retry.${argument}`, expected, received: received(value) });
}
