/**
 * The rounds of a memory tracker: scans are found, get their time to live when closed, and are deleted when inactive.
 *
 * ```
 * scan:     C----------------X--------------
 * rounds:   ^ 30 s      ^ 30 s      ^ 30 s
 * events:   (sfr)-------r-----------(xr)----    s: started, f: found, r: round, x: expires
 * ```
 *
 * @draws trackMemory
 */
import { describe, expect, it } from '@jest/globals';
import { defer, map, switchMap, take } from 'rxjs';
import { blissdataError } from '../lib/model/errors.js';
import { ScanState } from '../lib/model/scan-state.js';
import { letterOf } from '../specs/support/scripted-scan.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtually } from '../specs/support/virtual-time.js';
import { virtualTracker } from '../specs/support/virtual-tracker.js';

const words = { s: 'started', r: 'round', f: 'found 1', g: 'found 2', x: 'expires 1', y: 'expires 2', d: 'deleted 1', z: 'vanished 1' };

describe('a memory tracker', () => {
  it('does a round at once, then one per period', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { track } = virtualTracker(scheduler);
      const sub = '     ^ 69999ms !';
      const expected = '(sr) 29996ms r 29999ms r';

      expectObservable(track(), sub).toBe(expected, words);
    });
  });

  it('does nothing before it is subscribed to, and tracks anew for each subscriber', () => {
    virtually(({ expectObservable, flush }, scheduler) => {
      const { track, scan, database } = virtualTracker(scheduler);
      const tracker$ = track({ monitoringPeriod: 10 });
      scan(1).step(ScanState.CREATED);
      const sub1 = '     ---^-------------!';
      const expected1 = '---(sfr)--   ---r';
      const sub2 = '     ----------^---!';
      const expected2 = '----------(sfr)';

      expectObservable(tracker$, sub1).toBe(expected1, words);
      expectObservable(tracker$, sub2).toBe(expected2, words);
      flush();
      expect(database.subscriptions.logTail[0]).toMatchObject({ subscribedFrame: 3 });
    });
  });

  it('finds the scans that are there, and those that come', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { track, scan } = virtualTracker(scheduler);
      scan(1).step(ScanState.CREATED);
      const second$ = cold('-----C');
      const sub = '           ^ 25ms !';
      const expected = '      (sfr)-----(gr)------r';

      scan(2).walk(second$);
      expectObservable(track({ monitoringPeriod: 10 }), sub).toBe(expected, words);
    });
  });

  it('gives a closed scan and all its streams a time to live, and tracks it no more', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { track, scan, server } = virtualTracker(scheduler);
      const diode = scan(1).declare('diode');
      const steps$ = cold(' -C-P-S-X');
      const points$ = cold('------1|');
      const sub = '         ^ 35ms !';
      const expected = '    (sr)------(fxr)-----r---------r';

      scan(1).walk(steps$);
      scan(1).publish(points$, 'diode');
      expectObservable(track({ monitoringPeriod: 10, closedScanDeletion: 60_000 }), sub).toBe(expected, words);
      flush();
      const { key, stateKey } = scan(1);
      expect([key, stateKey, diode].map((each) => server.ttlOf(each))).toEqual([59_974, 59_974, 59_974]);
    });
  });

  it('leaves a closed scan its time to live where that ends sooner', () => {
    virtually(({ expectObservable, flush }, scheduler) => {
      const { track, scan, server, housekeeping } = virtualTracker(scheduler);
      scan(1).step(ScanState.CREATED);
      scan(1).step(ScanState.CLOSED);
      housekeeping.expireSooner([scan(1).key], 30_000).subscribe();
      const sub = '     ^-----!';
      const expected = '(sfxr)';

      expectObservable(track(), sub).toBe(expected, words);
      flush();
      expect([scan(1).key, scan(1).stateKey].map((key) => server.ttlOf(key))).toEqual([29_994, 604_799_994]);
    });
  });

  it('notices that a scan was deleted by another client', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { track, scan } = virtualTracker(scheduler);
      scan(1).step(ScanState.CREATED);
      const steps$ = cold('-----#');
      const sub = '        ^ 25ms !';
      const expected = '   (sfr)-----(zr)------r';

      scan(1).walk(steps$);
      expectObservable(track({ monitoringPeriod: 10 }), sub).toBe(expected, words);
    });
  });
});

