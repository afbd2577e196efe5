/**
 * The policy `newest`: the newest point there is when the work on the one before is done. `dropped` tells how many were passed over.
 *
 * ```
 * published:                              a-b-c-d-e|
 * consume(project, {policy: 'newest'}):   ------x-----y-----(z|)    each takes 6 ms; x: a, y: d (dropped 2), z: e
 * ```
 *
 * @draws ReadPolicy
 */
import { describe, expect, it } from '@jest/globals';
import { of } from 'rxjs';
import { bytesOf } from '../specs/contract/samples.js';
import { summaryOf, virtualStream, working } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

const newest = { policy: 'newest' } as const;

describe("the policy 'newest'", () => {
  it('delivers the newest point there is whenever the work is done, and counts those it skipped', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('a-b-c-d-e|');
      const reads = [
        '                      (^!)',
        '                      ------(^!)',
        '                      ------------(^!)',
      ];
      const ranges = '         ------(^!)';
      const expected = '       ------x-----y-----(z|)';

      publish(published$);
      expectObservable(stream.consume(working(6), newest)).toBe(expected, {
        x: { index: 0, dropped: 0, expired: 0, points: 'a' },
        y: { index: 3, dropped: 2, expired: 0, points: 'd' },
        z: { index: 4, dropped: 0, expired: 0, points: 'e' },
      });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.range).toBe(ranges);
    });
  });

  it('reads nothing ahead while the work goes on, and requests one entry more than it needs', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 2 });
      const published$ = cold('(abcdefgh)----------------i');
      const reads = [
        '                      ^-!',
        '                      --------------------------^-!',
      ];
      const ranges = '         --^-!';
      const unsub = '          ^------------------------------!';
      const expected = '       ----------------x-------------';

      publish(published$);
      expectObservable(stream.consume(working(12), newest), unsub).toBe(expected, { x: { index: 7, dropped: 7, expired: 0, points: 'h' } });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.range).toBe(ranges);
    });
  });

  it('lets each consumer begin with the newest point there is', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('abc-d----|');
      const sub1 = '           ---^';
      const expected1 = '      ---xd----|';
      const sub2 = '           ------^';
      const expected2 = '      ------y--|';
      const sub3 = '           ----------^';
      const expected3 = '      ----------(y|)';

      publish(published$);
      const values = {
        x: { index: 2, dropped: 2, expired: 0, points: 'c' },
        d: { index: 3, dropped: 0, expired: 0, points: 'd' },
        y: { index: 3, dropped: 3, expired: 0, points: 'd' },
      };
      const consumed$ = stream.consume((chunk) => of(summaryOf(chunk)), newest);
      expectObservable(consumed$, sub1).toBe(expected1, values);
      expectObservable(consumed$, sub2).toBe(expected2, values);
      expectObservable(consumed$, sub3).toBe(expected3, values);
    });
  });

  it('gives the last point of a batch', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { bytes, server, key } = virtualStream(scheduler);
      const batches$ = cold('a---e--h', { a: [0, 'abcd'], e: [4, 'efg'], h: [7, 'h'] } as const);
      const expected = '     x---y--h';

      batches$.subscribe(([index, points]) => server.putEntry(key, { index, len: points.length, payload: bytesOf(points) }));
      expectObservable(bytes.consume((chunk) => of(summaryOf(chunk)), newest)).toBe(expected, {
        x: { index: 3, dropped: 3, expired: 0, points: 'd' },
        y: { index: 6, dropped: 2, expired: 0, points: 'g' },
        h: { index: 7, dropped: 0, expired: 0, points: 'h' },
      });
    });
  });

  it('gives no point twice if its invalidation comes after it was read', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 4 });
      // The server has answered the read when c comes, but not yet the range.
      const published$ = cold('(ab)--------');
      const late$ = cold('     ---c');
      const reads = [
        '                      ^---!',
        '                      --------^---!',
      ];
      const ranges = '         ----^---!';
      const why = '            ----------------^---!';
      const unsub = '          ^-------------------------!';
      const expected = '       --------x';

      publish(published$);
      publish(late$);
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk)), newest), unsub).toBe(expected, { x: { index: 2, dropped: 2, expired: 0, points: 'c' } });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.range).toBe(ranges);
      expectSubscriptions(database.subscriptions.heads).toBe(why);
    });
  });

  it('gives no point twice when nothing but the past was trimmed', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('abc------d');
      const trimmed$ = cold('  -----x---');
      const sub = '            ----^';
      const expected = '       ----x----d';

      publish(published$);
      trimmed$.subscribe(() => server.trim(key, 3));
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk)), newest), sub).toBe(expected, {
        x: { index: 2, dropped: 2, expired: 0, points: 'c' },
        d: { index: 3, dropped: 0, expired: 0, points: 'd' },
      });
    });
  });

  it('counts points that were trimmed off before the newest among those it passed over', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('abcdef---');
      const trimmed$ = cold('  ------x--');
      const sub = '            -------^';
      const expected = '       -------x';

      publish(published$);
      trimmed$.subscribe(() => server.trim(key, 4));
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk)), newest), sub).toBe(expected, { x: { index: 5, dropped: 5, expired: 0, points: 'f' } });
    });
  });

  it('reports points that were trimmed off where only the seal follows them', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('abc|-----');
      const trimmed$ = cold('  ----x');
      const sub = '            -----^';
      const expected = '       -----(x|)';

      publish(published$);
      trimmed$.subscribe(() => server.trim(key, 3));
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk)), newest), sub).toBe(expected, { x: { index: 0, dropped: 0, expired: 3, points: '' } });
    });
  });

  it('always gives the last point before the seal, whether it is sealed before the read, with it, or between its calls', () => {
    const ends = ['(abcd|)--------', '(abc)d|--------', '(abc)-d|-------', '(abc)--d|------', '(abc)---d|-----', '(abc)----d|----'];
    for (const marbles of ends) {
      virtually(({ cold, flush }, scheduler) => {
        const { publish, stream } = virtualStream(scheduler, { latency: 4 });
        const got: number[] = [];
        let ended = false;
        publish(cold(marbles));
        stream.consume(working(3), newest).subscribe({ next: ({ index, points }) => got.push(index, points.charCodeAt(0) - 97), complete: () => (ended = true) });
        flush();
        expect(ended).toBe(true);
        expect(got.slice(-2)).toEqual([3, 3]);
        expect(new Set(got).size).toBe(got.length / 2);
      });
    }
  });

  it('begins at an index: within a batch', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { bytes, server, key } = virtualStream(scheduler);
      const batches$ = cold('a----e---', { a: [0, 'abcd'], e: [4, 'efg'] } as const);
      const sub = '          --^';
      const expected = '     --x--y---';

      batches$.subscribe(([index, points]) => server.putEntry(key, { index, len: points.length, payload: bytesOf(points) }));
      expectObservable(bytes.consume((chunk) => of(summaryOf(chunk)), { ...newest, from: 2 }), sub).toBe(expected, {
        x: { index: 3, dropped: 1, expired: 0, points: 'd' },
        y: { index: 6, dropped: 2, expired: 0, points: 'g' },
      });
    });
  });

  it('begins at an index: one that is not there yet, and nothing before', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('ab--c--d--e--f--|');
      const expected = '       ----------e--f--|';

      publish(published$);
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk)), { ...newest, from: 4 })).toBe(expected, {
        e: { index: 4, dropped: 0, expired: 0, points: 'e' },
        f: { index: 5, dropped: 0, expired: 0, points: 'f' },
      });
    });
  });

  it('completes without a point where the stream ends before the index it begins at', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('(ab)--c---|');
      const expected = '       ----------|';

      publish(published$);
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk)), { ...newest, from: 9 })).toBe(expected);
    });
  });
});
