/**
 * Rows of the points of several sources that have the same index, as soon as all have it. Here over Observables; see
 * zip-by-index-streams.spec.ts for Streams.
 *
 * ```
 * a:                    0-1-2--------3-4-|
 * b:                    ---0----1-2----|
 * zipByIndex([a, b]):   ---0----1-2----|
 * ```
 *
 * @draws zipByIndex
 */
import { describe, expect, it } from '@jest/globals';
import { EMPTY, map, merge, NEVER, Subject, tap, throwError } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { blissdataError } from '../../lib/model/errors.js';
import { ndArray } from '../../lib/model/nd-array.js';
import type { Chunk } from '../../lib/model/stream-type.js';
import type { Indexed } from '../../lib/operators/point-or-chunk.js';
import { zipByIndex } from '../../lib/operators/zip-by-index.js';
import { virtually } from '../../specs/support/virtual-time.js';

const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/** Each digit is the point of that index. */
const pointsOf = (name: string): Record<string, Indexed<string>> => Object.fromEntries(digits.map((index) => [index, { index, value: `${name}${index}` }]));
/** Each digit is the row of that index. */
const rows = Object.fromEntries(digits.map((index) => [index, { index, values: [`a${index}`, `b${index}`] }]));

const two = ({ hot }: RunHelpers, a: string, b: string) => ({ a$: hot(a, pointsOf('a')), b$: hot(b, pointsOf('b')) });

describe('zipByIndex', () => {
  it('emits a row as soon as every source has its point, and completes after the last one of the shortest', () => {
    virtually((helpers) => {
      const { a$, b$ } = two(helpers, '0-1-2--------3-4-|', '---0----1-2----|  ');
      const expected = '                        ---0----1-2----|  ';
      const subscribed = '                      ^--------------!  ';

      helpers.expectObservable(zipByIndex([a$, b$])).toBe(expected, rows);
      helpers.expectSubscriptions(a$.subscriptions).toBe(subscribed);
      helpers.expectSubscriptions(b$.subscriptions).toBe(subscribed);
    });
  });

  it('completes with the last row when the shortest has ended before', () => {
    virtually((helpers) => {
      const { a$, b$ } = two(helpers, '01|          ', '----0--1--2--');
      const expected = '                        ----0--(1|)  ';

      helpers.expectObservable(zipByIndex([a$, b$])).toBe(expected, rows);
      helpers.expectSubscriptions(a$.subscriptions).toBe('^-!');
      helpers.expectSubscriptions(b$.subscriptions).toBe('^------!');
    });
  });

  it('completes at once when a source ends without a point', () => {
    virtually((helpers) => {
      const { a$, b$ } = two(helpers, '--|', '0-1-2-');
      helpers.expectObservable(zipByIndex([a$, b$])).toBe('--|');
      helpers.expectSubscriptions(b$.subscriptions).toBe('^-!');
    });
  });

  it('does not even subscribe to the others when the first source is empty, or fails at once', () => {
    virtually((helpers) => {
      const { b$ } = two(helpers, '-', '0-1-2-');
      helpers.expectObservable(zipByIndex([EMPTY, b$])).toBe('|');
      helpers.expectObservable(zipByIndex([throwError(() => 'error'), b$])).toBe('#');
      helpers.expectSubscriptions(b$.subscriptions).toBe([]);
    });
  });

  it('completes at once for no sources', () => {
    virtually(({ expectObservable }) => {
      expectObservable(zipByIndex([])).toBe('|');
      expectObservable(zipByIndex({})).toBe('|');
    });
  });

  it('never emits where a source never does', () => {
    virtually((helpers) => {
      const { a$ } = two(helpers, '0-1-2-', '-');
      helpers.expectObservable(zipByIndex([a$, NEVER])).toBe('------');
      helpers.expectObservable(zipByIndex([NEVER, NEVER])).toBe('------');
    });
  });

  it('errors at once when a source does, whatever could still be emitted', () => {
    virtually((helpers) => {
      const { a$, b$ } = two(helpers, '0-1-2-#', '---0---1');
      const expected = '                        ---0--#';

      helpers.expectObservable(zipByIndex([a$, b$])).toBe(expected, rows);
      helpers.expectSubscriptions(b$.subscriptions).toBe('^-----!');
    });
  });

  it('leaves its sources when it is left', () => {
    virtually((helpers) => {
      const { a$, b$ } = two(helpers, '0-1-2-3-|', '-0-1-2-3-|');
      const expected = '                        -0-1--';
      const unsub = '                           ^----!';

      helpers.expectObservable(zipByIndex([a$, b$]), unsub).toBe(expected, rows);
      helpers.expectSubscriptions(a$.subscriptions).toBe(unsub);
      helpers.expectSubscriptions(b$.subscriptions).toBe(unsub);
    });
  });

  it('gives an object for an object', () => {
    virtually((helpers) => {
      const { a$, b$ } = two(helpers, '0--|', '-0--');
      helpers.expectObservable(zipByIndex({ motor: a$, diode: b$ })).toBe('-r-|', { r: { index: 0, values: { motor: 'a0', diode: 'b0' } } });
    });
  });

  it('takes chunks as well as points', () => {
    virtually((helpers) => {
      const chunk = (index: number, ...values: number[]): Chunk<'float64'> => ({ index, expired: 0, data: ndArray('float64', [values.length], Float64Array.from(values)) });
      const a$ = helpers.hot('-c---d-|', { c: chunk(0, 10, 11, 12), d: chunk(3, 13) });
      const { b$ } = two(helpers, '-', '0--1---(23)-|');
      const row = (index: number) => ({ index, values: [10 + index, `b${index}`] });

      helpers.expectObservable(zipByIndex([a$, b$])).toBe('-0-1---(23|)', { 0: row(0), 1: row(1), 2: row(2), 3: row(3) });
    });
  });

  it('goes on with what a row makes its sources emit', () => {
    virtually((helpers) => {
      const { a$, b$ } = two(helpers, '-0--', '---0');
      const fed = new Subject<Indexed<string>>();
      const zipped$ = zipByIndex([merge(a$, fed.pipe(map(({ index }) => ({ index, value: `a${index}` })))), merge(b$, fed)]).pipe(
        tap(({ index }) => {
          if (index < 3) fed.next({ index: index + 1, value: `b${index + 1}` });
        }),
      );

      helpers.expectObservable(zipped$).toBe('---(0123)', rows);
    });
  });
});

