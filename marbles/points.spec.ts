/**
 * The points of a stream one by one, each subscriber from the first on; completes at the seal.
 *
 * ```
 * published:  --a-b------(cd)---|
 * points$:    --a-b------(cd)---|
 * late:             (ab)-(cd)---|
 * ```
 *
 * @draws Stream.points$
 */
import { describe, expect, it } from '@jest/globals';
import { concatMap, delay, of, take } from 'rxjs';
import { blissdataError } from '../lib/model/errors.js';
import { held } from '../specs/support/subscription-logs.js';
import { letters, virtualStream } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('points$', () => {
  it('emits every point with its index, and completes at the seal', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('--a-b----(cd)---|');
      const watch = '          ^---------------!';
      const expected = '       --a-b----(cd)---|';

      publish(published$);
      expectObservable(stream.points$.pipe(letters)).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('gives a late subscriber all points from the first on, those that are there at once', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('--a-b------(cd)---|');
      const sub = '            ------^';
      const watch = '          ------^-----------!';
      const expected = '       ------(ab)-(cd)---|';

      publish(published$);
      expectObservable(stream.points$.pipe(letters), sub).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
    });
  });

  it('errors with IndexNoMoreThere before points that were trimmed off', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, server, key, database } = virtualStream(scheduler);
      const published$ = cold('abcd-----');
      const trimmed$ = cold('  ----x');
      const sub = '            ------^';
      const watch = '          ------(^!)';
      const expected = '       ------#';

      publish(published$);
      trimmed$.subscribe(() => server.trim(key, 2));
      expectObservable(stream.points$, sub).toBe(expected, undefined, blissdataError('IndexNoMoreThere', { key, stream: 'diode', index: 0 }));
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
    });
  });

  it('goes on after points that were trimmed off with the option to skip them', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('abcd------e-|');
      const trimmed$ = cold('  ----x');
      const sub = '            ------^';
      const expected = '       ------(cd)e-|';

      publish(published$);
      trimmed$.subscribe(() => server.trim(key, 2));
      expectObservable(stream.points({ expired: 'skip' }).pipe(letters), sub).toBe(expected);
    });
  });

  it('stops within a chunk when the subscriber leaves there', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('abcdef------');
      const sub = '            ------^';
      const read = '           ------(^!)';
      const expected = '       ------(ab|)';

      publish(published$);
      expectObservable(stream.points$.pipe(take(2), letters), sub).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(read);
      expectSubscriptions(database.subscriptions.invalidations).toBe(read);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('is push: work that takes time does not hold back the reading', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('abcd|');
      const watch = '          ^---!';
      const expected = '       ---a--b--c--(d|)';

      publish(published$);
      const slow$ = stream.points$.pipe(
        letters,
        concatMap((letter) => of(letter).pipe(delay(3))),
      );
      expectObservable(slow$).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
    });
  });
});
