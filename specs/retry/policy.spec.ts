/** The wait before each retry. */
import { describe, expect, it } from '@jest/globals';
import { delayBefore, retryPolicy } from '../../lib/retry/policy.js';

describe('the wait before a retry', () => {
  it('grows by the factor, up to the longest wait', () => {
    const policy = retryPolicy({ firstDelay: 50, jitter: 0 });
    expect([1, 2, 3, 6, 7, 2000].map((attempt) => delayBefore(attempt, policy))).toEqual([50, 100, 200, 1600, 2000, 2000]);
  });

  it('may be infinite', () => {
    const policy = retryPolicy({ firstDelay: Infinity, maxDelay: Infinity, jitter: 0 });
    expect(delayBefore(1, policy)).toBe(Infinity);
  });

  it('stays zero, however many retries there were', () => {
    expect(delayBefore(2000, retryPolicy({ firstDelay: 0 }))).toBe(0);
  });
});
