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
  it('sends one request for all subscribers of the same tick', () => {
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

  it('sends different requests apart', () => {
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

  it('sends another request for a subscriber that comes while an answer is on its way', () => {
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

  it('sends another request for a subscriber in the same frame, but after the request was sent', () => {
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

  it('sends another request once the first was answered', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const v$ = cold('     (v|)');
      const w$ = cold('     (w|)');

      const { ask } = asking(scheduler, [v$, w$]);
      const answer$ = ask('q');
      expectObservable(answer$).toBe('(v|)');
      expectObservable(answer$, '-----^').toBe('-----(w|)');
    });
  });

  it('errors for all with what the request errors with, and sends another one after that', () => {
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

  it('errors for all with what making the request throws', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { ask } = asking(scheduler, []);
      const error = new Error('asked once too often');
      expectObservable(ask('q')).toBe('#', undefined, error);
      expectObservable(ask('q')).toBe('#', undefined, error);
    });
  });

  it('goes on for the remaining subscribers, and cancels the request when there are none', () => {
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

  it('sends nothing if all have unsubscribed before the end of the tick, and a request for a subscriber after that', () => {
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
