/**
 * The loop of everything live: look, and where there is nothing (`u`), wait for a wake and look again.
 *
 * ```
 * wakes:   -----w----------w-
 * looks:   --u
 *               --u
 *                          --v
 * poll:    ------------------(v|)
 * ```
 *
 * A wake while a look is under way is kept by the alarm: the answer may be older than the change.
 *
 * ```
 * wakes:   -w----------------
 * looks:   --u
 *            --v
 * poll:    ----(v|)
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, defer, delay, finalize, map, timer, type Observable } from 'rxjs';
import { DirtyFlag, poll, pollFromEnd } from '../lib/reading/poll.js';
import { virtually } from '../specs/support/virtual-time.js';

type Look = Observable<string | undefined>;

/** Polls with an alarm that lives as long as the subscription. Looks are answered one after another; each notes if it was told of a wake. */
const polling = (invalidations$: Observable<void>, looks: readonly Look[], told: boolean[] = []): Observable<string> =>
  defer(() => {
    const alarm = new DirtyFlag(invalidations$);
    return poll(alarm, (woken) => {
      const look$ = looks[told.push(woken) - 1];
      if (look$ === undefined) throw new Error('one look too many');
      return look$;
    }).pipe(finalize(() => alarm.unsubscribe()));
  });

const wake = { w: undefined };
const nothing = { u: undefined };

describe('poll', () => {
  it('looks at once, and is done when something is found', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('-------', wake);
      const woken = '     ^-!';
      const look$ = cold('--(v|)');
      const looked = '    ^-!';
      const expected = '  --(v|)';

      expectObservable(polling(invalidations$, [look$])).toBe(expected);
      expectSubscriptions(look$.subscriptions).toBe(looked);
      expectSubscriptions(invalidations$.subscriptions).toBe(woken);
    });
  });

  it('waits for a wake where there is nothing, however often', () => {
    const told: boolean[] = [];
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot(' -----w----------w----', wake);
      const look1$ = cold('--(u|)', nothing);
      const looked1 = '    ^-!';
      const look2$ = cold('--(u|)', nothing);
      const looked2 = '    -----^-!';
      const look3$ = cold('--(v|)');
      const looked3 = '    ----------------^-!';
      const expected = '   ------------------(v|)';

      expectObservable(polling(invalidations$, [look1$, look2$, look3$], told)).toBe(expected);
      expectSubscriptions(look1$.subscriptions).toBe(looked1);
      expectSubscriptions(look2$.subscriptions).toBe(looked2);
      expectSubscriptions(look3$.subscriptions).toBe(looked3);
    });
    expect(told).toEqual([false, true, true]);
  });

  it('looks no second time when nothing wakes it', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('-----------------', wake);
      const woken = '     ^---------------!';
      const look$ = cold('--(u|)', nothing);
      const looked = '    ^-!';
      const unsub = '     ^---------------!';
      const expected = '  -----------------';

      expectObservable(polling(invalidations$, [look$]), unsub).toBe(expected);
      expectSubscriptions(look$.subscriptions).toBe(looked);
      expectSubscriptions(invalidations$.subscriptions).toBe(woken);
    });
  });

  it('takes a look that completes without an answer for one that found nothing', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot(' -----w---', wake);
      const look1$ = cold('--|');
      const looked1 = '    ^-!';
      const look2$ = cold('--(v|)');
      const looked2 = '    -----^-!';
      const expected = '   -------(v|)';

      expectObservable(polling(invalidations$, [look1$, look2$])).toBe(expected);
      expectSubscriptions(look1$.subscriptions).toBe(looked1);
      expectSubscriptions(look2$.subscriptions).toBe(looked2);
    });
  });

  it('errors with a look, and leaves the wakes', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot(' -----w---', wake);
      const woken = '      ^------!';
      const look1$ = cold('--(u|)', nothing);
      const looked1 = '    ^-!';
      const look2$ = cold('--#');
      const looked2 = '    -----^-!';
      const expected = '   -------#';

      expectObservable(polling(invalidations$, [look1$, look2$])).toBe(expected);
      expectSubscriptions(look1$.subscriptions).toBe(looked1);
      expectSubscriptions(look2$.subscriptions).toBe(looked2);
      expectSubscriptions(invalidations$.subscriptions).toBe(woken);
    });
  });

  it('gives up the look that is under way when the subscriber leaves', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('---------', wake);
      const woken = '     ^---!';
      const look$ = cold('------(v|)');
      const looked = '    ^---!';
      const unsub = '     ^---!';
      const expected = '  -----';

      expectObservable(polling(invalidations$, [look$]), unsub).toBe(expected);
      expectSubscriptions(look$.subscriptions).toBe(looked);
      expectSubscriptions(invalidations$.subscriptions).toBe(woken);
    });
  });

  it('leaves nothing behind that a later wake could start', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('--------w', wake);
      const woken = '     ^----!';
      const look$ = cold('--(u|)', nothing);
      const looked = '    ^-!';
      const unsub = '     ^----!';
      const expected = '  ------';

      expectObservable(polling(invalidations$, [look$]), unsub).toBe(expected);
      expectSubscriptions(look$.subscriptions).toBe(looked);
      expectSubscriptions(invalidations$.subscriptions).toBe(woken);
    });
  });
});

