/**
 * Trying again after longer and longer waits, here 4 ms, 8 ms, and so on without jitter.
 *
 * ```
 * source:          a-#   a-#   b-|
 * retryBackoff():  a-----a-----b-|
 * ```
 *
 * @draws retryBackoff
 */
import { describe, expect, it } from '@jest/globals';
import { concat, defer, NEVER, of, throwError, timer, type Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { blissdataError } from '../../lib/model/errors.js';
import { retryBackoff, type RetryBackoffOptions } from '../../lib/operators/retry-backoff.js';
import { virtually } from '../../specs/support/virtual-time.js';

const passing = blissdataError('Disconnected', { url: 'memory:', reason: 'test' });
const lasting = blissdataError('ScanNotFound', { key: 'esrf:scan:x' });

const retrying = (scheduler: TestScheduler, options: RetryBackoffOptions = {}) => retryBackoff<string>({ firstDelay: 4, factor: 2, maxDelay: 100, jitter: 0, scheduler, ...options });

/** One source after another, each at its subscription. */
function attempts(...sources: readonly Observable<string>[]): Observable<string> {
  let next = 0;
  return defer(() => sources[next++] ?? NEVER);
}

describe('retryBackoff', () => {
  it('subscribes again after each failure, and waits twice as long each time', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const source$ = cold('  -#', undefined, passing);
      const unsub = '         ^--------------------!';
      const subscribed = [
        '                     ^!',
        '                     -----^!',
        '                     --------------^!',
      ];
      const expected = '      ----------------------';

      expectObservable(source$.pipe(retrying(scheduler)), unsub).toBe(expected);
      expectSubscriptions(source$.subscriptions).toBe(subscribed);
    });
  });

  it('begins with the first wait again after a value', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const failing$ = cold(' #', undefined, passing);
      const giving$ = cold('  a-#', undefined, passing);
      const ending$ = cold('  b-|');
      const expected = '      ------------a-----b-|';

      expectObservable(attempts(failing$, failing$, giving$, ending$).pipe(retrying(scheduler))).toBe(expected);
    });
  });

  it('errors at once with what does not pass', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      expectObservable(cold('a-#', undefined, lasting).pipe(retrying(scheduler))).toBe('a-#', undefined, lasting);
      expectObservable(cold('a-#', undefined, new Error('x')).pipe(retrying(scheduler))).toBe('a-#', undefined, new Error('x'));
    });
  });

  it('retries what it is told to', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const source$ = attempts(cold('#', undefined, lasting), cold('a|'));
      expectObservable(source$.pipe(retrying(scheduler, { retryIf: (error) => error === lasting }))).toBe('----a|');
    });
  });

  it('errors with the last error once the attempts are used up', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const source$ = attempts(cold('#', undefined, passing), cold('#', undefined, passing), cold('#', undefined, blissdataError('OutOfMemory', { key: 'k' })));
      expectObservable(source$.pipe(retrying(scheduler, { attempts: 2 }))).toBe('------------#', undefined, blissdataError('OutOfMemory', { key: 'k' }));
    });
  });

  it('errors where the next attempt would come too late', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      expectObservable(cold('#', undefined, passing).pipe(retrying(scheduler, { within: 11 }))).toBe('----#', undefined, passing);
      expectObservable(cold('#', undefined, passing).pipe(retrying(scheduler, { within: 0, firstDelay: 0 }))).toBe('#', undefined, passing);
    });
  });

  it('counts the time anew for each subscriber', () => {
    virtually(({ expectObservable }, scheduler) => {
      const source$ = attempts(throwError(() => passing), throwError(() => passing), throwError(() => passing), of('b')).pipe(retrying(scheduler, { within: 5 }));
      expectObservable(source$).toBe('----#', undefined, passing);
      expectObservable(concat(timer(30, scheduler), source$), undefined).toBe('------------------------------0---(b|)', { 0: 0, b: 'b' });
    });
  });

  it('shortens the waits by the jitter', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const source$ = attempts(cold('#', undefined, passing), cold('#', undefined, passing), cold('a|'));
      const randoms = [0.5, 0.75];
      expectObservable(source$.pipe(retrying(scheduler, { firstDelay: 8, jitter: 1, random: () => randoms.shift() ?? 0 }))).toBe('--------a|');
    });
  });

  it('emits nothing and waits for nothing once it is left', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const source$ = cold('a-#', undefined, passing);
      const unsub = '       ^---!';
      const subscribed = '  ^-!  ';
      const expected = '    a----';

      expectObservable(source$.pipe(retrying(scheduler)), unsub).toBe(expected);
      expectSubscriptions(source$.subscriptions).toBe(subscribed);
    });
  });

  it.each<[string, RetryBackoffOptions]>([
    ['firstDelay', { firstDelay: -1 }],
    ['factor', { factor: 0.5 }],
    ['maxDelay', { maxDelay: NaN }],
    ['jitter', { jitter: 1.5 }],
    ['attempts', { attempts: -1 }],
    ['within', { within: NaN }],
  ])('throws InvalidArgument for a %s that is none', (name, options) => {
    expect(() => retryBackoff(options)).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', argument: `retry.${name}` }));
  });
});