describe('zipByIndex with sources of different lengths', () => {
  const wontBeThere = (length: number, stream: string) => blissdataError('IndexWontBeThere', { key: '', stream, index: length, length });

  it('is an error with that option, after the rows there are', () => {
    virtually((helpers) => {
      const { a$, b$ } = two(helpers, '0-1|     ', '----0-1-2');
      const expected = '                        ----0-1-#';

      helpers.expectObservable(zipByIndex([a$, b$], { ended: 'error' })).toBe(expected, rows, wontBeThere(2, '0'));
      helpers.expectSubscriptions(b$.subscriptions).toBe('^-------!');
    });
  });

  it('is an error at once when it is known already, and names the source by its name', () => {
    virtually((helpers) => {
      const { a$, b$ } = two(helpers, '0-1-2-', '-0-|');
      helpers.expectObservable(zipByIndex({ a: a$, b: b$ }, { ended: 'error' })).toBe('-0-#', { 0: { index: 0, values: { a: 'a0', b: 'b0' } } }, wontBeThere(1, 'b'));
    });
  });

  it('is no error when all have the same, and completes with the last of them to end', () => {
    virtually((helpers) => {
      const { a$, b$ } = two(helpers, '0-1|', '-0-1---|');
      helpers.expectObservable(zipByIndex([a$, b$], { ended: 'error' })).toBe('-0-1---|', rows);
    });
  });
});