describe('a scan of which nothing is heard', () => {
  it('is sealed, closed and deleted, and its readers come to their end', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { track, scan, server, store } = virtualTracker(scheduler);
      const diode = scan(1).declare('diode');
      scan(1).declare('never written');
      scan(1).step(ScanState.CREATED);
      const steps$ = cold(' -PS---');
      const points$ = cold('----12');
      const sub = '         ^ 45ms !';
      const expected = '    (sfr)-----r---------r---------(dr)------r';
      const reading = '     --^';
      const states = '      --S---------------------------(X|)';
      const points = '      ----12------------------------|';

      scan(1).walk(steps$);
      scan(1).publish(points$, 'diode');
      const reader$ = defer(() => store.loadScan(scan(1).key));
      const values$ = reader$.pipe(switchMap((opened) => opened.stream('diode')), switchMap((stream) => stream.points$), map(({ value }) => value));
      expectObservable(track({ monitoringPeriod: 10, inactiveScanDeletion: 20 }), sub).toBe(expected, words);
      expectObservable(reader$.pipe(switchMap((opened) => opened.state$), map(letterOf)), reading).toBe(states);
      expectObservable(values$, reading).toBe(points);
      flush();
      expect([scan(1).key, scan(1).stateKey, diode].map((key) => server.ttlOf(key))).toEqual([null, null, null]);
    });
  });

  it('says why it ended, until it expires', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { track, scan, store } = virtualTracker(scheduler, { latency: 2 });
      scan(1).info = { title: 'abandoned' };
      scan(1).step(ScanState.CREATED);
      const info$ = store.loadScan(scan(1).key).pipe(switchMap((opened) => opened.info$));
      const told = '    ----s---f---------d-(r|)';
      const expected = 'a----------------(b|)';

      expectObservable(track({ inactiveScanDeletion: 1 }).pipe(take(4))).toBe(told, words);
      expectObservable(info$).toBe(expected, { a: { title: 'abandoned' }, b: { title: 'abandoned', end_reason: 'DELETION' } });
    });
  });

  it('stays while its states change or its points come', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { track, scan } = virtualTracker(scheduler);
      scan(1).declare('diode');
      scan(1).step(ScanState.CREATED);
      const steps$ = cold(' -------------P----------------');
      const points$ = cold('---------------------------------1-------2-----3');
      const sub = '         ^ 65ms !';
      const expected = '    (sfr)-----r---------r---------r---------r---------r---------r';

      scan(1).walk(steps$);
      scan(1).publish(points$, 'diode');
      expectObservable(track({ monitoringPeriod: 10, inactiveScanDeletion: 20 }), sub).toBe(expected, words);
    });
  });
});

describe('what is wrong from the start', () => {
  it.each([
    ['a server without a limit', null, {}, 'NoMemoryLimit'],
    ['a percentage beyond 100', 100, { cleaningThreshold: 101 }, 'InvalidArgument'],
    ['a period of NaN', 100, { monitoringPeriod: NaN }, 'InvalidArgument'],
    ['a time to live that is no integer', 100, { closedScanDeletion: 0.5 }, 'InvalidArgument'],
  ])('is an error: %s', (_, limit, options, tag) => {
    virtually(({ expectObservable }, scheduler) => {
      const { track } = virtualTracker(scheduler, { limit });
      expectObservable(track(options)).toBe('#', undefined, expect.objectContaining({ _tag: tag }));
    });
  });

  it('is an error where the server is away', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { track, memory } = virtualTracker(scheduler);
      const away = blissdataError('Disconnected', { url: 'memory:', reason: 'test' });
      memory.failNext('logTail', away);
      expectObservable(track()).toBe('#', undefined, away);
    });
  });
});

describe('leaving', () => {
  it('ends the round that is under way', () => {
    virtually(({ expectObservable, flush }, scheduler) => {
      const { track, scan, database } = virtualTracker(scheduler, { latency: 2 });
      scan(1).declare('diode');
      scan(1).step(ScanState.CREATED);
      scan(1).step(ScanState.PREPARED);
      const sub = '     ^--------!';
      const expected = '----s---f-';

      expectObservable(track(), sub).toBe(expected, words);
      flush();
      expect(held(database)).toEqual([]);
    });
  });
});
