/**
 * The states of a scan in order, from the present one on; completes after CLOSED.
 *
 * ```
 * scan:      C--P--S-----T--X
 * state$:    C--P--S-----T--(X|)
 * late:             S----T--(X|)
 * too late:                    (X|)
 * ```
 *
 * @draws Scan.state$
 */
import { describe, expect, it } from '@jest/globals';
import { defer, delay, map, switchMap, take, type Observable, type OperatorFunction } from 'rxjs';
import { blissdataError } from '../lib/model/errors.js';
import { ScanState } from '../lib/model/scan-state.js';
import { DataStore } from '../lib/store/data-store.js';
import { loadedScan } from '../specs/support/loaded-scan.js';
import { letterOf } from '../specs/support/scripted-scan.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtualStore, type VirtualStore } from '../specs/support/virtual-store.js';
import { virtually } from '../specs/support/virtual-time.js';

const letters: OperatorFunction<ScanState, string> = map(letterOf);

/** Loads the scan when it is subscribed to, then follows its states. */
const states = ({ store, scan }: VirtualStore): Observable<string> => defer(() => store.loadScan(scan.key)).pipe(switchMap((opened) => opened.state$), letters);

describe('state$', () => {
  it('emits the present state and every later one, and completes after CLOSED', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler);
      const steps$ = cold('---P--S-----T--X');
      const expected = '   C--P--S-----T--(X|)';
      const woken = '      ^--------------!';

      scan.walk(steps$);
      expectObservable(opened.state$.pipe(letters)).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('gives a late subscriber the present state, from the following that is going on', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler);
      const steps$ = cold('---P--S-----T--X');
      const expected1 = '  C--P--S-----T--(X|)';
      const sub2 = '       -------^';
      const expected2 = '  -------S----T--(X|)';
      const woken = '      ^--------------!';

      scan.walk(steps$);
      expectObservable(opened.state$.pipe(letters)).toBe(expected1);
      expectObservable(opened.state$.pipe(letters), sub2).toBe(expected2);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
    });
  });

  it('gives CLOSED to a subscriber that comes too late, and completes', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler);
      const steps$ = cold('---X');
      const sub = '        ------^';
      const expected = '   ------(X|)';

      scan.walk(steps$);
      expectObservable(opened.state$.pipe(letters), sub).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe([]);
    });
  });

  it('loads again for a subscriber that comes after it has completed', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, opened } = loadedScan(scheduler);
      const steps$ = cold('---X----#----');
      const expected1 = '  C--(X|)';
      const sub2 = '       -----^----------';
      const expected2 = '  -----(X|)';
      const sub3 = '       ----------^-----';
      const expected3 = '  ----------#';

      scan.walk(steps$);
      expectObservable(opened.state$.pipe(letters)).toBe(expected1);
      expectObservable(opened.state$.pipe(letters), sub2).toBe(expected2);
      expectObservable(opened.state$, sub3).toBe(expected3, undefined, blissdataError('ScanNotFound', { key: scan.key }));
    });
  });

  it('loads again for a subscriber that comes after all others have left', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler);
      const steps$ = cold('---P--S------T--X');
      const unsub1 = '     ^---!';
      const expected1 = '  C--P-';
      const unsub2 = '     ---------^----!';
      const expected2 = '  ---------S---T-';
      const woken = [
        '                  ^---!',
        '                  ---------^----!',
      ];

      scan.walk(steps$);
      expectObservable(opened.state$.pipe(letters), unsub1).toBe(expected1);
      expectObservable(opened.state$.pipe(letters), unsub2).toBe(expected2);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
    });
  });

  it('misses no state where several come in one frame', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, opened } = loadedScan(scheduler);
      const steps$ = cold('---(PSTX)');
      const expected = '   C--(PSTX|)';

      scan.walk(steps$);
      expectObservable(opened.state$.pipe(letters)).toBe(expected);
    });
  });

  it('misses no state that comes while a call travels', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const virtual = virtualStore(scheduler, 4);
      const { scan, database } = virtual;
      scan.step(ScanState.CREATED);
      const steps$ = cold('---------P-S---T-------X');
      // The protocol version comes first; then the scan is asked for by loadScan, by state$, and whenever states were found.
      const version = '    ^---!';
      const scans = [
        '                  ----^---!',
        '                  --------^---!',
        '                  ----------------^---!',
        '                  --------------------^---!',
        '                  ---------------------------^---!',
      ];
      const logs = [
        '                  ------------^---!',
        '                  ----------------^---!',
        '                  -----------------------^---!',
      ];
      const expected = '   ------------P-------S---T------(X|)';

      scan.walk(steps$);
      expectObservable(states(virtual)).toBe(expected);
      expectSubscriptions(database.subscriptions.protocolVersion).toBe(version);
      expectSubscriptions(database.subscriptions.scan).toBe(scans);
      expectSubscriptions(database.subscriptions.log).toBe(logs);
    });
  });

  it('misses no state that is found while the scan is being read because of the one before', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const virtual = virtualStore(scheduler);
      const { scan, database } = virtual;
      scan.step(ScanState.CREATED);
      const steps$ = cold('-------P-S---T-X');
      const expected = '   ----C-------P---S---T---(X|)';

      const store = DataStore.over({ ...database, scan: (key, stateKey) => database.scan(key, stateKey).pipe(delay(stateKey === undefined ? 0 : 4)) }, { scheduler });
      scan.walk(steps$);
      expectObservable(states({ ...virtual, store })).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe('----^-------------------!');
    });
  });

  it('never emits again, nor completes, for a scan that takes no step', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { opened, database } = loadedScan(scheduler);
      const unsub = '   ^--------!';
      const expected = 'C---------';

      expectObservable(opened.state$.pipe(letters), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(unsub);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('errors with ScanNotFound when the scan is deleted', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler);
      const steps$ = cold('---P--#');
      const expected = '   C--P--#';
      const woken = '      ^-----!';

      scan.walk(steps$);
      expectObservable(opened.state$.pipe(letters)).toBe(expected, undefined, blissdataError('ScanNotFound', { key: scan.key }));
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('gives CLOSED and completes when the scan is deleted by force, which closes it', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, opened, database, memory } = loadedScan(scheduler);
      const steps$ = cold('---P---');
      const forced$ = cold('------x');
      const expected = '   C--P--(X|)';
      const infos = '      i-----(d|)';
      const woken = '      ^-----!';

      scan.walk(steps$);
      forced$.subscribe(() => memory.deleteScan({ key: scan.key, force: true }).subscribe());
      expectObservable(opened.state$.pipe(letters)).toBe(expected);
      expectObservable(opened.info$).toBe(infos, { i: {}, d: { end_reason: 'DELETION' } });
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('gives the states that it came to, then errors with ScanNotFound, when the scan is deleted without being closed', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, opened } = loadedScan(scheduler);
      const steps$ = cold('---(PS#)');
      const expected = '   C--(PS#)';

      scan.walk(steps$);
      expectObservable(opened.state$.pipe(letters)).toBe(expected, undefined, blissdataError('ScanNotFound', { key: scan.key }));
    });
  });

  it('errors with ScanNotFound when the scan vanished between two calls, before its keys were watched', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const virtual = virtualStore(scheduler, 4);
      const { scan, server } = virtual;
      scan.step(ScanState.CREATED);
      const removed$ = cold('-----------x');
      const expected = '     ------------C-------#';

      removed$.subscribe(() => [scan.key, scan.stateKey].forEach((key) => server.delete(key)));
      expectObservable(states(virtual)).toBe(expected, undefined, blissdataError('ScanNotFound', { key: scan.key }));
    });
  });

  it('errors with what a call errors with', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, opened, database, memory } = loadedScan(scheduler);
      const error = blissdataError('ServerError', { command: 'XREAD', code: 'NOPERM', reply: 'NOPERM no permission' });
      const steps$ = cold('---P------');
      const fails$ = cold('--x-------');
      const expected = '   C--#';
      const woken = '      ^--!';

      scan.walk(steps$);
      fails$.subscribe(() => memory.failNext('scan', error));
      expectObservable(opened.state$.pipe(letters)).toBe(expected, undefined, error);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('gives up the call that is under way when the subscriber leaves', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStore(scheduler, 4);
      virtual.scan.step(ScanState.CREATED);
      const unsub = '   ^--------!';
      const scans = [
        '               ----^---!',
        '               --------^!',
      ];
      const expected = '----------';

      expectObservable(states(virtual), unsub).toBe(expected);
      expectSubscriptions(virtual.database.subscriptions.scan).toBe(scans);
      flush();
      expect(held(virtual.database)).toEqual([]);
      expect(scheduler.now()).toBe(9);
    });
  });

  it('can be left from within', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler);
      const steps$ = cold('---P--S--');
      const expected = '   C--(P|)';
      const woken = '      ^--!';

      scan.walk(steps$);
      expectObservable(opened.state$.pipe(take(2), letters)).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
    });
  });
});