describe('zipByIndex with points that expired', () => {
  const chunk = (index: number, expired: number, ...data: string[]): Chunk<'json'> => ({ index, expired, data });
  const noMoreThere = (index: number, stream: string) => blissdataError('IndexNoMoreThere', { key: '', stream, index });

  it('errors at the first of them, after the rows before, when every source has got there', () => {
    virtually((helpers) => {
      const a$ = helpers.hot('c--d--   ', { c: chunk(0, 0, 'a0'), d: chunk(1, 2, 'a3') });
      const { b$ } = two(helpers, '-', '----0-1-2');
      const expected = '                           ----0-#';

      helpers.expectObservable(zipByIndex([a$, b$])).toBe(expected, rows, noMoreThere(1, '0'));
      helpers.expectSubscriptions(a$.subscriptions).toBe('^-----!');
    });
  });

  it('leaves the row out with that option', () => {
    virtually((helpers) => {
      const a$ = helpers.hot('c--d-------|', { c: chunk(0, 0, 'a0'), d: chunk(1, 2, 'a3', 'a4') });
      const { b$ } = two(helpers, '-', '----0-1-234-');
      const expected = '                           ----0----34|';

      helpers.expectObservable(zipByIndex([a$, b$], { expired: 'skip' })).toBe(expected, rows);
    });
  });

  it('takes an index that an Observable passes over for one', () => {
    virtually((helpers) => {
      const { a$, b$ } = two(helpers, '0-2-3|', '0123|');
      helpers.expectObservable(zipByIndex([a$, b$])).toBe('0-#', rows, noMoreThere(1, '0'));
      helpers.expectObservable(zipByIndex([a$, b$], { expired: 'skip' })).toBe('0-2-(3|)', rows);
    });
  });

  it('does not err about points beyond the end of another source, whichever is known first', () => {
    virtually((helpers) => {
      const a$ = helpers.hot('-c--------', { c: chunk(0, 3, 'a3') });
      helpers.expectObservable(zipByIndex([a$, helpers.hot<Indexed>('---|')])).toBe('---|');
      helpers.expectObservable(zipByIndex([a$, helpers.hot<Indexed>('|')])).toBe('|');
    });
  });

  it('knows the length of a source whose last points expired', () => {
    virtually((helpers) => {
      const a$ = helpers.hot('c-d-|     ', { c: chunk(0, 0, 'a0'), d: chunk(1, 2) });
      const { b$ } = two(helpers, '-', '0---1-2-3-|');
      const wontBeThere = blissdataError('IndexWontBeThere', { key: '', stream: '0', index: 3, length: 3 });
      helpers.expectObservable(zipByIndex([a$, b$], { expired: 'skip', ended: 'error' })).toBe('0-------#', rows, wontBeThere);
    });
  });
});

describe('zipByIndex over Observables', () => {
  it('errors when one is too far ahead, as it cannot be made to wait', () => {
    virtually((helpers) => {
      const { a$, b$ } = two(helpers, '0-1-2-3-4', '-0-------');
      const expected = '                        -0----#  ';
      const tooFar = blissdataError('TooFarAhead', { source: 'a', limit: 2 });

      helpers.expectObservable(zipByIndex({ a: a$, b: b$ }, { maxAhead: 2 })).toBe(expected, { 0: { index: 0, values: { a: 'a0', b: 'b0' } } }, tooFar);
      helpers.expectSubscriptions(b$.subscriptions).toBe('^-----!');
    });
  });

  it('takes a chunk of more points than it may be ahead, if it comes by itself', () => {
    virtually((helpers) => {
      const a$ = helpers.hot('c-----', { c: { index: 0, expired: 0, data: ['a0', 'a1', 'a2'] } satisfies Chunk<'json'> });
      const { b$ } = two(helpers, '-', '-0-1-2');
      helpers.expectObservable(zipByIndex([a$, b$], { maxAhead: 1 })).toBe('-0-1-2', rows);
    });
  });

  it('errors when indices do not rise', () => {
    virtually((helpers) => {
      const { a$, b$ } = two(helpers, '0-1-1', '-');
      helpers.expectObservable(zipByIndex([a$, b$])).toBe('----#', undefined, blissdataError('StreamOverlap', { key: '', stream: '0', expected: 2, found: 1 }));
    });
  });

  it.each([0, -1, 1.5, NaN])('refuses to be ahead by %p points', (maxAhead) => {
    expect(() => zipByIndex([NEVER], { maxAhead })).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', argument: 'maxAhead' }));
  });
});
