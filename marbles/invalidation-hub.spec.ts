/**
 * One subscription to the database's invalidations serves all readers, each of which gets those of its own keys.
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

const invalidations: Readonly<Record<string, Invalidation>> = {
  a: { _tag: 'keys', keys: ['a'] },
  b: { _tag: 'keys', keys: ['b'] },
  c: { _tag: 'keys', keys: ['c'] },
  t: { _tag: 'keys', keys: ['a', 'b'] }, // a and b together
  '*': { _tag: 'all' },
};

const hub = (helpers: RunHelpers, marbles: string): { invalidations$: ReturnType<typeof helpers.hot<Invalidation>>; hub: InvalidationHub } => {
  const invalidations$ = helpers.hot(marbles, invalidations);
  return { invalidations$, hub: new InvalidationHub({ invalidations$, unwatch: () => undefined }) };
};

const changesOf = (of: InvalidationHub, ...keys: readonly string[]) => of.changes(...keys).pipe(map(() => 'w'));

describe('the invalidation hub', () => {
  it('emits for each key its own invalidations, over one subscription to all', () => {
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

  it('emits to all readers of one key', () => {
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

  it('emits once for an invalidation that names several of the keys', () => {
    virtually((helpers) => {
      const { hub: shared } = hub(helpers, '--t---*---');
      const expected = '--w---w---';
      const unsub = '   ^--------!';

      helpers.expectObservable(changesOf(shared, 'a', 'b'), unsub).toBe(expected);
    });
  });

  it('subscribes with the first reader, unsubscribes with the last, and subscribes again with the next', () => {
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

  it('subscribes to nothing without a reader', () => {
    virtually((helpers) => {
      const { invalidations$ } = hub(helpers, '--a--');
      helpers.expectSubscriptions(invalidations$.subscriptions).toBe([]);
    });
  });

  it('lets a reader that is called leave, and others come, without calling those for the old invalidation', () => {
    virtually((helpers) => {
      const { hub: shared, invalidations$ } = hub(helpers, '--a-----a---');
      const expected = '                            --w-----w---';
      const unsub = '                               ^----------!';

      const called: string[] = [];
      const leaving = shared.changes('a').subscribe(() => {
        called.push('left');
        leaving.unsubscribe();
        shared.changes('a').subscribe(() => called.push('came'));
      });
      helpers.expectObservable(changesOf(shared, 'a'), unsub).toBe(expected);
      helpers.flush();
      expect(called).toEqual(['left', 'came']);
      helpers.expectSubscriptions(invalidations$.subscriptions).toBe('^');
    });
  });

  it('unwatches a key when its last reader has left', () => {
    virtually((helpers) => {
      const unwatched: (readonly string[])[] = [];
      const shared = new InvalidationHub({ invalidations$: helpers.cold('---', invalidations), unwatch: (keys) => unwatched.push(keys) });
      const first = shared.changes('a', 'b').subscribe();
      const second = shared.changes('b').subscribe();

      first.unsubscribe();
      second.unsubscribe();
      expect(unwatched).toEqual([['a'], ['b']]);
    });
  });

  it('passes an error of the invalidations to all readers, and subscribes again afterwards', () => {
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

  it('never completes, even when the invalidations do', () => {
    virtually((helpers) => {
      const { hub: shared, invalidations$ } = hub(helpers, '--a--|');
      const expected = '                            --w------';
      const subscribed = '                          ^----!';

      helpers.expectObservable(changesOf(shared, 'a'), '^-------!').toBe(expected);
      helpers.expectSubscriptions(invalidations$.subscriptions).toBe(subscribed);
    });
  });
});
