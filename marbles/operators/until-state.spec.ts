/**
 * Mirrors a source until the scan has got to a state, or past it.
 *
 * ```
 * scan:                       P-----S-----T---
 * source:                     -a--b----c----d-
 * untilState(scan, STOPPED):  -a--b----c--|
 * ```
 *
 * @draws untilState
 */
import { describe, expect, it } from '@jest/globals';
import { blissdataError } from '../../lib/model/errors.js';
import { ScanState } from '../../lib/model/scan-state.js';
import { untilState } from '../../lib/operators/until-state.js';
import { held } from '../../specs/support/subscription-logs.js';
import { virtualStreams } from '../../specs/operators/virtual-streams.js';
import { virtually } from '../../specs/support/virtual-time.js';

describe('untilState', () => {
  it('mirrors the source until the scan gets to the state, then completes and lets go of both', () => {
    virtually(({ cold, hot, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, openScan, database } = virtualStreams(scheduler);
      scan.walk(cold('       ------S-----T---'));
      const source$ = hot('  -a--b----c----d-');
      const expected = '     -a--b----c--|   ';
      const subscribed = '   ^-----------!   ';

      expectObservable(source$.pipe(untilState(openScan, ScanState.STOPPED))).toBe(expected);
      expectSubscriptions(source$.subscriptions).toBe(subscribed);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('completes when the scan passes the state by', () => {
    virtually(({ cold, hot, expectObservable }, scheduler) => {
      const { scan, openScan } = virtualStreams(scheduler);
      scan.walk(cold('     ----X'));
      const source$ = hot('-a-b-c-');
      const expected = '   -a-b|  ';

      expectObservable(source$.pipe(untilState(openScan, ScanState.STARTED))).toBe(expected);
    });
  });

  it('does not subscribe to the source when the scan is that far already', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { openScan } = virtualStreams(scheduler);
      const source$ = cold('a');

      expectObservable(source$.pipe(untilState(openScan, ScanState.PREPARED))).toBe('|');
      expectSubscriptions(source$.subscriptions).toBe([]);
    });
  });

  it('errors when the scan is deleted before', () => {
    virtually(({ cold, hot, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, openScan } = virtualStreams(scheduler);
      scan.walk(cold('        ---#   '));
      const source$ = hot('   -a--b--');
      const expected = '      -a-#   ';
      const subscribed = '    ^--!   ';

      expectObservable(source$.pipe(untilState(openScan, ScanState.STOPPED))).toBe(expected, undefined, blissdataError('ScanNotFound', { key: scan.key }));
      expectSubscriptions(source$.subscriptions).toBe(subscribed);
    });
  });
});
