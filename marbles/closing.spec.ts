/** How long a closing store waits for stalled writers: the time runs only while they are stalled, and starts over when the server accepts something. */
import { describe, it } from '@jest/globals';
import { map } from 'rxjs';
import { stalledFor } from '../lib/store/closing.js';
import { virtually } from '../specs/support/virtual-time.js';

const waits = { t: true, f: false };

describe('the time for which a closing store waits', () => {
  const cases: readonly [string, number, string, string][] = [
    ['begins with the first attempt that fails', 3, '      f--t------', '------0---'],
    ['has begun where a writer waits already', 3, '         t---------', '---0------'],
    ['is over at once where it is none', 0, '                f--t------', '---0------'],
    ['does not begin where nothing fails, however slow it is', 3, 'f---------', '----------'],
    ['begins anew once something was taken', 3, '          t-f--t----', '--------0-'],
    ['never ends where it is without limit', Infinity, '      t---------', '----------'],
  ];

  it.each(cases)('%s: %d ms', (_, ms, isStalled, over) => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const isStalled$ = cold(isStalled.trim(), waits);
      expectObservable(stalledFor(ms, isStalled$, scheduler).pipe(map(String)), '^---------!').toBe(over);
      expectSubscriptions(isStalled$.subscriptions).toBe('^---------!');
    });
  });
});
