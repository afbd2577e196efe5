/**
 * The policy `{ window: n }`: everything, but never from further back than the last n points there are when the consumer asks.
 *
 * ```
 * published:                                abcdefgh------i|
 * consume(project, {policy: {window: 3}}):  -----x----y----z----(i|)    each takes 5 ms; x: a, y: d to f (dropped 2), z: g and h
 * ```
 *
 * A full read may be far from the end: the head tells how far, and the next read begins that much later. A call
 * takes 4 ms here, one read holds one of these entries, and the window is 2.
 *
 * ```
 * added:   (abcdef)
 * demand:  -p--------------------------p----
 * reads:   -^---!
 *                       ^---!
 *                                      ^---!
 * heads:        ^---!
 * range:            ^---!
 * chunks:  -----------------e----------f    e: dropped 4
 * ```
 *
 * @draws ReadPolicy
 */
import { describe, expect, it } from '@jest/globals';
import { map, mergeMap, of, type Observable, type OperatorFunction } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { blissdataError } from '../lib/model/errors.js';
import type { EncodedChunk } from '../lib/reading/reader/encoded-chunk.js';
import { bytesOf } from '../specs/contract/samples.js';
import { big, oneReader, type OneReader } from '../specs/support/stream-readers.js';
import { summaryOf, virtualStream, working } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

const window = (points: number) => ({ policy: { window: points } }) as const;

/** A chunk as the index of its first point after how many others, and the end. */
const counted: OperatorFunction<EncodedChunk, string> = map(
  ({ index, dropped, expired, block, skip, ended }) => `${index} +${dropped} +${expired}: ${block.firsts.length}${skip > 0 ? ` from ${skip}` : ''}${ended ? ' end' : ''}`,
);

