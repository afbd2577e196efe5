/**
 * The streams of a scan, growing with its steps, and waiting for one of them by its name.
 *
 * ```
 * scan:             C--P---S-----X       diode is declared before P, image before S
 * streams$:         0--1---2-----|       how many are known
 * stream('diode'):  ---(d|)
 * stream('image'):  -------(i|)
 * stream('other'):  -------------#       StreamNotFound
 * ```
 *
 * @draws Scan.streams$, Scan.stream
 */
import { describe, expect, it } from '@jest/globals';
import { filter, map, switchMap, type OperatorFunction } from 'rxjs';
import { blissdataError } from '../lib/model/errors.js';
import { ScanState } from '../lib/model/scan-state.js';
import type { Stream } from '../lib/stream/stream.js';
import { atOnce } from '../specs/support/at-once.js';
import { loadedScan } from '../specs/support/loaded-scan.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtualStore } from '../specs/support/virtual-store.js';
import { virtually } from '../specs/support/virtual-time.js';

const names: OperatorFunction<ReadonlyMap<string, Stream>, string> = map((streams) => [...streams.keys()].join(' '));
const name: OperatorFunction<Stream, string> = map((stream) => stream.name);

describe('streams$', () => {
  it('emits the streams known so far whenever there are more, and completes with the scan', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler, 'diode');
      const declared$ = cold('------i');
      const steps$ = cold('   ---P---S---T---X');
      const expected = '      0--1---2-------|';
      const watched = '       ^--------------!';

      declared$.subscribe(() => scan.declare('image'));
      scan.walk(steps$);
      expectObservable(opened.streams$.pipe(names)).toBe(expected, { 0: '', 1: 'diode', 2: 'diode image' });
      expectSubscriptions(database.subscriptions.invalidations).toBe(watched);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('keeps the Stream of a name, so that what it shares stays shared', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, opened } = loadedScan(scheduler, 'diode');
      const declared$ = cold('------i----');
      const steps$ = cold('   ---P---S---');
      const expected = '      ---d---d---';

      declared$.subscribe(() => scan.declare('image'));
      scan.walk(steps$);
      let diode: Stream | undefined;
      const same$ = opened.streams$.pipe(
        map((streams) => streams.get('diode')),
        filter((stream) => stream !== undefined),
        map((stream) => (diode ??= stream) === stream),
      );
      expectObservable(same$).toBe(expected, { d: true });
    });
  });

  it('gives a late subscriber those known by then', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler, 'diode');
      const steps$ = cold('---P---S---X');
      const expected1 = '  0--1-------|';
      const sub2 = '       -----^';
      const expected2 = '  -----1-----|';
      const watched = '    ^----------!';

      scan.walk(steps$);
      expectObservable(opened.streams$.pipe(names)).toBe(expected1, { 0: '', 1: 'diode' });
      expectObservable(opened.streams$.pipe(names), sub2).toBe(expected2, { 1: 'diode' });
      expectSubscriptions(database.subscriptions.invalidations).toBe(watched);
    });
  });

  it('emits a single empty map for a scan that never has a stream', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { store, scan } = virtualStore(scheduler);
      scan.step(ScanState.CREATED);
      const opened = atOnce(store.loadScan(scan.key));
      const steps$ = cold('---P---S---X');
      const expected = '   0----------|';

      scan.walk(steps$);
      expectObservable(opened.streams$.pipe(names)).toBe(expected, { 0: '' });
    });
  });

  it('errors with ScanNotFound when the scan is deleted', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler, 'diode');
      const steps$ = cold('---P---#');
      const expected = '   0--1---#';
      const watched = '    ^------!';

      scan.walk(steps$);
      const error = blissdataError('ScanNotFound', { key: scan.key });
      expectObservable(opened.streams$.pipe(names)).toBe(expected, { 0: '', 1: 'diode' }, error);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watched);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('follows the scan no longer when the subscriber has left', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler, 'diode');
      const steps$ = cold('---P---S---X');
      const unsub = '      ^----!';
      const expected = '   0--1--';

      scan.walk(steps$);
      expectObservable(opened.streams$.pipe(names), unsub).toBe(expected, { 0: '', 1: 'diode' });
      expectSubscriptions(database.subscriptions.invalidations).toBe(unsub);
      flush();
      expect(held(database)).toEqual([]);
    });
  });
});

