/**
 * How far a reader is behind its stream, once per period.
 *
 * ```
 * published:                            5--6--7--8-9---
 * source:                               0--1--2----3---
 * lag(stream.length(), { period: 5 }):  -----x----y----
 * ```
 *
 * @draws lag
 */
import { describe, expect, it } from '@jest/globals';
import { concatMap, delay, map, NEVER, of, throwError } from 'rxjs';
import type { Chunk } from '../../lib/model/stream-type.js';
import type { Indexed } from '../../lib/operators/point-or-chunk.js';
import { lag } from '../../lib/operators/lag.js';
import { floats } from '../../specs/operators/chunks.js';
import { held } from '../../specs/support/subscription-logs.js';
import { virtualStreams } from '../../specs/operators/virtual-streams.js';
import { virtually } from '../../specs/support/virtual-time.js';

const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const points = Object.fromEntries(digits.map((index) => [index, { index, value: 0 }]));
const measured = (position: number, length: number) => ({ position, length, lag: length - position });

describe('lag', () => {
  it('compares what has passed with the length that is requested in each period', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }, scheduler) => {
      const published$ = hot('        5--6--7--8-9---');
      const source$ = hot<Indexed>('  0--1--2----3---', points);
      const lengths: number[] = [];
      published$.subscribe((index) => lengths.push(Number(index) + 1));
      const asked$ = cold('(l|)');
      const length$ = asked$.pipe(map(() => lengths.at(-1) ?? 0));
      const expected = '             -----x----y----';
      const unsub = '                ^-------------!';

      expectObservable(source$.pipe(lag(length$, { period: 5, scheduler })), unsub).toBe(expected, { x: measured(2, 7), y: measured(3, 9) });
      expectSubscriptions(source$.subscriptions).toBe(unsub);
      expectSubscriptions(asked$.subscriptions).toBe(['-----(^!)', '----------(^!)']);
    });
  });

  it('measures how far a slow reader of a stream is behind', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { scan, streams, database } = virtualStreams(scheduler, 'a');
      scan.publish(cold('   0123456789|         '), 'a');
      const slow$ = streams.a.points$.pipe(concatMap((point) => of(point).pipe(delay(3, scheduler))));
      const expected = '    ----x---y---z---w---';
      const unsub = '       ^------------------!';

      expectObservable(slow$.pipe(lag(streams.a.length(), { period: 4, scheduler })), unsub).toBe(expected, {
        x: measured(1, 5),
        y: measured(2, 9),
        z: measured(3, 10),
        w: measured(5, 10),
      });
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('counts the points that expired as passed', () => {
    virtually(({ hot, expectObservable }, scheduler) => {
      const source$ = hot<Chunk>('-p---', { p: floats(0, [1, 2], 5) });
      expectObservable(source$.pipe(lag(of(8), { period: 4, scheduler })), '^----!').toBe('----x', { x: measured(7, 8) });
    });
  });

  it('takes the first length of each period, and is never negative', () => {
    virtually(({ hot, expectObservable }, scheduler) => {
      const source$ = hot<Indexed>('0-1-----', points);
      expectObservable(source$.pipe(lag(of(1, 9), { period: 4, scheduler })), '^-----!').toBe('----x---', { x: { position: 2, length: 1, lag: 0 } });
    });
  });

  it('sends no request while it waits for an answer', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }, scheduler) => {
      const source$ = hot<Indexed>('0----------------', points);
      const length$ = cold('            -----(l|)        ', { l: 3 });
      const asked = ['              ----^----!       ', '            ------------^---!'];
      const unsub = '               ^---------------!';
      const expected = '            ---------x-------';

      expectObservable(source$.pipe(lag(length$, { period: 4, scheduler })), unsub).toBe(expected, { x: measured(1, 3) });
      expectSubscriptions(length$.subscriptions).toBe(asked);
    });
  });

  it('completes with the source', () => {
    virtually(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source$ = hot<Indexed>('0----|', points);
      expectObservable(source$.pipe(lag(of(1), { period: 4, scheduler }))).toBe('----x|', { x: measured(1, 1) });
      expectSubscriptions(source$.subscriptions).toBe('^----!');
      expectObservable(hot<Indexed>('|').pipe(lag(NEVER, { period: 4, scheduler }))).toBe('|');
    });
  });

  it('goes on for a source that never emits', () => {
    virtually(({ hot, expectObservable }, scheduler) => {
      expectObservable(hot<Indexed>('-').pipe(lag(of(3), { period: 4, scheduler })), '^---------!').toBe('----x---x-', { x: measured(0, 3) });
    });
  });

  it('errors with the source and with the length', () => {
    virtually(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const failing$ = hot<Indexed>('-#');
      const source$ = hot<Indexed>('0-----', points);
      expectObservable(failing$.pipe(lag(of(1), { period: 4, scheduler }))).toBe('-#');
      expectObservable(source$.pipe(lag(throwError(() => 'error'), { period: 4, scheduler }))).toBe('----#');
      expectSubscriptions(source$.subscriptions).toBe('^---!');
    });
  });

  it('leaves both when it is left', () => {
    virtually(({ hot, cold, expectObservable, expectSubscriptions }, scheduler) => {
      const source$ = hot<Indexed>('0---------', points);
      const length$ = cold<number>('-');
      const unsub = '               ^-----!';

      expectObservable(source$.pipe(lag(length$, { period: 4, scheduler })), unsub).toBe('------');
      expectSubscriptions(source$.subscriptions).toBe(unsub);
      expectSubscriptions(length$.subscriptions).toBe('----^-!');
    });
  });

  it.each([0, -1, NaN])('refuses a period of %p ms', (period) => {
    expect(() => lag(of(0), { period })).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', argument: 'period' }));
  });
});
