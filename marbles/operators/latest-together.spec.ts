/**
 * The newest of every source, whenever one of them has something newer.
 *
 * ```
 * published to a:            0---1----2---(seal)
 * published to b:            --0----1--2(seal)
 * latestTogether({ a, b }):  --v-w--x-yz--|
 * ```
 *
 * @draws latestTogether
 */
import { describe, expect, it } from '@jest/globals';
import { map, NEVER } from 'rxjs';
import { blissdataError } from '../../lib/model/errors.js';
import { ScanState } from '../../lib/model/scan-state.js';
import { latestTogether } from '../../lib/operators/latest-together.js';
import { held } from '../../specs/support/subscription-logs.js';
import { virtualStreams } from '../../specs/operators/virtual-streams.js';
import { virtually } from '../../specs/support/virtual-time.js';

const both = (a: number, b: number) => ({ a: { index: a, value: `a${a}` }, b: { index: b, value: `b${b}` } });

describe('latestTogether', () => {
  it('emits the newest points together as soon as every stream has one, and completes when all are sealed', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { scan, streams, database } = virtualStreams(scheduler, 'a', 'b');
      scan.publish(cold('   0---1----2---|').pipe(map((n) => `a${n}`)), 'a');
      scan.publish(cold('   --0----1--2|  ').pipe(map((n) => `b${n}`)), 'b');
      const expected = '    --v-w--x-yz--|';

      expectObservable(latestTogether(streams)).toBe(expected, { v: both(0, 0), w: both(1, 0), x: both(1, 1), y: both(2, 1), z: both(2, 2) });
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('begins with the newest of what is there already', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, streams } = virtualStreams(scheduler, 'a', 'b');
      scan.publish(cold('   (0123)   ').pipe(map((n) => `a${n}`)), 'a');
      scan.publish(cold('   (01)-----').pipe(map((n) => `b${n}`)), 'b');
      const sub = '         --^------';
      const expected = '    --v------';

      expectObservable(latestTogether(streams), sub).toBe(expected, { v: both(3, 1) });
    });
  });

  it('gives an array for an array, and takes anything that is live', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, streams, openScan } = virtualStreams(scheduler, 'a');
      scan.publish(cold('-0-----').pipe(map((n) => `a${n}`)), 'a');
      scan.walk(cold('   ---S---'));
      const expected = ' -p-s---';
      const a = { index: 0, value: 'a0' };

      expectObservable(latestTogether([streams.a, openScan.state$])).toBe(expected, { p: [a, ScanState.PREPARED], s: [a, ScanState.STARTED] });
    });
  });

  it('completes at once for no sources, and as soon as one ends without anything', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }) => {
      const other$ = cold('0-1-2');
      expectObservable(latestTogether([])).toBe('|');
      expectObservable(latestTogether({})).toBe('|');
      expectObservable(latestTogether([other$, cold('--|')])).toBe('--|');
      expectSubscriptions(other$.subscriptions).toBe('^-!');
    });
  });

  it('emits nothing while a source has nothing', () => {
    virtually(({ cold, expectObservable }) => {
      expectObservable(latestTogether([cold('0-1-2'), NEVER])).toBe('-----');
    });
  });

  it('errors when a source does, and leaves the others', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, streams } = virtualStreams(scheduler, 'a');
      const other$ = cold('   x-------');
      scan.publish(cold('     -0--#   ').pipe(map((n) => `a${n}`)), 'a');
      const expected = '      -v--#   ';
      const subscribed = '    ^---!   ';

      expectObservable(latestTogether([streams.a, other$]).pipe(map(() => 'v'))).toBe(expected, undefined, blissdataError('ScanNotFound', { key: scan.key }));
      expectSubscriptions(other$.subscriptions).toBe(subscribed);
    });
  });

  it('leaves its sources when it is left', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, streams, database } = virtualStreams(scheduler, 'a');
      const other$ = cold('x-------');
      scan.publish(cold('  -0--1--2').pipe(map((n) => `a${n}`)), 'a');
      const unsub = '      ^-----! ';

      expectObservable(latestTogether([streams.a, other$]).pipe(map(() => 'v')), unsub).toBe('-v--v--');
      expectSubscriptions(other$.subscriptions).toBe(unsub);
      flush();
      expect(held(database)).toEqual([]);
    });
  });
});
