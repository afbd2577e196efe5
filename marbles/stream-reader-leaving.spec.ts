/**
 * Leaving a pull gives up what it had asked for, and loses nothing: the next one asks again.
 *
 * ```
 * added:   (abc)
 * pull 1:  -^---!
 * pull 2:  ------^-!
 * pull 3:  ----------^---!
 * reads:   -^---!
 *               ^--!                sent ahead, given up with pull 2
 *                    ^---!
 *                        ^---!
 *                            ^---!
 * pulled:  -----a--------b---
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { big, oneReader, shown } from '../specs/support/stream-readers.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('leaving a pull', () => {
  it('gives up the read that is under way', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler);
      const added$ = cold('a');
      const unsub = '   -^-!';
      const expected = '----';

      scan.publish(added$, 'diode');
      expectObservable(reader.next(), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(unsub);
      flush();
      expect(scheduler.now()).toBe(3);
    });
  });

  it('gives up the read that was sent ahead while its answer is waited for', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler, { entryBytes: 600_000 });
      const added$ = cold('(abc)');
      const unsub1 = '   -^';
      const expected1 = '-----(a|)';
      const unsub2 = '   ------^-!';
      const expected2 = '---------';
      const reads = [
        '                -^---!',
        '                -----^--!',
      ];

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(reader.next().pipe(shown), unsub1).toBe(expected1, { a: { index: 0, expired: 0, entries: 'a', ended: false } });
      expectObservable(reader.next().pipe(shown), unsub2).toBe(expected2);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('loses nothing: the next pull reads again what the one that was left had asked for', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler, { entryBytes: 600_000 });
      const added$ = cold('(abc)');
      const unsub1 = '   -^';
      const expected1 = '-----(a|)';
      const unsub2 = '   ------^-!';
      const expected2 = '---------';
      const unsub3 = '   ----------^';
      const expected3 = '--------------(b|)';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(reader.next().pipe(shown), unsub1).toBe(expected1, { a: { index: 0, expired: 0, entries: 'a', ended: false } });
      expectObservable(reader.next().pipe(shown), unsub2).toBe(expected2);
      expectObservable(reader.next().pipe(shown), unsub3).toBe(expected3, { b: { index: 1, expired: 0, entries: 'b', ended: false } });
      expectSubscriptions(database.subscriptions.read).toBe(['-^---!', '-----^--!', '----------^---!', '--------------^---!', '------------------^---!']);
    });
  });

  it('and closing the cursor releases the read sent ahead and the wakes', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler, { entryBytes: 600_000 });
      const added$ = cold('(abc)');
      const closed$ = cold('------x');
      const reads = [
        '                   -^---!',
        '                   -----^!',
      ];
      const woken = '       -^----!';
      const expected = '    -----(a|)';

      scan.publish(added$.pipe(big), 'diode');
      closed$.subscribe(() => reader.close());
      expectObservable(reader.next().pipe(shown), '-^').toBe(expected, { a: { index: 0, expired: 0, entries: 'a', ended: false } });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
    });
  });
});
