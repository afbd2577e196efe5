/**
 * A file that may have later what it has not now is looked at again once a second, ten times. What a database does not answer is no matter of
 * files: the store has tried again already, as often as it was told to.
 *
 * ```
 * source:    -x 999ms -x 999ms -a|     x: the file cannot be read
 * retryFileRead:  -- 999ms -- 999ms -a|
 * ```
 */
import { describe, it } from '@jest/globals';
import { defer } from 'rxjs';
import { retryFileRead } from '../lib/kinds/retry-file-read.js';
import { blissdataError, type BlissdataError } from '../lib/model/errors.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('retryFileRead', () => {
  it('waits for a file to be written', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const looks = [cold('-#', {}, blissdataError('FileNotReadable', { path: 'f', reason: 'test' })), cold('-a|')];
      expectObservable(defer(() => looks.shift() ?? cold('')).pipe(retryFileRead(scheduler))).toBe('- 1s -a|');
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
    it(`leaves ${problem._tag} to the store`, () => {
      virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
        const source$ = cold('-#', {}, problem);
        expectObservable(source$.pipe(retryFileRead(scheduler))).toBe('-#', {}, problem);
        expectSubscriptions(source$.subscriptions).toBe('^!');
      });
    });
  }
});
