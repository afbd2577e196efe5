/**
 * What all readers of a store may hold together. Once it is used up none reads ahead, but none that waits is kept waiting: what
 * the others hold may depend on that one going on. A call takes 4 ms here, and one read holds one of these entries.
 *
 * ```
 * held by others:  all-----------none
 * demand:          -p------p-----------p------------
 * reads:           -^---!
 *                          ^---!
 *                                      ^---!
 *                                          ^---!        ahead
 *                                              ^---!    ahead
 * chunks:          -----a------b-----------c--------
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { map, type OperatorFunction } from 'rxjs';
import { atEach, big, oneReader, type OneReader, type Shown } from '../specs/support/stream-readers.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtually } from '../specs/support/virtual-time.js';

/** Each chunk by the first letters of its entries. */
const entries: OperatorFunction<Shown, string> = map(({ entries: found }) => found);

/** One entry of these takes a read of its own. */
const options = { entryBytes: 600_000 } as const;

const ahead = ({ reader }: OneReader): readonly number[] => [reader.status.chunksAhead, reader.status.bytesAhead];

describe('the byte budget of all readers', () => {
  it('stops one from reading ahead', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = oneReader(scheduler, { ...options, byteBudget: 2_000_000 });
      const { scan, database, reader, core } = virtual;
      const added$ = cold('(abcdef)                 ');
      const demand$ = cold('-p----------------------');
      const reads = [
        '                   -^---!',
        '                   -----^---!',
        '                   ---------^---!',
      ];
      const expected = '    -----a------------------';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(atEach(demand$, reader).pipe(entries)).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      flush();
      expect(ahead(virtual)).toEqual([2, 1_200_004]);
      expect(core.budget.used).toBe(1_200_004);
    });
  });

  it('never stops a consumer that waits, and lets it read ahead again once others have freed theirs', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader, core } = oneReader(scheduler, { ...options, byteBudget: 2_000_000 });
      const added$ = cold(' (abcdef)                 ');
      const freed$ = cold(' --------------x');
      const demand$ = cold('-p------p-----------p------------');
      const reads = [
        '                   -^---!',
        '                   --------^---!',
        '                   --------------------^---!',
        '                   ------------------------^---!',
        '                   ----------------------------^---!',
      ];
      const expected = '    -----a------b-----------c--------';

      core.budget.hold(2_000_000);
      freed$.subscribe(() => core.budget.release(2_000_000));
      scan.publish(added$.pipe(big), 'diode');
      expectObservable(atEach(demand$, reader).pipe(entries)).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('makes a read request less, the less there is left', () => {
    const asked = (used: number): number => {
      let found = 0;
      virtually(({ flush }, scheduler) => {
        const { scan, reader, core } = oneReader(scheduler, { entryBytes: 4036, byteBudget: 2 << 20 });
        for (let i = 0; i < 300; i++) scan.append('diode', 'x'.repeat(4036));
        core.budget.hold(used);
        reader.next().subscribe(({ block }) => (found = block.firsts.length));
        flush();
      });
      return found;
    };
    expect(asked(0)).toBe(100);
    expect(asked(1 << 20)).toBe(64);
    expect(asked(2 << 20)).toBe(16);
    expect(asked(4 << 20)).toBe(16);
  });

  it('is given back what was held ahead when a reader closes', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const virtual = oneReader(scheduler, options);
      const { scan, reader, core, database } = virtual;
      const added$ = cold(' (abcd)');
      const demand$ = cold('-p-----------');
      const closed$ = cold('------------x');
      const expected = '    -----a-------';

      let before = 0;
      scan.publish(added$.pipe(big), 'diode');
      expectObservable(atEach(demand$, reader).pipe(entries)).toBe(expected);
      closed$.subscribe(() => {
        before = core.budget.used;
        reader.close();
      });
      flush();
      expect(before).toBe(600_002);
      expect(core.budget.used).toBe(0);
      expect(core.readers.size).toBe(0);
      expect(ahead(virtual)).toEqual([0, 0]);
      expect(held(database)).toEqual([]);
    });
  });
});
