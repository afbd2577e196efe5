/**
 * A file that is still being written is read again once a second, ten times. Errors of the database pass through: the store has retried them
 * already, as often as its options allow.
 *
 * ```
 * source:         -x 999ms -x 999ms -a|    x: the file cannot be read
 * retryFileRead:  -- 999ms -- 999ms -a|
 * ```
 */
import { describe, it } from '@jest/globals';
import { defer } from 'rxjs';
import { retryFileRead } from '../lib/kinds/retry-file-read.js';
import { blissdataError, type BlissdataError } from '../lib/model/errors.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('retryFileRead', () => {
  it('reads again while a file is being written', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const reads = [cold('-#', {}, blissdataError('FileNotReadable', { path: 'f', reason: 'test' })), cold('-a|')];
      expectObservable(defer(() => reads.shift() ?? cold('')).pipe(retryFileRead(scheduler))).toBe('- 1s -a|');
    });
  });

  const problems: readonly BlissdataError[] = [
    blissdataError('Disconnected', { url: 'memory:', reason: 'test' }),
    blissdataError('ServerBusy', { command: 'XRANGE', code: 'LOADING', reply: 'LOADING' }),
    blissdataError('OutOfMemory', { key: 'k' }),
    blissdataError('ReadOnlyReplica', { url: 'memory:', key: 'k' }),
    blissdataError('StoreClosed', {}),
  ];

  for (const problem of problems) {
    it(`passes ${problem._tag} through`, () => {
      virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
        const source$ = cold('-#', {}, problem);
        expectObservable(source$.pipe(retryFileRead(scheduler))).toBe('-#', {}, problem);
        expectSubscriptions(source$.subscriptions).toBe('^!');
      });
    });
  }
});
