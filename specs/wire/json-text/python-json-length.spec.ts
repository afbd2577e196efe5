/** The length of JSON as Python writes it. */
import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../../lib/model/json.js';
import { pythonJsonLength } from '../../../lib/wire/json-text/python-json-length.js';

describe('pythonJsonLength', () => {
  // Lengths as len(json.dumps(json.loads(text))) of Python 3.11 gives them for the text that writeJson writes.
  const cases: readonly (readonly [Json, number])[] = [
    [{}, 2],
    [[], 2],
    [null, 4],
    ['x', 3],
    [{ a: 1, b: [1, 2, 3] }, 24],
    ['é', 8],
    ['😀', 14],
    ['\u0000\n\t"\\\b\f\r/', 23],
    ['\u007f', 8],
    [' ', 3],
    ['a, b: c', 9],
    [1.5, 3],
    [-0, 4],
    [1e16, 5],
    [1e17, 5],
    [2 ** 53, 18],
    [123456.789, 10],
    [0.0001, 6],
    [0.00001, 5],
    [1.5e-7, 7],
    [0.00012345, 10],
    [5e-324, 6],
    [1.7976931348623157e308, 23],
    [-1e300, 7],
    [1e-300, 6],
    [0.1 + 0.2, 19],
    [2 ** 53 - 1, 16],
    [2n ** 64n - 1n, 20],
    [{ ключ: ['значение', -1.25e-10] }, 93],
  ];
  it.each(cases)('counts %p as Python does', (value, length) => {
    expect(pythonJsonLength(value)).toBe(length);
  });

  it('counts NaN as the null that takes its place', () => {
    expect(pythonJsonLength([NaN, -Infinity])).toBe('[null, null]'.length);
  });

  it('takes a value that cannot be written for longer than any limit', () => {
    expect(pythonJsonLength('\ud800')).toBe(Infinity);
  });
});
