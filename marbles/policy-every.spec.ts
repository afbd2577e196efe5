/**
 * The policy `{ every: ms }`: the newest point there is, at most once in so many ms, and without a read in between.
 *
 * ```
 * published:                      a--b--c--------d---------------e|
 * reads:                          ^
 *                                           ^
 *                                                     ^
 *                                                                ^
 *                                                                          ^
 * {policy: {every: 10}}:          a---------c---------d----------e---------|    c: dropped 1
 * ```
 *
 * @draws ReadPolicy
 */
import { describe, expect, it } from '@jest/globals';
import { map, of } from 'rxjs';
import { blissdataError } from '../lib/model/errors.js';
import { held } from '../specs/support/subscription-logs.js';
import { summaryOf, virtualStream, working } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

const every = (ms: number) => ({ policy: { every: ms } }) as const;

describe('the policy { every: ms }', () => {
  it('gives the newest point at most once in a period, reads as seldom, and completes a period after the last at the latest', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('a--b--c--------d---------------e|');
      const reads = [
        '                      (^!)',
        '                      ----------(^!)',
        '                      --------------------(^!)',
        '                      -------------------------------(^!)',
        '                      -----------------------------------------(^!)',
      ];
      const watch = '          ^----------------------------------------!';
      const expected = '       a---------c---------d----------e---------|';

      publish(published$);
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk)), every(10))).toBe(expected, {
        a: { index: 0, dropped: 0, expired: 0, points: 'a' },
        c: { index: 2, dropped: 1, expired: 0, points: 'c' },
        d: { index: 3, dropped: 0, expired: 0, points: 'd' },
        e: { index: 4, dropped: 0, expired: 0, points: 'e' },
      });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
    });
  });

  it('gives the last point at the end of its period, and completes with it where the seal is there by then', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('a--bcd--|');
      const expected = '       a---------(x|)';

      publish(published$);
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk)), every(10))).toBe(expected, {
        a: { index: 0, dropped: 0, expired: 0, points: 'a' },
        x: { index: 3, dropped: 2, expired: 0, points: 'd' },
      });
    });
  });

  it('counts the period from when a point was given: work that takes longer is not held up further', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('a-b-c-d-e-f-g-h-i|');
      const expected = '       -------a------d------h------(i|)';

      publish(published$);
      expectObservable(stream.consume(working(7), every(5)).pipe(map(({ points }) => points))).toBe(expected);
    });
  });

  it('gives a point that comes after a quiet period at once', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('a--------------bc------');
      const unsub = '          ^----------------------!';
      const reads = [
        '                      (^!)',
        '                      ---------------(^!)',
        '                      --------------------(^!)',
      ];
      const expected = '       a--------------b----c---';

      publish(published$);
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk).points), every(5)), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('counts the time that calls take as part of no period: it begins when the point is given', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 4 });
      const published$ = cold('a----b---c------------');
      const unsub = '          ^--------------------!';
      const reads = [
        '                      ^---!',
        '                      --------------^---!',
      ];
      const ranges = '         ------------------^--!';
      const expected = '       ----a-----------------';

      publish(published$);
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk).points), every(10)), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.range).toBe(ranges);
    });
  });

  it('lets each consumer have periods of its own', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('a-b-c-d-e-f-g-h-');
      const expected1 = '      a------d------h-';
      const sub2 = '           -----^----------';
      const expected2 = '      -----c------g---';

      publish(published$);
      const consumed$ = stream.consume((chunk) => of(summaryOf(chunk).points), every(7));
      expectObservable(consumed$, '^---------------!').toBe(expected1, { a: 'a', d: 'd', h: 'h' });
      expectObservable(consumed$, `${sub2}!`).toBe(expected2, { c: 'c', g: 'g' });
    });
  });

  it('leaves nothing running when the subscriber leaves within a period, or the store closes', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('ab');
      const unsub = '          ^--!';

      publish(published$);
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk).points), every(100)), unsub).toBe('a--');
      flush();
      expect(held(database)).toEqual([]);
      expect(scheduler.now()).toBe(3);
    });
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const closed = blissdataError('StoreClosed', {});
      const closed$ = cold<never>('---#', undefined, closed);
      const { publish, stream, database } = virtualStream(scheduler, { closed$ });

      publish(cold('               ab'));
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk).points), every(100))).toBe('a--#', undefined, closed);
      flush();
      expect(held(database)).toEqual([]);
      expect(scheduler.now()).toBe(3);
    });
  });

  it('reports a deletion at the end of the period', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, scan } = virtualStream(scheduler);
      const published$ = cold('a---#');
      const expected = '       a---------#';

      publish(published$);
      const error = blissdataError('ScanNotFound', { key: scan.key });
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk).points), every(10))).toBe(expected, undefined, error);
    });
  });
});
