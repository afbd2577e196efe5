/** What is retried, after which wait, and how long. */
import { describe, expect, it } from '@jest/globals';
import { blissdataError } from '../../lib/model/errors.js';
import { delayBefore, isExhausted, retryPolicy, transientCause } from '../../lib/retry/policy.js';

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

describe('a policy', () => {
  it('is exhausted after its attempts, or at the end of its time', () => {
    const policy = retryPolicy({ attempts: 2, within: 100 });
    expect([isExhausted(1, 99, policy), isExhausted(2, 0, policy), isExhausted(0, 100, policy)]).toEqual([false, true, true]);
  });

  it('is never exhausted by default, and always where nothing is retried', () => {
    expect(isExhausted(1e9, Infinity, retryPolicy())).toBe(false);
    expect(isExhausted(0, 0, retryPolicy(false))).toBe(true);
  });
});

describe('the cause of a passing failure', () => {
  const unknown = blissdataError('OutcomeUnknown', { key: 'k', reason: 'cut' });

  it.each([
    [blissdataError('Disconnected', { url: 'memory:', reason: 'cut' }), 'server'],
    [blissdataError('ServerBusy', { command: 'XREAD', code: 'LOADING', reply: 'LOADING' }), 'server'],
    [blissdataError('ReadOnlyReplica', { url: 'memory:', key: 'k' }), 'server'],
    [blissdataError('OutOfMemory', { key: 'k' }), 'memory'],
    [blissdataError('IndexIncomplete', { index: 'i', percent: 1 }), 'index'],
    [blissdataError('IndexNotYetThere', { key: 'k', stream: 's', index: 1 }), 'data'],
    [blissdataError('FileNotReadable', { path: 'f', reason: 'locked' }), 'data'],
  ] as const)('of %s is %s', (error, cause) => {
    expect(transientCause(error)).toBe(cause);
  });

  it('of an unknown outcome is the server, for a request that may be repeated', () => {
    expect([transientCause(unknown), transientCause(unknown, true)]).toEqual([undefined, 'server']);
  });

  it.each([[blissdataError('StoreClosed', {})], [blissdataError('ScanNotFound', { key: 'k' })], [new Error('x')], [undefined]])('is none for %s', (error) => {
    expect(transientCause(error, true)).toBeUndefined();
  });
});
