/**
 * How a memory tracker makes room, and what it survives. Its period is 10 ms here, half of what the journal covers goes at once, and
 * there is room for five points.
 *
 * ```
 * points:    -abc-------def------
 * rounds:    r---------r---------(rr)
 * there is:  -abc-------abcdef---cdef     at the horizon, between the second and the third round, c was the last
 * ```
 *
 * @draws trackMemory
 */
import { describe, it } from '@jest/globals';
import { defer, switchMap, timer, type Observable } from 'rxjs';
import { blissdataError } from '../lib/model/errors.js';
import { ScanState } from '../lib/model/scan-state.js';
import { journalKey } from '../lib/wire/protocol.js';
import { words as chunks } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';
import { virtualTracker, type VirtualTracker } from '../specs/support/virtual-tracker.js';

const words = {
  s: 'started',
  f: 'found 1',
  r: 'round',
  t: 'trimmed 2',
  x: 'trimmed 5',
  u: 'trimmed 6',
  n: 'nothingToTrim',
  d: 'deleted 1',
  o: 'problem OutOfMemory',
  p: 'problem OutOfMemory 1',
  v: 'problem ScanValidation 1',
  w: 'problem ScanValidation 2',
  a: 'problem Disconnected',
};
const options = { monitoringPeriod: 10, protectedHistory: 0, cleaningTimeSlice: 50 };

/** A point is a letter, which is three bytes of JSON: less than 16 bytes may be used. */
const limit = 20;

const full = blissdataError('OutOfMemory', { key: journalKey });
const away = blissdataError('Disconnected', { url: 'memory:', reason: 'test' });

/** The scan is started, and has the stream `diode`. */
function started({ scan }: VirtualTracker): void {
  scan(1).declare('diode');
  for (const state of [ScanState.CREATED, ScanState.PREPARED, ScanState.STARTED]) scan(1).step(state);
}

/** What a reader that begins now gets. */
const reading = ({ store, scan }: VirtualTracker): Observable<string> =>
  defer(() => store.loadScan(scan(1).key)).pipe(switchMap((opened) => opened.stream('diode', 'json')), switchMap((stream) => stream.chunks$), chunks);

describe('a memory tracker that has too little room', () => {
  it('trims streams to where they stood at the horizon, and begins the next round at once', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const tracker = virtualTracker(scheduler, { limit });
      started(tracker);
      const points$ = cold(' -abc-------def------');
      const sub = '          ^ 35ms !';
      const expected = '     (sfr)-----r---------(rtr)-----r';
      const lateSub = '      -------------------------^-----!';
      const late = '         -------------------------l';

      tracker.scan(1).publish(points$, 'diode');
      expectObservable(tracker.track(options), sub).toBe(expected, words);
      expectObservable(reading(tracker), lateSub).toBe(late, { l: '..cdef' });
    });
  });

  it('trims a sealed stream to its seal, which still says how long it was', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const tracker = virtualTracker(scheduler, { limit });
      started(tracker);
      const points$ = cold(' -abcdef|');
      const sub = '          ^ 1015ms !';
      const expected = '     (sfr)-----(rn) 996ms (rur)';
      const late = '         1012ms (l|)';

      tracker.scan(1).publish(points$, 'diode');
      expectObservable(tracker.track(options), sub).toBe(expected, words);
      expectObservable(timer(1012).pipe(switchMap(() => reading(tracker)))).toBe(late, { l: '......' });
    });
  });

  it('leaves the protected history alone, and tries again after a second', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const tracker = virtualTracker(scheduler, { limit });
      started(tracker);
      const points$ = cold(' -abc-------def------');
      const sub = '          ^ 1025ms !';
      const expected = '     (sfr)-----r---------(rn) 996ms (rxr)';

      tracker.scan(1).publish(points$, 'diode');
      expectObservable(tracker.track({ ...options, protectedHistory: 15 }), sub).toBe(expected, words);
    });
  });

  it('goes by what another tracker has written down before it', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const tracker = virtualTracker(scheduler, { limit });
      started(tracker);
      const points$ = cold(' -abc-------def------');
      const sub1 = '         ^----------!';
      const expected1 = '    (sfr)-----r';
      const sub2 = '         --------------------^-----!';
      const expected2 = '    --------------------(sfrtr)';

      tracker.scan(1).publish(points$, 'diode');
      expectObservable(tracker.track(options), sub1).toBe(expected1, words);
      expectObservable(tracker.track(options), sub2).toBe(expected2, words);
    });
  });

  it('makes room although the server takes no more entries of the journal', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const tracker = virtualTracker(scheduler, { limit });
      started(tracker);
      const points$ = cold(' -abc-------def------');
      const fullAt$ = cold(' ---------------o');
      const sub = '          ^ 35ms !';
      const expected = '     (sfr)-----r---------(ortr)----r';

      tracker.scan(1).publish(points$, 'diode');
      fullAt$.subscribe(() => tracker.housekeeping.failNext('record', full));
      expectObservable(tracker.track(options), sub).toBe(expected, words);
    });
  });

  it('waits for half a second where the server refused its entry and there is room all the same', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const tracker = virtualTracker(scheduler);
      started(tracker);
      const points$ = cold(' -abc');
      const fullAt$ = cold(' ---------------o');
      const sub = '          ^ 2505ms !';
      const expected = '     (sfr) 995ms (or) 496ms r 999ms r';

      tracker.scan(1).publish(points$, 'diode');
      fullAt$.subscribe(() => tracker.housekeeping.failNext('record', full));
      expectObservable(tracker.track({ ...options, monitoringPeriod: 1000 }), sub).toBe(expected, words);
    });
  });
});

