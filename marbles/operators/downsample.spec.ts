/**
 * Fewer points for a line that looks the same: of every three the smallest and the largest, or the one that shapes the line most.
 *
 * ```
 * source:                                     -p--q--r--|       p: 0 2 5 8, q: 7 1 3 4, r: 9 6 0 5 4
 * downsample({ bucket: 3 }):                  -x--y--z--(w|)    x: 0 5, y: 8 1, z: 3 9 6 0, w: 4
 * downsample({ bucket: 3, method: 'lttb' }):  -x--y--z--(w|)    x: 0, y: 8, z: 1, w: 9 0 4
 * ```
 *
 * @draws downsample
 */
import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import type { Chunk } from '../../lib/model/stream-type.js';
import { downsample, type Curve } from '../../lib/operators/downsample.js';
import { floats } from '../../specs/operators/chunks.js';
import { virtually } from '../../specs/support/virtual-time.js';

/** A piece of a curve in short: the values it keeps, after how many points expired. */
const show = map(({ y, expired }: Curve) => `${expired === 0 ? '' : `-${expired} `}${y.join(' ')}`);
const minMax = downsample({ bucket: 3 });
const lttb = downsample({ bucket: 3, method: 'lttb' });

const chunks = { p: floats(0, [0, 2, 5, 8]), q: floats(4, [7, 1, 3, 4]), r: floats(8, [9, 6, 0, 5, 4]) };

describe('downsample', () => {
  it('keeps the smallest and the largest of a bucket as soon as it is full, and the rest at the end', () => {
    virtually(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot(' -p--q--r--|   ', chunks);
      const expected = '    -x--y--z--(w|)';
      const subscribed = '  ^---------!   ';

      expectObservable(source$.pipe(minMax, show)).toBe(expected, { x: '0 5', y: '8 1', z: '3 9 6 0', w: '4' });
      expectSubscriptions(source$.subscriptions).toBe(subscribed);
    });
  });

  it('keeps the first point at once, the one that shapes the line most when the bucket after it is full, and the last point at the end', () => {
    virtually(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot(' -p--q--r--|   ', chunks);
      const expected = '    -x--y--z--(w|)';
      const subscribed = '  ^---------!   ';

      expectObservable(source$.pipe(lttb, show)).toBe(expected, { x: '0', y: '8', z: '1', w: '9 0 4' });
      expectSubscriptions(source$.subscriptions).toBe(subscribed);
    });
  });

  it('begins a line anew after points that expired or were passed over', () => {
    virtually(({ hot, expectObservable }) => {
      const source$ = hot('             -p---q---r---|   ', { p: floats(0, [1, 2]), q: floats(2, [3, 4], 7), r: floats(20, [5]) });

      expectObservable(source$.pipe(minMax, show)).toBe('-----x---y---(z|)', { x: '1 2', y: '-7 3 4', z: '5' });
      expectObservable(source$.pipe(lttb, show)).toBe('  -u---(xv)(yw)|   ', { u: '1', x: '2', v: '-7 3', y: '4', w: '5' });
    });
  });

  it('says how many points expired even if nothing follows', () => {
    virtually(({ hot, expectObservable }) => {
      const source$ = hot('-p-q-|   ', { p: floats(0, [], 3), q: floats(3, [], 4) });
      expectObservable(source$.pipe(minMax, show)).toBe('-----(x|)', { x: '-7 ' });
      expectObservable(source$.pipe(lttb, show)).toBe('-----(x|)', { x: '-7 ' });
    });
  });

  it('errors for chunks that cannot be drawn', () => {
    virtually(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot<Chunk<'float64'>>('-p-', { p: { ...floats(0, [1, 2]), data: { dtype: 'float64', shape: [1, 2], data: Float64Array.of(1, 2) } } });
      const error = { message: 'Invalid chunk: expected scalars of a real dtype, received float64 of shape [2]' };

      expectObservable(source$.pipe(minMax)).toBe('-#', undefined, expect.objectContaining(error));
      expectSubscriptions(source$.subscriptions).toBe('^!');
    });
  });
});
