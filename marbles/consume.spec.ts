/**
 * Work that takes time, chunk by chunk: the next chunk is asked for when the work on the one before is done.
 *
 * ```
 * published:         a-b-c-d-e|
 * consume(project):  ------x-----y-----(z|)    each takes 6 ms, and tells what it got; x: a, y: b to d, z: e
 * ```
 *
 * With `concurrency: 2` so many are worked on at once. What they give comes as they give it.
 *
 * ```
 * chunks:                              a b c d
 * take:                                7 2 3 4 ms
 * consume(project, {concurrency: 2}):  --b--c-a-(d|)
 * ```
 *
 * @draws Stream.consume
 */
import { describe, expect, it } from '@jest/globals';
import { concatMap, delay, EMPTY, from, map, NEVER, of, timer } from 'rxjs';
import { big } from '../specs/support/stream-readers.js';
import { held } from '../specs/support/subscription-logs.js';
import { summaryOf, virtualStream, working } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

const points = map(({ points: letters }: { readonly points: string }) => letters);

describe('consume', () => {
  it('demands a chunk when the work on the one before is done, and completes when the stream is sealed and the work done', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('a-b-c-d-e|');
      const reads = [
        '                      (^!)',
        '                      ------(^!)',
        '                      ------------(^!)',
      ];
      const watch = '          ^-----------------!';
      const expected = '       ------x-----y-----(z|)';

      publish(published$);
      expectObservable(stream.consume(working(6)).pipe(points)).toBe(expected, { x: 'a', y: 'bcd', z: 'e' });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('works on `concurrency` chunks at once, and emits results as they come', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { entryBytes: 600_000 });
      const published$ = cold('(abcd|)');
      const reads = [
        '                      (^!)',
        '                      (^!)',
        '                      --(^!)',
        '                      -----(^!)',
        '                      -------(^!)',
      ];
      const expected = '       --b--c-a-(d|)';

      const lasting: Readonly<Record<string, number>> = { a: 7, b: 2, c: 3, d: 4 };
      publish(published$.pipe(big));
      const consumed$ = stream.consume((chunk) => of(summaryOf(chunk).points).pipe(concatMap((letter) => timer(lasting[letter] ?? 0).pipe(map(() => letter)))), {
        concurrency: 2,
        credit: { chunks: 0 },
      });
      expectObservable(consumed$).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('reads ahead while the work is going on, no further than its credit', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 4, entryBytes: 600_000 });
      const published$ = cold('(abcd|)');
      const reads = [
        '                      ^---!',
        '                      ----^---!',
        '                      --------^---!',
        '                      --------------^---!',
        '                      ------------------------^---!',
      ];
      const expected = '       --------------a---------b---------c---------(d|)';

      publish(published$.pipe(big));
      expectObservable(stream.consume(working(10), { credit: { chunks: 2 } }).pipe(points)).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('passes on everything that the work emits', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('a---b---|');
      const work$ = cold('     -xy-|');
      const expected = '       -xy--xy-|';

      publish(published$);
      expectObservable(stream.consume(() => work$)).toBe(expected);
      expectObservable(stream.consume((chunk) => [summaryOf(chunk).points, 'z'])).toBe('(az)(bz)|');
    });
  });

  it('goes on at once where the work gives nothing, and emits nothing then', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('a--b---(cd)---|');
      const expected = '       --------------|';

      const seen: string[] = [];
      publish(published$);
      expectObservable(stream.consume((chunk) => void seen.push(summaryOf(chunk).points))).toBe(expected);
      expectObservable(stream.consume(() => EMPTY)).toBe(expected);
      flush();
      expect(seen).toEqual(['a', 'b', 'cd']);
    });
  });

  it('begins at an index', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('abcd--e--|');
      const sub = '            ----^';
      const expected = '       ----x-y--|';

      publish(published$);
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk)), { from: 2 }), sub).toBe(expected, {
        x: { index: 2, dropped: 0, expired: 0, points: 'cd' },
        y: { index: 4, dropped: 0, expired: 0, points: 'e' },
      });
    });
  });

  it('reads for each subscriber anew', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('a---b---|');
      const expected1 = '      -a---b--|';
      const sub2 = '           ------^';
      const expected2 = '      -------x|';

      publish(published$);
      const consumed$ = stream.consume(working(1)).pipe(points);
      expectObservable(consumed$).toBe(expected1);
      expectObservable(consumed$, sub2).toBe(expected2, { x: 'ab' });
    });
  });

  it('reads no more while the work goes on for ever, and completes no earlier than that', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('a---b---|');
      const unsub = '          ^----------!';
      const read = '           (^!)';
      const expected = '       -----------';

      publish(published$);
      expectObservable(stream.consume(() => NEVER), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(read);
    });
  });

  it('keeps a chunk that is still being worked on from completing the rest', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('a--b-|');
      const expected = '       ---b-----a-(c|)';

      publish(published$);
      const consumed$ = stream.consume((chunk) => (summaryOf(chunk).points === 'a' ? from(['a', 'c']).pipe(concatMap((letter, i) => of(letter).pipe(delay(i === 0 ? 9 : 2)))) : of('b')), {
        concurrency: 2,
      });
      expectObservable(consumed$).toBe(expected);
    });
  });
});
