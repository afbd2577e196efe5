/**
 * The loop behind everything live: read and, if there is nothing (`u`), wait for an invalidation and read again.
 *
 * ```
 * dirty:   -----w----------w-
 * reads:   --u
 *               --u
 *                          --v
 * poll:    ------------------(v|)
 * ```
 *
 * The dirty flag keeps an invalidation during a read: the answer may be older than the change.
 *
 * ```
 * dirty:   -w----------------
 * reads:   --u
 *            --v
 * poll:    ----(v|)
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, defer, delay, finalize, map, timer, type Observable } from 'rxjs';
import { DirtyFlag, poll, pollFromEnd } from '../lib/reading/poll.js';
import { virtually } from '../specs/support/virtual-time.js';

type Read = Observable<string | undefined>;

/** Polls with a flag that lives as long as the subscription. Notes for each read whether the flag was set. */
const polling = (invalidations$: Observable<void>, reads: readonly Read[], invalidated: boolean[] = []): Observable<string> =>
  defer(() => {
    const dirty = new DirtyFlag(invalidations$);
    return poll(dirty, (wasSet) => {
      const read$ = reads[invalidated.push(wasSet) - 1];
      if (read$ === undefined) throw new Error('one read too many');
      return read$;
    }).pipe(finalize(() => dirty.unsubscribe()));
  });

const change = { w: undefined };
const nothing = { u: undefined };

describe('poll', () => {
  it('reads at once, and completes when something is found', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('-------', change);
      const watch = '     ^-!';
      const read$ = cold('--(v|)');
      const active = '    ^-!';
      const expected = '  --(v|)';

      expectObservable(polling(invalidations$, [read$])).toBe(expected);
      expectSubscriptions(read$.subscriptions).toBe(active);
      expectSubscriptions(invalidations$.subscriptions).toBe(watch);
    });
  });

  it('waits for an invalidation if there is nothing, however often', () => {
    const invalidated: boolean[] = [];
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot(' -----w----------w----', change);
      const read1$ = cold('--(u|)', nothing);
      const active1 = '    ^-!';
      const read2$ = cold('--(u|)', nothing);
      const active2 = '    -----^-!';
      const read3$ = cold('--(v|)');
      const active3 = '    ----------------^-!';
      const expected = '   ------------------(v|)';

      expectObservable(polling(invalidations$, [read1$, read2$, read3$], invalidated)).toBe(expected);
      expectSubscriptions(read1$.subscriptions).toBe(active1);
      expectSubscriptions(read2$.subscriptions).toBe(active2);
      expectSubscriptions(read3$.subscriptions).toBe(active3);
    });
    expect(invalidated).toEqual([false, true, true]);
  });

  it('reads no second time without an invalidation', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('-----------------', change);
      const watch = '     ^---------------!';
      const read$ = cold('--(u|)', nothing);
      const active = '    ^-!';
      const unsub = '     ^---------------!';
      const expected = '  -----------------';

      expectObservable(polling(invalidations$, [read$]), unsub).toBe(expected);
      expectSubscriptions(read$.subscriptions).toBe(active);
      expectSubscriptions(invalidations$.subscriptions).toBe(watch);
    });
  });

  it('takes a read that completes without an answer for an empty one', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot(' -----w---', change);
      const read1$ = cold('--|');
      const active1 = '    ^-!';
      const read2$ = cold('--(v|)');
      const active2 = '    -----^-!';
      const expected = '   -------(v|)';

      expectObservable(polling(invalidations$, [read1$, read2$])).toBe(expected);
      expectSubscriptions(read1$.subscriptions).toBe(active1);
      expectSubscriptions(read2$.subscriptions).toBe(active2);
    });
  });

  it('errors with a read, and leaves the invalidations', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot(' -----w---', change);
      const watch = '      ^------!';
      const read1$ = cold('--(u|)', nothing);
      const active1 = '    ^-!';
      const read2$ = cold('--#');
      const active2 = '    -----^-!';
      const expected = '   -------#';

      expectObservable(polling(invalidations$, [read1$, read2$])).toBe(expected);
      expectSubscriptions(read1$.subscriptions).toBe(active1);
      expectSubscriptions(read2$.subscriptions).toBe(active2);
      expectSubscriptions(invalidations$.subscriptions).toBe(watch);
    });
  });

  it('gives up the read under way when it is unsubscribed from', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('---------', change);
      const watch = '     ^---!';
      const read$ = cold('------(v|)');
      const active = '    ^---!';
      const unsub = '     ^---!';
      const expected = '  -----';

      expectObservable(polling(invalidations$, [read$]), unsub).toBe(expected);
      expectSubscriptions(read$.subscriptions).toBe(active);
      expectSubscriptions(invalidations$.subscriptions).toBe(watch);
    });
  });

  it('leaves nothing behind that a later invalidation could start', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('--------w', change);
      const watch = '     ^----!';
      const read$ = cold('--(u|)', nothing);
      const active = '    ^-!';
      const unsub = '     ^----!';
      const expected = '  ------';

      expectObservable(polling(invalidations$, [read$]), unsub).toBe(expected);
      expectSubscriptions(read$.subscriptions).toBe(active);
      expectSubscriptions(invalidations$.subscriptions).toBe(watch);
    });
  });
});

