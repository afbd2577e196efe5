/**
 * A file that may still get what it lacks now is read again once a second, ten times. Failures of the server are not retried here: the store
 * has done so already, as often as its policy says.
 *
 * ```
 * source:    -x 999ms -x 999ms -a|     x: the file cannot be read
 * retryFiles:  -- 999ms -- 999ms -a|
 * ```
 */
import { describe, it } from '@jest/globals';
import { defer } from 'rxjs';
import { retryFiles } from '../lib/kinds/retry-files.js';
import { blissdataError, type BlissdataError } from '../lib/model/errors.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('retryFiles', () => {
  it('waits for a file to be written', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const looks = [cold('-#', {}, blissdataError('FileNotReadable', { path: 'f', reason: 'test' })), cold('-a|')];
      expectObservable(defer(() => looks.shift() ?? cold('')).pipe(retryFiles(scheduler))).toBe('- 1s -a|');
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
        expectObservable(source$.pipe(retryFiles(scheduler))).toBe('-#', {}, problem);
        expectSubscriptions(source$.subscriptions).toBe('^!');
      });
    });
  }
});
