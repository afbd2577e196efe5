/**
 * Chunks of the same number of points, out of chunks of any size.
 *
 * ```
 * source:           -(ab)-c----(defg)-----h-|
 * bufferPoints(3):  ------(abc)-(def)-------(gh|)
 * ```
 *
 * @draws bufferPoints
 */
import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import type { Chunk } from '../../lib/model/stream-type.js';
import { bufferPoints } from '../../lib/operators/buffer-points.js';
import { floats, texts, valuesOf } from '../../specs/operators/chunks.js';
import { virtually } from '../../specs/support/virtual-time.js';

/** A chunk in short: its index, how many expired, its points. */
const shown = (index: number, letters: string, expired = 0): string => `${index} ${expired === 0 ? '' : `-${expired} `}${letters}`;
const show = map((chunk: Chunk) => shown(chunk.index, valuesOf(chunk).join(''), chunk.expired));

describe('bufferPoints', () => {
  it('emits a chunk as soon as it is full, and at the end what is left', () => {
    virtually(({ hot, expectObservable, expectSubscriptions }) => {
      const chunks = { p: texts(0, 'ab'), q: texts(2, 'c'), r: texts(3, 'defg'), s: texts(7, 'h') };
      const source$ = hot(' -p--q----r------s-|   ', chunks);
      const expected = '    ----x----y--------(z|)';
      const subscribed = '  ^-----------------!   ';

      expectObservable(source$.pipe(bufferPoints(3), show)).toBe(expected, { x: shown(0, 'abc'), y: shown(3, 'def'), z: shown(6, 'gh') });
      expectSubscriptions(source$.subscriptions).toBe(subscribed);
    });
  });

  it('cuts a big chunk into several', () => {
    virtually(({ hot, expectObservable }) => {
      const source$ = hot('-p----|   ', { p: texts(5, 'abcdefg') });
      const expected = '   -(xyz)(w|)';

      expectObservable(source$.pipe(bufferPoints(2), show)).toBe(expected, { x: shown(5, 'ab'), y: shown(7, 'cd'), z: shown(9, 'ef'), w: shown(11, 'g') });
    });
  });

  it('emits nothing more at the end when nothing is left', () => {
    virtually(({ hot, expectObservable }) => {
      expectObservable(hot('-p-|', { p: texts(0, 'ab') }).pipe(bufferPoints(2), show)).toBe('-p-|', { p: shown(0, 'ab') });
      expectObservable(hot('---|', { p: texts(0, '') }).pipe(bufferPoints(2))).toBe('---|');
    });
  });

  it('errors at once when the source does', () => {
    virtually(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('-p-q--#', { p: texts(0, 'ab'), q: texts(2, 'c') });
      const expected = '   -x----#';

      expectObservable(source$.pipe(bufferPoints(2), show)).toBe(expected, { x: shown(0, 'ab') });
      expectSubscriptions(source$.subscriptions).toBe('^-----!');
    });
  });

  it('leaves the source when it is left, also between two chunks that come at once', () => {
    virtually(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('-p--q-', { p: texts(0, 'abc'), q: texts(3, 'def') });
      expectObservable(source$.pipe(bufferPoints(2), show), '^--!').toBe('-x--', { x: shown(0, 'ab') });
      expectSubscriptions(source$.subscriptions).toBe('^--!');
    });
  });

  it('says how many points expired, and puts none together that do not follow each other', () => {
    virtually(({ hot, expectObservable }) => {
      const source$ = hot('-p--q--r----|   ', { p: texts(0, 'ab', 3), q: texts(5, 'cd', 4), r: texts(11, 'ef') });
      const expected = '   ----x--y----(z|)';

      expectObservable(source$.pipe(bufferPoints(3), show)).toBe(expected, { x: shown(0, 'ab', 3), y: shown(5, 'cde', 4), z: shown(12, 'f') });
    });
  });

  it('adds up what expired without a point between, and says so at the end even if none follows', () => {
    virtually(({ hot, expectObservable }) => {
      const source$ = hot('-p-q-r-s-|   ', { p: texts(0, '', 3), q: texts(3, 'a', 2), r: texts(6, '', 1), s: texts(7, '', 1) });
      const expected = '   -----x---(y|)';

      expectObservable(source$.pipe(bufferPoints(3), show)).toBe(expected, { x: shown(0, 'a', 5), y: shown(6, '', 2) });
    });
  });

  it('begins a chunk anew where the source passes over indices', () => {
    virtually(({ hot, expectObservable }) => {
      const source$ = hot('-p-q-|   ', { p: texts(0, 'a'), q: texts(9, 'b') });
      const expected = '   ---x-(y|)';

      expectObservable(source$.pipe(bufferPoints(3), show)).toBe(expected, { x: shown(0, 'a'), y: shown(9, 'b') });
    });
  });

  it('errors where chunks of different dtypes would have to be put together', () => {
    virtually(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot<Chunk>('-p-q-', { p: floats(0, [1]), q: texts(1, 'a') });
      const expected = '          ---#';
      const sources$ = source$.pipe(bufferPoints(2));
      const error = { message: 'Invalid chunk: expected float64, received a list of ragged arrays or JSON values' };

      expectObservable(sources$).toBe(expected, undefined, expect.objectContaining(error));
      expectSubscriptions(source$.subscriptions).toBe('^--!');
    });
  });

  it.each([0, -1, 1.5, NaN])('refuses chunks of %p points', (count) => {
    expect(() => bufferPoints(count)).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', argument: 'count' }));
  });
});