describe('the mark of an alarm', () => {
  it('keeps a wake that comes while a look is under way, for one more look', () => {
    const told: boolean[] = [];
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot(' -w----------', wake);
      const look1$ = cold('--(u|)', nothing);
      const looked1 = '    ^-!';
      const look2$ = cold('--(v|)');
      const looked2 = '    --^-!';
      const expected = '   ----(v|)';

      expectObservable(polling(invalidations$, [look1$, look2$], told)).toBe(expected);
      expectSubscriptions(look1$.subscriptions).toBe(looked1);
      expectSubscriptions(look2$.subscriptions).toBe(looked2);
    });
    expect(told).toEqual([false, true]);
  });

  it('stands for all the wakes of one look together', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot(' -www---------', wake);
      const look1$ = cold('-----(u|)', nothing);
      const looked1 = '    ^----!';
      const look2$ = cold('-----(u|)', nothing);
      const looked2 = '    -----^----!';
      const unsub = '      ^------------!';
      const expected = '   --------------';

      expectObservable(polling(invalidations$, [look1$, look2$]), unsub).toBe(expected);
      expectSubscriptions(look1$.subscriptions).toBe(looked1);
      expectSubscriptions(look2$.subscriptions).toBe(looked2);
    });
  });

  it('is cleared when a look is sent, not when it is answered: a change between the two is found', () => {
    virtually(({ hot, expectObservable, expectSubscriptions }) => {
      // The server answers what it knows half way. The change comes after that, and its wake overtakes the answer.
      const changes$ = hot('---c---------', { c: undefined });
      const invalidations$ = hot('  ---w---------', wake);
      const woken = '       ^-------!';
      const expected = '    --------(v|)';

      const changed = new BehaviorSubject(false);
      changes$.pipe(map(() => true)).subscribe(changed);
      const look$ = timer(2).pipe(
        map(() => (changed.value ? 'v' : undefined)),
        delay(2),
      );
      expectObservable(polling(invalidations$, [look$, look$])).toBe(expected);
      expectSubscriptions(invalidations$.subscriptions).toBe(woken);
    });
  });

  it('is there for a poll that begins after the wake, and is used up by its first look', () => {
    const told: boolean[] = [];
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('-w-----------', wake);
      const look$ = cold('--(u|)', nothing);
      const looked = '    ---^-!';
      const unsub = '     ---^---------!';
      const expected = '  --------------';

      const alarm = new DirtyFlag(invalidations$);
      const result$ = poll(alarm, (woken) => {
        told.push(woken);
        return look$;
      });
      expectObservable(result$, unsub).toBe(expected);
      expectSubscriptions(look$.subscriptions).toBe(looked);
    });
    expect(told).toEqual([true]);
  });

  it('does not hide that the wakes have failed: waiting ends with their error', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('-----#', wake);
      const look$ = cold('--(u|)', nothing);
      const looked = '    ^-!';
      const expected = '  -----#';

      expectObservable(polling(invalidations$, [look$])).toBe(expected);
      expectSubscriptions(look$.subscriptions).toBe(looked);
    });
  });

  it('lets a look find what it may before it tells that the wakes have failed', () => {
    virtually(({ hot, cold, expectObservable }) => {
      const invalidations$ = hot('-#', wake);
      const look$ = cold('--(v|)');
      const expected = '  --(v|)';

      expectObservable(polling(invalidations$, [look$])).toBe(expected);
    });
    virtually(({ hot, cold, expectObservable }) => {
      const invalidations$ = hot('-#', wake);
      const look$ = cold('--(u|)', nothing);
      const expected = '  --#';

      expectObservable(polling(invalidations$, [look$])).toBe(expected);
    });
  });
});

describe('pollFromEnd', () => {
  it('does not look before a wake, and then as poll does', () => {
    const told: boolean[] = [];
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('---w----w----', wake);
      const look1$ = cold('  --(u|)', nothing);
      const looked1 = '   ---^-!';
      const look2$ = cold('       --(v|)');
      const looked2 = '   --------^-!';
      const expected = '  ----------(v|)';

      const looks = [look1$, look2$];
      const result$ = pollFromEnd(new DirtyFlag(invalidations$), (woken) => looks[told.push(woken) - 1] ?? look2$);
      expectObservable(result$).toBe(expected);
      expectSubscriptions(look1$.subscriptions).toBe(looked1);
      expectSubscriptions(look2$.subscriptions).toBe(looked2);
    });
    expect(told).toEqual([true, true]);
  });

  it('misses no wake that comes between its making and its subscription', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('--w----------', wake);
      const look$ = cold('    --(v|)');
      const looked = '    ----^-!';
      const sub = '       ----^';
      const expected = '  ------(v|)';

      expectObservable(pollFromEnd(new DirtyFlag(invalidations$), () => look$), sub).toBe(expected);
      expectSubscriptions(look$.subscriptions).toBe(looked);
    });
  });
});
