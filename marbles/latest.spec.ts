/**
 * The newest point of a stream, and every newer one that the reader gets to see. A call takes 2 ms here: a read to hear that
 * there is something new, a range for the newest point; what was added in between is skipped.
 *
 * ```
 * published:  a------bcdef--------g|
 * reads:      ^-!
 *                 ^-!
 *                    ^-!
 *                        ^-!
 *                            ^-!
 *                                 ^-!
 * ranges:       ^-!
 *                      ^-!
 *                          ^-!
 *                                   ^-!
 * latest$:    ----a------e---f--------(g|)
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { take } from 'rxjs';
import { blissdataError } from '../lib/model/errors.js';
import { bytesOf } from '../specs/contract/samples.js';
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
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
    });
  });

  it('skips what was added while its calls travelled', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 2 });
      const published$ = cold('a------bcdef--------g|     ');
      const reads = [
        '                      ^-!                        ',
        '                      ----^-!                    ',
        '                      -------^-!                 ',
        '                      -----------^-!             ',
        '                      ---------------^-!         ',
        '                      --------------------^-!    ',
      ];
      const ranges = [
        '                      --^-!                      ',
        '                      ---------^-!               ',
        '                      -------------^-!           ',
        '                      ----------------------^-!  ',
      ];
      const expected = '       ----a------e---f--------(g|)';

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
      const reads = ['         (^!)          ', '(^!)', '---(^!)', '---(^!)', '---------(^!)', '---------(^!)', '-------------(^!)'];
      const expected1 = '      a--b-----c---|';
      const sub2 = '           ------^       ';
      const expected2 = '      ------b--c---|';

      publish(published$);
      expectObservable(stream.latest$.pipe(letters)).toBe(expected1);
      expectObservable(stream.latest$.pipe(letters), sub2).toBe(expected2);
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('begins with the last of many points, and reads anew for one who comes after everybody has left', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('(abcdefg)---h----i---');
      const unsub1 = '         -----^---!           ';
      const expected1 = '      -----g---            ';
      const unsub2 = '         --------------^-----!';
      const expected2 = '      --------------h--i---';
      const woken = ['         -----^---!           ', '--------------^-----!'];

      publish(published$);
      expectObservable(stream.latest$.pipe(letters), unsub1).toBe(expected1);
      expectObservable(stream.latest$.pipe(letters), unsub2).toBe(expected2);
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
    });
  });

  it('gives the last point of a sealed stream, and completes', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('abc|        ');
      const sub = '            ------^     ';
      const woken = '          ------(^!)  ';
      const expected = '       ------(c|)  ';

      publish(published$);
      expectObservable(stream.latest$.pipe(letters), sub).toBe(expected);
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('never emits for a stream that is never written', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { stream, database } = virtualStream(scheduler);
      const unsub = '          ^--------!';
      const reads = '          (^!)      ';
      const expected = '       ----------';

      expectObservable(stream.latest$, unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.wakes$).toBe(unsub);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('completes without a point for a stream that is sealed empty', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('-----|');
      const woken = '          ^----!';
      const expected = '       -----|';

      publish(published$);
      expectObservable(stream.latest$).toBe(expected);
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
    });
  });

  it('completes without a point for a sealed stream whose points were trimmed off', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('abc|-----');
      const trimmed$ = cold('  ----x    ');
      const sub = '            ------^  ';
      const expected = '       ------|  ';

      publish(published$);
      trimmed$.subscribe(() => server.trim(key, 3));
      expectObservable(stream.latest$, sub).toBe(expected);
    });
  });

  it('goes on when points were trimmed off, be they seen or not', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('ab------c-----');
      const trimmed$ = cold('  -----x        ');
      const expected = '       ab------c-----';

      publish(published$);
      trimmed$.subscribe(() => server.trim(key, 2));
      expectObservable(stream.latest$.pipe(letters)).toBe(expected);
    });
  });

  it('errors with ScanNotFound when the scan is deleted, written or not, and holds nothing after', () => {
    for (const marbles of ['a--b---#', '-------#']) {
      virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
        const { publish, stream, database, scan } = virtualStream(scheduler);
        const woken = '^------!';

        publish(cold(marbles));
        expectObservable(stream.latest$.pipe(letters)).toBe(marbles, undefined, blissdataError('ScanNotFound', { key: scan.key }));
        expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
        flush();
        expect(held(database)).toEqual([]);
      });
    }
  });

  it('errors with StreamDeleted when the stream alone is deleted, with StreamRewound when it begins anew', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('abc-----');
      const deleted$ = cold('  ------x ');
      const expected = '       abc---# ';

      publish(published$);
      deleted$.subscribe(() => server.delete(key));
      expectObservable(stream.latest$.pipe(letters)).toBe(expected, undefined, blissdataError('StreamDeleted', { key, stream: 'diode' }));
    });
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('abc-----');
      const anew$ = cold('     ------x ');
      const expected = '       abc---# ';

      publish(published$);
      anew$.subscribe(() => {
        server.delete(key);
        server.putEntry(key, { index: 0, len: 1, payload: bytesOf('"z"') });
      });
      const error = blissdataError('StreamRewound', { key, stream: 'diode', expected: 3, found: 1 });
      expectObservable(stream.latest$.pipe(letters)).toBe(expected, undefined, error);
    });
  });

  it('errors with StreamOverlap when the newest entry starts inside the one before', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { bytes, server, key } = virtualStream(scheduler);
      const published$ = cold('a--b--', { a: [0, 'abcd'], b: [2, 'x'] } as const);
      const expected = '       d--#  ';

      published$.subscribe(([index, points]) => server.putEntry(key, { index, len: points.length, payload: bytesOf(points) }));
      const error = blissdataError('StreamOverlap', { key, stream: 'diode', expected: 4, found: 2 });
      expectObservable(bytes.latest$).toBe(expected, { d: { index: 3, value: 'd'.charCodeAt(0) } }, error);
    });
  });

  it('errors with what a call errors with, and looks again for the next subscriber', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database, memory } = virtualStream(scheduler, { latency: 2 });
      const published$ = cold('a---------------');
      const expected1 = '      ----#           ';
      const sub2 = '           ------^------!  ';
      const expected2 = '      ----------a---  ';
      const ranges = ['        --^-!           ', '--------^-!'];
      const woken = ['         ^---!           ', '------^------!'];

      const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
      memory.failNext('range', error);
      publish(published$);
      expectObservable(stream.latest$.pipe(letters)).toBe(expected1, undefined, error);
      expectObservable(stream.latest$.pipe(letters), sub2).toBe(expected2);
      expectSubscriptions(database.subscriptions.range).toBe(ranges);
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
    });
  });

  it('errors with StoreClosed when the store closes', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const closed = blissdataError('StoreClosed', {});
      const closed$ = cold<never>('---#', undefined, closed);
      const { publish, stream, database } = virtualStream(scheduler, { latency: 2, closed$ });
      const published$ = cold('    a---');
      const ranges = '             --^!';
      const expected = '           ---#';

      publish(published$);
      expectObservable(stream.latest$).toBe(expected, undefined, closed);
      expectSubscriptions(database.subscriptions.range).toBe(ranges);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('gives up the call that is under way when the last subscriber leaves', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 4 });
      const published$ = cold('a--------');
      const unsub1 = '         ^---!    ';
      const unsub2 = '         --^--!   ';
      const reads = '          ^---!    ';
      const ranges = '         ----^!   ';

      publish(published$);
      expectObservable(stream.latest$, unsub1).toBe('-----');
      expectObservable(stream.latest$, unsub2).toBe('------');
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.range).toBe(ranges);
      expectSubscriptions(database.subscriptions.wakes$).toBe('^----!');
      flush();
      expect(held(database)).toEqual([]);
      expect(scheduler.now()).toBe(5);
    });
  });

  it('can be left from within', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('--a--b---');
      const woken = '          ^-!      ';
      const expected = '       --(a|)   ';

      publish(published$);
      expectObservable(stream.latest$.pipe(take(1), letters)).toBe(expected);
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
    });
  });
});
