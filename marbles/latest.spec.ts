/**
 * The newest point of a stream, and every newer one that the reader gets to see. A call takes 2 ms here. A read asks for two
 * points: one is the newest; where there are two there may be more, and a range gets the newest. What is in between is skipped.
 *
 * ```
 * published:  a------bcdef--------g|
 * reads:      ^-!
 *                    ^-!
 *                        ^-!
 *                                 ^-!
 * ranges:              ^-!
 * latest$:    --a--------e-f--------(g|)
 * ```
 *
 * @draws Stream.latest$
 */
import { describe, expect, it } from '@jest/globals';
import { held } from '../specs/support/subscription-logs.js';
import { letters, virtualStream } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('latest$', () => {
  it('emits every point while it keeps up, and completes at the seal', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('a--b---(cd)--e--|');
      const woken = '          ^---------------!';
      const expected = '       a--b---d-----e--|';

      publish(published$);
      expectObservable(stream.latest$.pipe(letters)).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
    });
  });

  it('skips what was added while its calls travelled', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 2 });
      const published$ = cold('a------bcdef--------g|');
      const reads = [
        '                      ^-!',
        '                      -------^-!',
        '                      -----------^-!',
        '                      --------------------^-!',
      ];
      const ranges = '         ---------^-!';
      const expected = '       --a--------e-f--------(g|)';

      publish(published$);
      expectObservable(stream.latest$.pipe(letters)).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.range).toBe(ranges);
    });
  });

  it('gives a late subscriber the newest point at once, from the reading that is going on', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('a--b-----c---|');
      const woken = '          ^------------!';
      const reads = [
        '                      (^!)',
        '                      ---(^!)',
        '                      ---------(^!)',
        '                      -------------(^!)',
      ];
      const expected1 = '      a--b-----c---|';
      const sub2 = '           ------^';
      const expected2 = '      ------b--c---|';

      publish(published$);
      expectObservable(stream.latest$.pipe(letters)).toBe(expected1);
      expectObservable(stream.latest$.pipe(letters), sub2).toBe(expected2);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('begins with the last of many points, and reads anew for one who comes after everybody has left', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('(abcdefg)---h----i---');
      const unsub1 = '         -----^---!';
      const expected1 = '      -----g---';
      const unsub2 = '         --------------^-----!';
      const expected2 = '      --------------h--i---';
      const woken = [
        '                      -----^---!',
        '                      --------------^-----!',
      ];

      publish(published$);
      expectObservable(stream.latest$.pipe(letters), unsub1).toBe(expected1);
      expectObservable(stream.latest$.pipe(letters), unsub2).toBe(expected2);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
    });
  });

  it('gives the last point of a sealed stream, and completes', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('abc|');
      const sub = '            ------^';
      const woken = '          ------(^!)';
      const expected = '       ------(c|)';

      publish(published$);
      expectObservable(stream.latest$.pipe(letters), sub).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('completes without a point for a sealed stream whose points were trimmed off', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('abc|-----');
      const trimmed$ = cold('  ----x');
      const sub = '            ------^';
      const expected = '       ------|';

      publish(published$);
      trimmed$.subscribe(() => server.trim(key, 3));
      expectObservable(stream.latest$, sub).toBe(expected);
    });
  });

  it('goes on when points were trimmed off, be they seen or not', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('ab------c-----');
      const trimmed$ = cold('  -----x');
      const expected = '       ab------c-----';

      publish(published$);
      trimmed$.subscribe(() => server.trim(key, 2));
      expectObservable(stream.latest$.pipe(letters)).toBe(expected);
    });
  });
});
