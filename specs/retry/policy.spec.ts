/** How long is waited before another attempt. */
import { describe, expect, it } from '@jest/globals';
import { delayBefore, retryPolicy } from '../../lib/retry/policy.js';

describe('the wait before an attempt', () => {
  it('grows by the factor, up to the most there may be', () => {
    const policy = retryPolicy({ firstDelay: 50, jitter: 0 });
    expect([1, 2, 3, 6, 7, 2000].map((attempt) => delayBefore(attempt, policy))).toEqual([50, 100, 200, 1600, 2000, 2000]);
  });

  it('is as long as it is told to be', () => {
    const policy = retryPolicy({ firstDelay: Infinity, maxDelay: Infinity, jitter: 0 });
    expect(delayBefore(1, policy)).toBe(Infinity);
  });

  it('is a number where there is none, however often it is tried', () => {
    expect(delayBefore(2000, retryPolicy({ firstDelay: 0 }))).toBe(0);
  });
});
