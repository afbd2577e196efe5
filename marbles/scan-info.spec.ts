/**
 * The metadata of a scan whenever they have changed, and states and metadata together.
 *
 * ```
 * scan:       C--P--S--T--X     info changes at P and X
 * info$:      a--b--------(c|)
 * snapshot$:  C--P--S--T--(X|)  each with its info
 * ```
 *
 * @draws Scan.info$, Scan.snapshot$
 */
import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import { blissdataError } from '../lib/model/errors.js';
import { letterOf } from '../specs/support/scripted-scan.js';
import { loadedScan } from '../specs/support/loaded-scan.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtually } from '../specs/support/virtual-time.js';

const infos = { a: {}, b: { title: 'b' }, c: { title: 'b', end_reason: 'SUCCESS' } };

describe('info$', () => {
  it('emits the metadata whenever they have changed, and completes with the scan', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler);
      const changed$ = cold('--b--------c');
      const steps$ = cold('  ---P--S--T--X');
      const expected = '     a--b--------(c|)';
      const woken = '        ^-----------!';

      changed$.subscribe((info) => (scan.info = info === 'b' ? infos.b : infos.c));
      scan.walk(steps$);
      expectObservable(opened.info$).toBe(expected, infos);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('gives a late subscriber the present metadata', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler);
      const changed$ = cold('--b-----');
      const steps$ = cold('  ---P--S-');
      const unsub1 = '       ^------!';
      const expected1 = '    a--b----';
      const unsub2 = '       ----^--!';
      const expected2 = '    ----b---';

      changed$.subscribe(() => (scan.info = infos.b));
      scan.walk(steps$);
      expectObservable(opened.info$, unsub1).toBe(expected1, infos);
      expectObservable(opened.info$, unsub2).toBe(expected2, infos);
      expectSubscriptions(database.subscriptions.invalidations).toBe(unsub1);
    });
  });

  it('errors with ScanNotFound when the scan is deleted', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler);
      const steps$ = cold('---P--#');
      const expected = '   a-----#';

      scan.walk(steps$);
      expectObservable(opened.info$).toBe(expected, infos, blissdataError('ScanNotFound', { key: scan.key }));
      flush();
      expect(held(database)).toEqual([]);
    });
  });
});

describe('snapshot$', () => {
  it('gives each state with metadata that are not older', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler);
      const changed$ = cold('--b--------c');
      const steps$ = cold('  ---P--S--T--X');
      const expected = '     C--P--S--T--(X|)';
      const woken = '        ^-----------!';

      changed$.subscribe((info) => (scan.info = info === 'b' ? infos.b : infos.c));
      scan.walk(steps$);
      const shown$ = opened.snapshot$.pipe(map(({ state, info }) => [letterOf(state), info]));
      expectObservable(shown$).toBe(expected, { C: ['C', infos.a], P: ['P', infos.b], S: ['S', infos.b], T: ['T', infos.b], X: ['X', infos.c] });
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
    });
  });

  it('is left when its subscriber leaves', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler);
      const steps$ = cold('---P--S--');
      const unsub = '      ^---!';
      const expected = '   C--P-';

      scan.walk(steps$);
      expectObservable(opened.snapshot$.pipe(map(({ state }) => letterOf(state))), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(unsub);
      flush();
      expect(held(database)).toEqual([]);
    });
  });
});
