/**
 * One subscription to the database's wakes serves all who wait, each woken for its own keys.
 *
 * ```
 * invalidations$:      --a---b---t---*-----    (t names a and b, * every key)
 * changes(a):  --w-------w---w-----
 * changes(b):  ------w---w---w-----
 * subscribed:  ^------------------!
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { InvalidationHub } from '../lib/reading/invalidation-hub.js';
import type { Invalidation } from '../lib/ports/invalidations.js';
import { virtually } from '../specs/support/virtual-time.js';

const wakes: Readonly<Record<string, Invalidation>> = {
  a: { _tag: 'keys', keys: ['a'] },
  b: { _tag: 'keys', keys: ['b'] },
  c: { _tag: 'keys', keys: ['c'] },
  t: { _tag: 'keys', keys: ['a', 'b'] }, // a and b together
  '*': { _tag: 'all' },
};

const hub = (helpers: RunHelpers, marbles: string): { invalidations$: ReturnType<typeof helpers.hot<Invalidation>>; hub: InvalidationHub } => {
  const invalidations$ = helpers.hot(marbles, wakes);
  return { invalidations$, hub: new InvalidationHub({ invalidations$, unwatch: () => undefined }) };
};

const changesOf = (of: InvalidationHub, ...keys: readonly string[]) => of.changes(...keys).pipe(map(() => 'w'));

describe('the wake hub', () => {
  it('wakes each for its own keys, over one subscription to the wakes', () => {
    virtually((helpers) => {
      const { hub: shared, invalidations$ } = hub(helpers, '--a---b---t---*--c--');
      const expectedA = '--w-------w---w-----';
      const expectedB = '------w---w---w-----';
      const unsub = '    ^------------------!';

      helpers.expectObservable(changesOf(shared, 'a'), unsub).toBe(expectedA);
      helpers.expectObservable(changesOf(shared, 'b'), unsub).toBe(expectedB);
      helpers.expectSubscriptions(invalidations$.subscriptions).toBe(unsub);
    });
  });

  it('wakes all who wait for one key', () => {
    virtually((helpers) => {
      const { hub: shared, invalidations$ } = hub(helpers, '--a---a---');
      const expected1 = '                           --w---w---';
      const unsub1 = '                              ^--------!';
      const expected2 = '                           ------w---';
      const unsub2 = '                              ---^-----!';

      helpers.expectObservable(changesOf(shared, 'a'), unsub1).toBe(expected1);
      helpers.expectObservable(changesOf(shared, 'a'), unsub2).toBe(expected2);
      helpers.expectSubscriptions(invalidations$.subscriptions).toBe(unsub1);
    });
  });

  it('wakes once for a wake that names several of the keys waited for', () => {
    virtually((helpers) => {
      const { hub: shared } = hub(helpers, '--t---*---');
      const expected = '--w---w---';
      const unsub = '   ^--------!';

      helpers.expectObservable(changesOf(shared, 'a', 'b'), unsub).toBe(expected);
    });
  });

  it('subscribes to the wakes with the first who waits, leaves with the last, and comes back with the next', () => {
    virtually((helpers) => {
      const { hub: shared, invalidations$ } = hub(helpers, '--------------------');
      const unsub1 = '                              --^-----!';
      const unsub2 = '                              -----^----!';
      const unsub3 = '                              -------------^---!';
      const subscribed = [
        '                                           --^-------!',
        '                                           -------------^---!',
      ];

      for (const unsub of [unsub1, unsub2, unsub3]) helpers.expectObservable(changesOf(shared, 'a'), unsub).toBe('--------------------');
      helpers.expectSubscriptions(invalidations$.subscriptions).toBe(subscribed);
    });
  });

  it('asks for nothing as long as nobody waits', () => {
    virtually((helpers) => {
      const { invalidations$ } = hub(helpers, '--a--');
      helpers.expectSubscriptions(invalidations$.subscriptions).toBe([]);
    });
  });

  it('lets one who is woken leave, and others come, without calling those who came for the old wake', () => {
    virtually((helpers) => {
      const { hub: shared, invalidations$ } = hub(helpers, '--a-----a---');
      const expected = '                            --w-----w---';
      const unsub = '                               ^----------!';

      const woken: string[] = [];
      const leaving = shared.changes('a').subscribe(() => {
        woken.push('left');
        leaving.unsubscribe();
        shared.changes('a').subscribe(() => woken.push('came'));
      });
      helpers.expectObservable(changesOf(shared, 'a'), unsub).toBe(expected);
      helpers.flush();
      expect(woken).toEqual(['left', 'came']);
      helpers.expectSubscriptions(invalidations$.subscriptions).toBe('^');
    });
  });

  it('says when the last who waited for a key has left', () => {
    virtually((helpers) => {
      const disarmed: (readonly string[])[] = [];
      const shared = new InvalidationHub({ invalidations$: helpers.cold('---', wakes), unwatch: (keys) => disarmed.push(keys) });
      const first = shared.changes('a', 'b').subscribe();
      const second = shared.changes('b').subscribe();

      first.unsubscribe();
      second.unsubscribe();
      expect(disarmed).toEqual([['a'], ['b']]);
    });
  });

  it('passes the failure of the wakes on to all who wait, and asks for them anew afterwards', () => {
    virtually((helpers) => {
      const { hub: shared, invalidations$ } = hub(helpers, '--a--#');
      const expectedA = '                           --w--#';
      const expectedB = '                           -----#';
      const subscribed = '                          ^----!';

      helpers.expectObservable(changesOf(shared, 'a')).toBe(expectedA);
      helpers.expectObservable(changesOf(shared, 'b')).toBe(expectedB);
      helpers.expectSubscriptions(invalidations$.subscriptions).toBe([subscribed, '------(^!)']);
      helpers.expectObservable(changesOf(shared, 'a'), '------^').toBe('------#');
    });
  });

  it('never completes, even when there will be no more wakes', () => {
    virtually((helpers) => {
      const { hub: shared, invalidations$ } = hub(helpers, '--a--|');
      const expected = '                            --w------';
      const subscribed = '                          ^----!';

      helpers.expectObservable(changesOf(shared, 'a'), '^-------!').toBe(expected);
      helpers.expectSubscriptions(invalidations$.subscriptions).toBe(subscribed);
    });
  });
});
