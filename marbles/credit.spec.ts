/**
 * How far a reader runs ahead of its consumer: as far as its credit goes. When that is used up, it reads on once half of it is free
 * again. A call takes 4 ms here, one read holds one of these entries, and the credit is the default: 4 chunks.
 *
 * ```
 * added:   (abcdefghi)
 * demand:  -p--------------------p----p--------------
 * reads:   -^---!
 *               ^---!
 *                   ^---!
 *                       ^---!
 *                           ^---!
 *                                    ^---!            b and c are taken, d and e are held
 *                                        ^---!
 * pulled:  -----a----------------b----c--------------
 * ```
 *
 * @draws Credit
 */
import { describe, expect, it } from '@jest/globals';
import { map, type OperatorFunction } from 'rxjs';
import { blissdataError } from '../lib/model/errors.js';
import { StreamReader, type StreamReaderOptions } from '../lib/reading/reader/stream-reader.js';
import { atEach, big, oneReader, shown, type OneReader, type Shown } from '../specs/support/stream-readers.js';
import { virtually } from '../specs/support/virtual-time.js';

/** What each pull got, by the first letters of its entries. */
const entries: OperatorFunction<Shown, string> = map(({ entries: found }) => found);

/** One entry of these takes a read of its own. */
const options = { entryBytes: 600_000 } as const;

const ahead = ({ reader }: OneReader): readonly number[] => [reader.status.chunksAhead, reader.status.bytesAhead];

describe('credit', () => {
  it('is used up while the consumer works, and refilled once half of it is free', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler, options);
      const added$ = cold('(abcdefghi)                              ');
      const demand$ = cold('-p--------------------p----p------------');
      const reads = [
        '                   -^---!',
        '                   -----^---!',
        '                   ---------^---!',
        '                   -------------^---!',
        '                   -----------------^---!',
        '                   ---------------------------^---!',
        '                   -------------------------------^---!',
      ];
      const expected = '    -----a----------------b----c------------';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(atEach(demand$, reader).pipe(entries)).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('is refused where it is none', () => {
    virtually((_, scheduler) => {
      const { core, source } = oneReader(scheduler);
      const make = (credit: StreamReaderOptions['credit']) => (): StreamReader => new StreamReader(core, source, credit === undefined ? {} : { credit });
      expect(make({ chunks: -1 })).toThrow('credit.chunks');
      expect(make({ chunks: NaN })).toThrow('credit.chunks');
      expect(make({ bytes: 0 })).toThrow('credit.bytes');
      expect(make({ chunks: Infinity, bytes: Infinity })).not.toThrow();
    });
  });

  it('of no chunks reads nothing before it is asked for', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler, { ...options, credit: { chunks: 0 } });
      const added$ = cold('(abc)                   ');
      const demand$ = cold('-p---------p-----------');
      const reads = [
        '                   -^---!',
        '                   -----------^---!',
      ];
      const expected = '    -----a---------b-------';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(atEach(demand$, reader).pipe(entries)).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('of one chunk reads on as soon as that is taken', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler, { ...options, credit: { chunks: 1 } });
      const added$ = cold('(abcd)                  ');
      const demand$ = cold('-p-----------p---------');
      const reads = [
        '                   -^---!',
        '                   -----^---!',
        '                   -------------^---!',
      ];
      const expected = '    -----a-------b---------';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(atEach(demand$, reader).pipe(entries)).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('of bytes is not exceeded by what the next read is expected to give', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      // Two entries of 600 kB, and a read that may give 1 MiB, are more than this; one and the read are not.
      const virtual = oneReader(scheduler, { ...options, credit: { bytes: 1_700_000 } });
      const { scan, database, reader } = virtual;
      const added$ = cold('(abcdef)                          ');
      const demand$ = cold('-p---------------------p---------');
      const reads = [
        '                   -^---!',
        '                   -----^---!',
        '                   ---------^---!',
        '                   -----------------------^---!',
      ];
      const expected = '    -----a-----------------b---------';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(atEach(demand$, reader).pipe(entries)).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      flush();
      expect(ahead(virtual)).toEqual([2, 1_200_004]);
    });
  });

  it('of bytes limits how much one read asks for, but never to less than an entry', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, reader } = oneReader(scheduler, { credit: { bytes: 1000 } });
      const demand$ = cold('-p----p----p----');
      const expected = '    -----a---b---c';

      for (let i = 0; i < 40; i++) scan.append('diode', '"x"');
      // An entry takes 8 bytes and 60 for the rest of it at first, then 3 and 60.
      expectObservable(atEach(demand$, reader).pipe(entries, map((found) => found.length))).toBe(expected, { a: 14, b: 15, c: 11 });
    });
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, reader } = oneReader(scheduler, { ...options, credit: { bytes: 1000 } });
      const added$ = cold('(ab)');
      const demand$ = cold('-p----p----');
      const expected = '    -----a---b';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(atEach(demand$, reader).pipe(entries)).toBe(expected);
    });
  });

  it('is of no use at the live end: nothing is read ahead of what has not come yet', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler);
      const added$ = cold(' a--------b---------c----');
      const demand$ = cold('-p----p----------------p----');
      const reads = [
        '                   -^---!',
        '                   ---------^---!',
        '                   -----------------------^---!',
      ];
      const expected = '    -----a-------b-------------c';

      scan.publish(added$, 'diode');
      expectObservable(atEach(demand$, reader).pipe(entries)).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('has one request under way, which answers a consumer who asks meanwhile', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler, options);
      const added$ = cold('(abc|)                  ');
      const demand$ = cold('-p----p---p---p---');
      const reads = [
        '                   -^---!',
        '                   -----^---!',
        '                   ---------^---!',
        '                   -------------^---!',
      ];
      const expected = '    -----a---b---c---d';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(atEach(demand$, reader).pipe(entries)).toBe(expected, { a: 'a', b: 'b', c: 'c', d: '' });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });
});

describe('a read that was sent ahead', () => {
  it('and failed is told of after what came before it, and once; then the reader goes on', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, reader, memory, database } = oneReader(scheduler, options);
      const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
      const added$ = cold(' (abc)');
      const failing$ = cold('------x');
      const reads = [
        '                   -^---!',
        '                   -----^---!',
        '                   ---------^---!',
        '                   ---------------------------^---!',
        '                   -------------------------------^---!',
      ];
      const first = '       -^';
      const second = '      ---------------^';
      const third = '       ---------------------^';
      const fourth = '      ---------------------------^';

      scan.publish(added$.pipe(big), 'diode');
      failing$.subscribe(() => memory.failNext('read', error));
      const next$ = reader.next().pipe(shown, entries);
      expectObservable(next$, first).toBe('-----(a|)');
      expectObservable(next$, second).toBe('---------------(b|)');
      expectObservable(next$, third).toBe('---------------------#', undefined, error);
      expectObservable(next$, fourth).toBe('-------------------------------(c|)');
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });
});
