/**
 * How the newest point ends before the seal: with an error, or because the last subscriber leaves. Nothing is held after either.
 *
 * ```
 * published:  a--b---#      the scan is deleted
 * latest$:    a--b---#      ScanNotFound
 * subscribed: ^------!
 * ```
 *
 * @draws Stream.latest$
 */
import { describe, expect, it } from '@jest/globals';
import { blissdataError } from '../lib/model/errors.js';
import { bytesOf } from '../specs/contract/samples.js';
import { held } from '../specs/support/subscription-logs.js';
import { letters, virtualStream } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('latest$', () => {
  it('errors with StreamOverlap when the newest entry starts inside the one before', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { bytes, server, key } = virtualStream(scheduler);
      const published$ = cold('a--b--', { a: [0, 'abcd'], b: [2, 'x'] } as const);
      const expected = '       d--#';

      published$.subscribe(([index, points]) => server.putEntry(key, { index, len: points.length, payload: bytesOf(points) }));
      const error = blissdataError('StreamOverlap', { key, stream: 'diode', expected: 4, found: 2 });
      expectObservable(bytes.latest$).toBe(expected, { d: { index: 3, value: 'd'.charCodeAt(0) } }, error);
    });
  });

  it('errors with what a call errors with, and looks again for the next subscriber', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database, memory } = virtualStream(scheduler, { latency: 2 });
      const published$ = cold('(ab)------------');
      const expected1 = '      ----#';
      const sub2 = '           ------^------!';
      const expected2 = '      ----------b---';
      const ranges = [
        '                      --^-!',
        '                      --------^-!',
      ];
      const woken = [
        '                      ^---!',
        '                      ------^------!',
      ];

      const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
      memory.failNext('range', error);
      publish(published$);
      expectObservable(stream.latest$.pipe(letters)).toBe(expected1, undefined, error);
      expectObservable(stream.latest$.pipe(letters), sub2).toBe(expected2);
      expectSubscriptions(database.subscriptions.range).toBe(ranges);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
    });
  });

  it('errors with StoreClosed when the store closes', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const closed = blissdataError('StoreClosed', {});
      const closed$ = cold<never>('---#', undefined, closed);
      const { publish, stream, database } = virtualStream(scheduler, { latency: 2, closed$ });
      const published$ = cold('    (ab)');
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
      const published$ = cold('(ab)-----');
      const unsub1 = '         ^---!';
      const unsub2 = '         --^--!';
      const reads = '          ^---!';
      const ranges = '         ----^!';

      publish(published$);
      expectObservable(stream.latest$, unsub1).toBe('-----');
      expectObservable(stream.latest$, unsub2).toBe('------');
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.range).toBe(ranges);
      expectSubscriptions(database.subscriptions.invalidations).toBe('^----!');
      flush();
      expect(held(database)).toEqual([]);
      expect(scheduler.now()).toBe(5);
    });
  });
});