describe('the policy { window: n }', () => {
  it('delivers the last so many points to a consumer that falls behind, and reports how many it skipped', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('abcdefgh------i|');
      const reads = [
        '                      (^!)',
        '                      -----(^!)',
        '                      ----------(^!)',
        '                      ---------------(^!)',
      ];
      const expected = '       -----x----y----z----(i|)';

      publish(published$);
      expectObservable(stream.consume(working(5), window(3))).toBe(expected, {
        x: { index: 0, dropped: 0, expired: 0, points: 'a' },
        y: { index: 3, dropped: 2, expired: 0, points: 'def' },
        z: { index: 6, dropped: 0, expired: 0, points: 'gh' },
        i: { index: 8, dropped: 0, expired: 0, points: 'i' },
      });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.heads).toBe([]);
    });
  });

  it('delivers everything to a consumer that is never that far behind', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('a-b-c-d-e|');
      const expected = '       ------x-----y-----(z|)';

      publish(published$);
      expectObservable(stream.consume(working(6), window(3))).toBe(expected, {
        x: { index: 0, dropped: 0, expired: 0, points: 'a' },
        y: { index: 1, dropped: 0, expired: 0, points: 'bcd' },
        z: { index: 4, dropped: 0, expired: 0, points: 'e' },
      });
    });
  });

  it('reads where the end is after a full read, and reads on from the window', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler, { ...window(2), entryBytes: 600_000 });
      const added$ = cold('(abcdef)                                ');
      const demand$ = cold('-p--------------------------p----------');
      const reads = [
        '                   -^---!',
        '                   -------------^---!',
        '                   ----------------------------^---!',
      ];
      const heads = [
        '                   -----^---!',
        '                   --------------------------------^---!',
      ];
      const range = '       ---------^---!';
      const expected = '    -----------------e------------------f';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(demand$.pipe(mergeMap(() => reader.next()), counted)).toBe(expected, { e: '0 +4 +0: 1', f: '5 +0 +0: 1' });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.heads).toBe(heads);
      expectSubscriptions(database.subscriptions.range).toBe(range);
    });
  });

  it('begins within a batch where the window does', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { bytes, server, key } = virtualStream(scheduler);
      const batches$ = cold('a---e--h', { a: [0, 'abcd'], e: [4, 'efg'], h: [7, 'h'] } as const);
      const sub = '          -----^';
      const expected = '     -----x-h';

      batches$.subscribe(([index, points]) => server.putEntry(key, { index, len: points.length, payload: bytesOf(points) }));
      expectObservable(bytes.consume((chunk) => of(summaryOf(chunk)), window(5)), sub).toBe(expected, {
        x: { index: 2, dropped: 2, expired: 0, points: 'cdefg' },
        h: { index: 7, dropped: 0, expired: 0, points: 'h' },
      });
    });
    // The same far from the end, while the window is searched.
    virtually(({ cold, expectObservable }, scheduler) => {
      const { bytes, server, key } = virtualStream(scheduler, { entryBytes: 1 << 20 });
      const batches$ = cold('(aeh)', { a: [0, 'abcd'], e: [4, 'efg'], h: [7, 'h'] } as const);
      const sub = '          -----^';
      const expected = '     -----x';

      batches$.subscribe(([index, points]) => server.putEntry(key, { index, len: points.length, payload: bytesOf(points) }));
      expectObservable(bytes.consume((chunk) => of(summaryOf(chunk)), window(3)), sub).toBe(expected, { x: { index: 5, dropped: 5, expired: 0, points: 'fgh' } });
    });
  });

  it('counts trimmed points apart from those it skipped, and misses none', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('abcdefghij---k');
      const trimmed$ = cold('  ----------x');
      const sub = '            -----------^';
      const expected = '       -----------x-k';

      publish(published$);
      trimmed$.subscribe(() => server.trim(key, 4));
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk)), window(3)), sub).toBe(expected, {
        x: { index: 3, dropped: 3, expired: 4, points: 'hij' },
        k: { index: 10, dropped: 0, expired: 0, points: 'k' },
      });
    });
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, server, source, reader } = oneReader(scheduler, { ...window(5), entryBytes: 600_000 });
      const added$ = cold('  (abcdefghij)');
      const trimmed$ = cold('------------t');
      const demand$ = cold(' -------------p');
      const expected = '     -----------------------------x';

      scan.publish(added$.pipe(big), 'diode');
      trimmed$.subscribe(() => server.trim(source.key, 8));
      expectObservable(demand$.pipe(mergeMap(() => reader.next()), counted)).toBe(expected, { x: '0 +5 +3: 1' });
    });
  });

  it('gives the last points before the seal, and completes', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('abcde|');
      const sub = '            -------^';
      const expected = '       -------(x|)';

      publish(published$);
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk)), window(2)), sub).toBe(expected, { x: { index: 3, dropped: 3, expired: 0, points: 'de' } });
    });
    // Sealed while the window is searched.
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, reader } = oneReader(scheduler, { ...window(2), entryBytes: 600_000 });
      const added$ = cold(' (abcd)--e|');
      const demand$ = cold('-p------------------------p--------p--------');
      const expected = '    -----------------d----------------e--------f';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(demand$.pipe(mergeMap(() => reader.next()), counted)).toBe(expected, {
        d: '0 +2 +0: 1',
        e: '3 +0 +0: 1',
        f: '4 +0 +0: 1',
      });
    });
  });

  it('gives each of several consumers a window of its own', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('abcdef---g-');
      const sub = '            ------^';
      const expected1 = '      abcdef---g-';
      const expected2 = '      ------x--g-';

      publish(published$);
      const consumed$ = stream.consume((chunk) => of(summaryOf(chunk).points), window(2));
      expectObservable(consumed$).toBe(expected1);
      expectObservable(consumed$, sub).toBe(expected2, { x: 'ef', g: 'g' });
    });
  });

  it('begins at an index, and waits for one that is not there yet', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('ab--c--d--e|');
      const expected = '       -------x--e|';

      publish(published$);
      expectObservable(stream.consume((chunk) => of(summaryOf(chunk)), { ...window(2), from: 3 })).toBe(expected, {
        x: { index: 3, dropped: 0, expired: 0, points: 'd' },
        e: { index: 4, dropped: 0, expired: 0, points: 'e' },
      });
    });
  });
});

describe('a demand that is withdrawn while the window is searched', () => {
  /** Two demands, the first in vain: what the second one gets. */
  const second = (first: (helpers: RunHelpers, virtual: OneReader, chunk$: Observable<string>) => void): string => {
    let found = '';
    virtually((helpers, scheduler) => {
      const virtual = oneReader(scheduler, { ...window(2), entryBytes: 600_000 });
      virtual.scan.publish(helpers.cold('(abcdef)').pipe(big), 'diode');
      first(helpers, virtual, virtual.reader.next().pipe(counted));
      helpers.cold('----------------------x').pipe(mergeMap(() => virtual.reader.next()), counted).subscribe((shown) => (found = shown));
      helpers.flush();
    });
    return found;
  };

  it('loses no count of what is passed over when it is left', () => {
    const found = second(({ expectObservable }, _, chunk$) => {
      // The head is known and the window found: the read from there is under way.
      expectObservable(chunk$, '-^------------!').toBe('-');
    });
    expect(found).toBe('0 +4 +0: 1');
  });

  it('loses no count of what is passed over when its read fails', () => {
    const found = second(({ cold, expectObservable }, { memory, database }, chunk$) => {
      const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
      cold('--------x').subscribe(() => memory.failNext('read', error));
      expectObservable(chunk$, '-^').toBe('-----------------#', undefined, error);
    });
    expect(found).toBe('0 +4 +0: 1');
  });
});