describe('stream(name)', () => {
  it('waits until the scan shows the stream, emits it and completes', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler, 'diode');
      const declared$ = cold('------i');
      const steps$ = cold('   ---P---S---X');
      const expectedD = '     ---(d|)';
      const expectedI = '     -------(i|)';
      const watched = '       ^------!';

      declared$.subscribe(() => scan.declare('image'));
      scan.walk(steps$);
      expectObservable(opened.stream('diode').pipe(name)).toBe(expectedD, { d: 'diode' });
      expectObservable(opened.stream('image').pipe(name)).toBe(expectedI, { i: 'image' });
      expectSubscriptions(database.subscriptions.invalidations).toBe(watched);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('emits at once what is there already, without waiting for anything', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler, 'diode');
      const steps$ = cold('---P---X-----');
      const sub1 = '       -----^';
      const expected1 = '  -----(d|)';
      const sub2 = '       ---------^';
      const expected2 = '  ---------(d|)';

      scan.walk(steps$);
      expectObservable(opened.stream('diode', 'json').pipe(name), sub1).toBe(expected1, { d: 'diode' });
      expectObservable(opened.stream('diode', 'json').pipe(name), sub2).toBe(expected2, { d: 'diode' });
      expectSubscriptions(database.subscriptions.invalidations).toBe([]);
    });
  });

  it('never emits while the scan goes on without it', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler, 'diode');
      const steps$ = cold('---P---S---T---');
      const unsub = '      ^-------------!';
      const expected = '   ---------------';

      scan.walk(steps$);
      expectObservable(opened.stream('other'), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(unsub);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('errors with StreamNotFound when the scan is closed without it', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler, 'diode');
      const steps$ = cold('---P---S---X');
      const expected = '   -----------#';
      const watched = '    ^----------!';

      scan.walk(steps$);
      const error = blissdataError('StreamNotFound', { key: scan.key, stream: 'other', streams: ['diode'] });
      expectObservable(opened.stream('other')).toBe(expected, undefined, error);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watched);
    });
  });

  it('errors with DtypeMismatch for a stream of another type than requested', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler, 'diode');
      const steps$ = cold('---P---S---X');
      const expected = '   ---#';
      const watched = '    ^--!';

      scan.walk(steps$);
      const error = blissdataError('DtypeMismatch', { key: scan.key, stream: 'diode', expected: 'float64', received: 'json' });
      expectObservable(opened.stream('diode', 'float64')).toBe(expected, undefined, error);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watched);
    });
  });

  it('errors with ScanNotFound when the scan is deleted before', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, opened } = loadedScan(scheduler, 'diode');
      const steps$ = cold('---#');
      const expected = '   ---#';

      scan.walk(steps$);
      expectObservable(opened.stream('diode')).toBe(expected, undefined, blissdataError('ScanNotFound', { key: scan.key }));
    });
  });

  it('leads straight to the points of a stream that does not exist yet', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, opened, database } = loadedScan(scheduler, 'diode');
      const steps$ = cold('    ---P-----------X');
      const published$ = cold('-----a-b---c--|');
      const expected = '       -----a-b---c--|';
      const watched = '        ^-------------!';

      scan.walk(steps$);
      scan.publish(published$, 'diode');
      const points$ = opened.stream('diode', 'json').pipe(
        switchMap((stream) => stream.points$),
        map(({ value }) => value),
      );
      expectObservable(points$).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watched);
      flush();
      expect(held(database)).toEqual([]);
    });
  });
});