describe('the dirty flag', () => {
  it('keeps an invalidation that comes during a read, for one more read', () => {
    const invalidated: boolean[] = [];
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot(' -w----------', change);
      const read1$ = cold('--(u|)', nothing);
      const active1 = '    ^-!';
      const read2$ = cold('--(v|)');
      const active2 = '    --^-!';
      const expected = '   ----(v|)';

      expectObservable(polling(invalidations$, [read1$, read2$], invalidated)).toBe(expected);
      expectSubscriptions(read1$.subscriptions).toBe(active1);
      expectSubscriptions(read2$.subscriptions).toBe(active2);
    });
    expect(invalidated).toEqual([false, true]);
  });

  it('stands for all invalidations during a read together', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot(' -www---------', change);
      const read1$ = cold('-----(u|)', nothing);
      const active1 = '    ^----!';
      const read2$ = cold('-----(u|)', nothing);
      const active2 = '    -----^----!';
      const unsub = '      ^------------!';
      const expected = '   --------------';

      expectObservable(polling(invalidations$, [read1$, read2$]), unsub).toBe(expected);
      expectSubscriptions(read1$.subscriptions).toBe(active1);
      expectSubscriptions(read2$.subscriptions).toBe(active2);
    });
  });

  it('is cleared when a read is sent, not when it is answered: a change between the two is found', () => {
    virtually(({ hot, expectObservable, expectSubscriptions }) => {
      // The server answers half way. The change comes after that, and its invalidation overtakes the answer.
      const changes$ = hot('---c---------', { c: undefined });
      const invalidations$ = hot('  ---w---------', change);
      const watch = '       ^-------!';
      const expected = '    --------(v|)';

      const changed = new BehaviorSubject(false);
      changes$.pipe(map(() => true)).subscribe(changed);
      const read$ = timer(2).pipe(
        map(() => (changed.value ? 'v' : undefined)),
        delay(2),
      );
      expectObservable(polling(invalidations$, [read$, read$])).toBe(expected);
      expectSubscriptions(invalidations$.subscriptions).toBe(watch);
    });
  });

  it('is set for a poll that begins after the invalidation, and is cleared by its first read', () => {
    const invalidated: boolean[] = [];
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('-w-----------', change);
      const read$ = cold('--(u|)', nothing);
      const active = '    ---^-!';
      const unsub = '     ---^---------!';
      const expected = '  --------------';

      const dirty = new DirtyFlag(invalidations$);
      const result$ = poll(dirty, (wasSet) => {
        invalidated.push(wasSet);
        return read$;
      });
      expectObservable(result$, unsub).toBe(expected);
      expectSubscriptions(read$.subscriptions).toBe(active);
    });
    expect(invalidated).toEqual([true]);
  });

  it('does not hide that the invalidations have failed: waiting ends with their error', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('-----#', change);
      const read$ = cold('--(u|)', nothing);
      const active = '    ^-!';
      const expected = '  -----#';

      expectObservable(polling(invalidations$, [read$])).toBe(expected);
      expectSubscriptions(read$.subscriptions).toBe(active);
    });
  });

  it('lets a read find something before it errors with the invalidations', () => {
    virtually(({ hot, cold, expectObservable }) => {
      const invalidations$ = hot('-#', change);
      const read$ = cold('--(v|)');
      const expected = '  --(v|)';

      expectObservable(polling(invalidations$, [read$])).toBe(expected);
    });
    virtually(({ hot, cold, expectObservable }) => {
      const invalidations$ = hot('-#', change);
      const read$ = cold('--(u|)', nothing);
      const expected = '  --#';

      expectObservable(polling(invalidations$, [read$])).toBe(expected);
    });
  });
});

describe('pollFromEnd', () => {
  it('does not read before an invalidation, and then as poll does', () => {
    const invalidated: boolean[] = [];
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('---w----w----', change);
      const read1$ = cold('  --(u|)', nothing);
      const active1 = '   ---^-!';
      const read2$ = cold('       --(v|)');
      const active2 = '   --------^-!';
      const expected = '  ----------(v|)';

      const reads = [read1$, read2$];
      const result$ = pollFromEnd(new DirtyFlag(invalidations$), (wasSet) => reads[invalidated.push(wasSet) - 1] ?? read2$);
      expectObservable(result$).toBe(expected);
      expectSubscriptions(read1$.subscriptions).toBe(active1);
      expectSubscriptions(read2$.subscriptions).toBe(active2);
    });
    expect(invalidated).toEqual([true, true]);
  });

  it('misses no invalidation between its creation and its subscription', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const invalidations$ = hot('--w----------', change);
      const read$ = cold('    --(v|)');
      const active = '    ----^-!';
      const sub = '       ----^';
      const expected = '  ------(v|)';

      expectObservable(pollFromEnd(new DirtyFlag(invalidations$), () => read$), sub).toBe(expected);
      expectSubscriptions(read$.subscriptions).toBe(active);
    });
  });
});
