/**
 * The core of all reading: it reads on demand. If there is more for sure it reads as far ahead as its credit goes, one chunk here, while
 * the consumer works on the one before. A call takes 4 ms here, and one read holds one of
 * these entries.
 *
 * ```
 * added:   (abcd)
 * demand:  -p---------------p---------------
 * reads:   -^---!
 *               ^---!
 *                           ^---!
 * chunks:  -----a-----------b---------------
 * ```
 */
import { describe, it } from '@jest/globals';
import { map } from 'rxjs';
import { atEach, big, oneReader } from '../specs/support/stream-readers.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('a stream reader', () => {
  it('reads nothing without demand', () => {
    virtually(({ cold, expectSubscriptions }, scheduler) => {
      const { scan, database } = oneReader(scheduler);
      const added$ = cold('ab--c');

      scan.publish(added$, 'diode');
      expectSubscriptions(database.subscriptions.read).toBe([]);
      expectSubscriptions(database.subscriptions.invalidations).toBe([]);
    });
  });

  it('delivers what exists in one read, and reads nothing further if that was all', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler);
      const added$ = cold(' abc----d----');
      const demand$ = cold('---p----------');
      const reads = '       ---^---!';
      const expected = '    -------v------';

      scan.publish(added$, 'diode');
      expectObservable(atEach(demand$, reader)).toBe(expected, { v: { index: 0, expired: 0, entries: 'abc', ended: false } });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('sends the next read ahead while the consumer works, and no other one with a credit of one chunk', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler, { entryBytes: 600_000, credit: { chunks: 1 } });
      const added$ = cold('(abcd)                            ');
      const demand$ = cold('-p---------------p---------------');
      const reads = [
        '                   -^---!',
        '                   -----^---!',
        '                   -----------------^---!',
      ];
      const expected = '    -----a-----------b---------------';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(atEach(demand$, reader)).toBe(expected, {
        a: { index: 0, expired: 0, entries: 'a', ended: false },
        b: { index: 1, expired: 0, entries: 'b', ended: false },
      });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('delivers what was read ahead as it arrives if the consumer is faster', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler, { entryBytes: 600_000 });
      const added$ = cold(' (abc|)');
      const demand$ = cold('-p----p---p---p---');
      const reads = [
        '                   -^---!',
        '                   -----^---!',
        '                   ---------^---!',
        '                   -------------^---!',
      ];
      const expected = '    -----a---b---c---d';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(atEach(demand$, reader)).toBe(expected, {
        a: { index: 0, expired: 0, entries: 'a', ended: false },
        b: { index: 1, expired: 0, entries: 'b', ended: false },
        c: { index: 2, expired: 0, entries: 'c', ended: false },
        d: { index: 3, expired: 0, entries: '', ended: true },
      });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('requests as many entries as their size so far allows', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler, { entryBytes: 600_000 });
      const demand$ = cold('-p-----p-------p-');
      const reads = [
        '                   -^---!',
        '                   -----^---!',
        '                   ---------^---!',
      ];
      const expected = '    -----a---b-----c-';

      for (let i = 0; i < 300; i++) scan.append('diode', 'x');
      expectObservable(atEach(demand$, reader).pipe(map(({ entries }) => entries.length))).toBe(expected, { a: 1, b: 100, c: 199 });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('requests 100 entries first, then up to 8 times as many as came before, and never more than 8000', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, reader } = oneReader(scheduler);
      const demand$ = cold('-p-----p----p---p-----p----');
      const expected = '    -----a---b---c---d----e----';

      for (let i = 0; i < 16_000; i++) scan.append('diode', 'x');
      expectObservable(atEach(demand$, reader).pipe(map(({ entries }) => entries.length))).toBe(expected, { a: 100, b: 800, c: 6400, d: 8000, e: 700 });
    });
  });

  it('waits at the end of the stream, and reads once per invalidation', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler);
      const added$ = cold(' a--------------b---------');
      const demand$ = cold('-p-----p-----------------');
      const reads = [
        '                   -^---!',
        '                   ---------------^---!',
      ];
      const expected = '    -----a-------------b-----';
      const watch = '       -^';

      scan.publish(added$, 'diode');
      expectObservable(atEach(demand$, reader)).toBe(expected, {
        a: { index: 0, expired: 0, entries: 'a', ended: false },
        b: { index: 1, expired: 0, entries: 'b', ended: false },
      });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
    });
  });

  it('checks that the scan exists if nothing was ever written', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler);
      const added$ = cold(' --------------a---------');
      const demand$ = cold('-p-----------------------');
      const reads = [
        '                   -^---!',
        '                   --------------^---!',
      ];
      const expected = '    ------------------a-----';

      scan.publish(added$, 'diode');
      expectObservable(atEach(demand$, reader)).toBe(expected, { a: { index: 0, expired: 0, entries: 'a', ended: false } });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.log).toBe('-----^---!');
      expectSubscriptions(database.subscriptions.heads).toBe('---------^---!');
      expectSubscriptions(database.subscriptions.scansExist).toBe('---------^---!');
    });
  });
});
