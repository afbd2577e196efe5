/**
 * Points and bytes once per period.
 *
 * ```
 * source:               ab---c---------|
 * rate({ period: 4 }):  ----x---y---z--(w|)
 * ```
 *
 * @draws rate
 */
import { describe, expect, it } from '@jest/globals';
import type { TestScheduler } from 'rxjs/testing';
import { ndArray } from '../../lib/model/nd-array.js';
import type { Chunk } from '../../lib/model/stream-type.js';
import type { Indexed, Item } from '../../lib/operators/point-or-chunk.js';
import { rate } from '../../lib/operators/rate.js';
import { floats, texts } from '../../specs/operators/chunks.js';
import { virtually } from '../../specs/support/virtual-time.js';

const every4 = (scheduler: TestScheduler) => rate({ period: 4, scheduler });

/** So many points of 8 bytes, in 4 ms unless it is said otherwise. */
const measured = (points: number, ms = 4, bytes = points * 8, expired = 0) => ({
  points,
  bytes,
  expired,
  ms,
  pointsPerSecond: (points * 1000) / (ms || 4),
  bytesPerSecond: (bytes * 1000) / (ms || 4),
});

describe('rate', () => {
  it('counts points once per period, and at the end for the time since', () => {
    virtually(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source$ = hot<Indexed<number>>('ab---c---------|   ', { a: { index: 0, value: 1 }, b: { index: 1, value: 2 }, c: { index: 2, value: 3 } });
      const expected = '                    ----x---y---z--(w|)';
      const subscribed = '                  ^--------------!   ';

      expectObservable(source$.pipe(every4(scheduler))).toBe(expected, { x: measured(2), y: measured(1), z: measured(0), w: measured(0, 3) });
      expectSubscriptions(source$.subscriptions).toBe(subscribed);
    });
  });

  it('counts the points of chunks, and those that expired', () => {
    virtually(({ hot, expectObservable }, scheduler) => {
      const source$ = hot('-pq---', { p: floats(0, [1, 2, 3]), q: floats(3, [4], 6) });
      expectObservable(source$.pipe(every4(scheduler)), '^----!').toBe('----x-', { x: measured(4, 4, 32, 6) });
    });
  });

  it.each<[string, Item, number]>([
    ['scalars in a chunk', { index: 0, expired: 0, data: ndArray('float16', [3], new Float32Array(3)) }, 6],
    ['arrays in a chunk', { index: 0, expired: 0, data: ndArray('uint16', [3, 2, 5], new Uint16Array(30)) }, 60],
    ['ragged arrays in a chunk', { index: 0, expired: 0, data: [ndArray('int8', [2], new Int8Array(2)), ndArray('int8', [3, 3], new Int8Array(9))] }, 11],
    ['JSON in a chunk, by its text', texts(0, 'ab'), 6],
    ['an array as a point', { index: 0, value: ndArray('complex64', [2], new Float32Array(4)) }, 16],
    ['a number as a point', { index: 0, value: 1 }, 8],
    ['a bigint as a point', { index: 0, value: 1n }, 8],
    ['a boolean as a point', { index: 0, value: true }, 1],
    ['a complex number as a point', { index: 0, value: { re: 1, im: 2 } }, 16],
    ['JSON as a point, by its text', { index: 0, value: { a: [1] } }, 9],
    ['what JSON has no text for, as nothing', { index: 0, value: undefined }, 0],
  ])('counts the bytes of %s', (_, item, bytes) => {
    virtually(({ hot, expectObservable }, scheduler) => {
      const points = 'data' in item ? (Array.isArray(item.data) ? 2 : 3) : 1;
      expectObservable(hot('-p---', { p: item }).pipe(every4(scheduler)), '^----!').toBe('----x', { x: measured(points, 4, bytes) });
    });
  });

  it('counts what comes and ends in no time as of one period', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      expectObservable(cold<Chunk>('(p|)', { p: floats(0, [1, 2]) }).pipe(every4(scheduler))).toBe('(x|)', { x: measured(2, 0) });
    });
  });

  it('goes on with zeros for a source that never emits', () => {
    virtually(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source$ = hot<Chunk>('-');
      const unsub = '    ^---------!';
      const expected = ' ----x---x--';

      expectObservable(source$.pipe(every4(scheduler)), unsub).toBe(expected, { x: measured(0) });
      expectSubscriptions(source$.subscriptions).toBe(unsub);
    });
  });

  it('errors at once when the source does', () => {
    virtually(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source$ = hot<Chunk>('-p----#', { p: floats(0, [1]) });
      const expected = '          ----x-#';

      expectObservable(source$.pipe(every4(scheduler))).toBe(expected, { x: measured(1) });
      expectSubscriptions(source$.subscriptions).toBe('^-----!');
    });
  });

  it.each([0, -1, NaN])('refuses a period of %p ms', (period) => {
    expect(() => rate({ period })).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', argument: 'period' }));
  });
});
