/**
 * The same question, asked by many in one tick, is asked once, at the end of the tick. Who asks later asks anew: an answer that is
 * on its way may be older than what made them ask.
 *
 * ```
 * first:     ^---!
 * second:    ^---!
 * later:     --^---!
 * question:  ----(v|)
 *            ------(w|)
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import type { Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { SameTick } from '../lib/reading/same-tick.js';
import { virtually } from '../specs/support/virtual-time.js';

/** Questions that get one answer after another. */
const asking = (scheduler: TestScheduler, answers: readonly Observable<string>[]) => {
  const sameTick = new SameTick(scheduler);
  let asked = 0;
  return {
    count: (): number => asked,
    ask: (question: string): Observable<string> =>
      sameTick.share(question, () => {
        const answer$ = answers[asked++];
        if (answer$ === undefined) throw new Error('asked once too often');
        return answer$;
      }),
  };
};

describe('SameTick', () => {
  it('asks once for all who ask the same in one tick', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const answer$ = cold(' ---(v|)');
      const asked = '       -^--!';
      const sub = '         -^';
      const expected = '    ----(v|)';

      const { ask } = asking(scheduler, [answer$]);
      for (let i = 0; i < 3; i++) expectObservable(ask('q'), sub).toBe(expected);
      expectSubscriptions(answer$.subscriptions).toBe(asked);
    });
  });

  it('asks different questions apart', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const v$ = cold('     ---(v|)');
      const w$ = cold('     --(w|)');

      const { ask } = asking(scheduler, [v$, w$]);
      expectObservable(ask('v')).toBe('---(v|)');
      expectObservable(ask('w')).toBe('--(w|)');
      expectObservable(ask('v')).toBe('---(v|)');
      expectSubscriptions(v$.subscriptions).toBe('^--!');
      expectSubscriptions(w$.subscriptions).toBe('^-!');
    });
  });

  it('asks anew for one who comes while an answer is on its way', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const v$ = cold('     ----(v|)');
      const w$ = cold('     ----(w|)');
      const sub1 = '        ^';
      const expected1 = '   ----(v|)';
      const sub2 = '        --^';
      const expected2 = '   ------(w|)';

      const { ask } = asking(scheduler, [v$, w$]);
      expectObservable(ask('q'), sub1).toBe(expected1);
      expectObservable(ask('q'), sub2).toBe(expected2);
      expectSubscriptions(v$.subscriptions).toBe('^---!');
      expectSubscriptions(w$.subscriptions).toBe('--^---!');
    });
  });

  it('asks anew for one who comes in the same frame, but after the question was sent', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const v$ = cold('     ----(v|)');
      const w$ = cold('     ----(w|)');

      const { ask, count } = asking(scheduler, [v$, w$]);
      expectObservable(ask('q')).toBe('----(v|)');
      scheduler.schedule(() => scheduler.schedule(() => scheduler.schedule(() => ask('q').subscribe(), 0), 0), 0);
      expectSubscriptions(w$.subscriptions).toBe('^---!');
      flush();
      expect(count()).toBe(2);
    });
  });

  it('asks anew once it was answered', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const v$ = cold('     (v|)');
      const w$ = cold('     (w|)');

      const { ask } = asking(scheduler, [v$, w$]);
      const answer$ = ask('q');
      expectObservable(answer$).toBe('(v|)');
      expectObservable(answer$, '-----^').toBe('-----(w|)');
    });
  });

  it('errors for all with what the question errors with, and asks anew after that', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const bad$ = cold('   ---#');
      const good$ = cold('  ---(v|)');

      const { ask } = asking(scheduler, [bad$, good$]);
      expectObservable(ask('q')).toBe('---#');
      expectObservable(ask('q')).toBe('---#');
      expectObservable(ask('q'), '-----^').toBe('--------(v|)');
      expectSubscriptions(bad$.subscriptions).toBe('^--!');
      expectSubscriptions(good$.subscriptions).toBe('-----^--!');
    });
  });

  it('errors for all with what asking throws', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { ask } = asking(scheduler, []);
      const error = new Error('asked once too often');
      expectObservable(ask('q')).toBe('#', undefined, error);
      expectObservable(ask('q')).toBe('#', undefined, error);
    });
  });

  it('goes on for those who stay, and gives the question up when nobody does', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const answer$ = cold('-----(v|)');

      const { ask } = asking(scheduler, [answer$]);
      expectObservable(ask('q'), '^-!').toBe('---');
      expectObservable(ask('q')).toBe('-----(v|)');
      expectSubscriptions(answer$.subscriptions).toBe('^----!');
    });
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const answer$ = cold('-----(v|)');

      const { ask } = asking(scheduler, [answer$]);
      expectObservable(ask('q'), '^-!').toBe('---');
      expectObservable(ask('q'), '^--!').toBe('----');
      expectSubscriptions(answer$.subscriptions).toBe('^--!');
    });
  });

  it('never asks where everybody left before the end of the tick, and asks for one who comes after that', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const answer$ = cold('--(v|)');

      const { ask, count } = asking(scheduler, [answer$]);
      ask('q').subscribe().unsubscribe();
      expectObservable(ask('q'), '---^').toBe('-----(v|)');
      expectSubscriptions(answer$.subscriptions).toBe('---^-!');
      flush();
      expect(count()).toBe(1);
    });
  });
});