describe('a memory tracker', () => {
  it('finds the newest scans where the server is too full for a search, and searches again', () => {
    virtually(({ expectObservable, expectSubscriptions }, scheduler) => {
      const tracker = virtualTracker(scheduler);
      started(tracker);
      tracker.memory.failNext('search', full);
      const sub = '     ^ 25ms !';
      const expected = '(sofr)----r---------r';
      const searched = ['(^!)', '----------(^!)'];

      expectObservable(tracker.track(options), sub).toBe(expected, words);
      expectSubscriptions(tracker.database.subscriptions.search).toBe(searched);
    });
  });

  it('reports once that a scan cannot be read, and goes on tracking the others', () => {
    virtually(({ expectObservable }, scheduler) => {
      const tracker = virtualTracker(scheduler);
      started(tracker);
      tracker.scan(2).step(ScanState.CREATED);
      tracker.server.putScanJson(tracker.scan(2).key, '{"id":{}}');
      const sub = '     ^ 25ms !';
      const expected = '(sfwr)----r---------r';

      expectObservable(tracker.track(options), sub).toBe(expected, words);
    });
  });

  it('goes on with the streams that it knows of a scan that can be read no more', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const tracker = virtualTracker(scheduler, { limit });
      started(tracker);
      const points$ = cold(' -abc-------def------');
      const breaks$ = cold(' -----x');
      const sub = '          ^ 35ms !';
      const expected = '     (sfr)-----(vr)------(rtr)-----r';

      tracker.scan(1).publish(points$, 'diode');
      breaks$.subscribe(() => {
        tracker.scan(1).step(ScanState.STOPPED);
        tracker.server.putScanJson(tracker.scan(1).key, '{}');
      });
      expectObservable(tracker.track(options), sub).toBe(expected, words);
    });
  });

  it('tries again to delete a silent scan that it could not close because memory had run out', () => {
    virtually(({ expectObservable }, scheduler) => {
      const tracker = virtualTracker(scheduler);
      started(tracker);
      tracker.memory.failNext('deleteScan', full);
      tracker.memory.failNext('deleteScan', full);
      const sub = '     ^ 35ms !';
      const expected = '(sfpr)----(pr)------(dr)------r';

      expectObservable(tracker.track({ ...options, inactiveScanDeletion: 0 }), sub).toBe(expected, words);
    });
  });

  it('goes on a second after the server was away', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const tracker = virtualTracker(scheduler);
      started(tracker);
      const awayAt$ = cold('-----a');
      const sub = '         ^ 1025ms !';
      const expected = '    (sfr)-----a 999ms r---------r';

      awayAt$.subscribe(() => tracker.memory.failNext('heads', away));
      expectObservable(tracker.track(options), sub).toBe(expected, words);
    });
  });

  it('never completes, and errors with what is no failure of the database', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const tracker = virtualTracker(scheduler);
      const bug = new TypeError('a bug');
      cold('-----b').subscribe(() => tracker.memory.failNext('log', bug));
      expectObservable(tracker.track(options)).toBe('(sr)------#', words, bug);
    });
  });
});
