/** Sentences about values that were not expected, whatever these are. */
import { describe, expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { problemsOf, received } from '../../lib/wire/problems.js';

describe('a value that was not expected', () => {
  it.each<[unknown, string]>([
    [undefined, 'nothing'],
    [2n ** 64n, '18446744073709551616n'],
    [{ a: [1n] }, '{"a":["1"]}'],
    [Symbol('x'), 'symbol'],
    ['x'.repeat(100), `"${'x'.repeat(76)}...`],
  ])('is shown: %p', (value, text) => {
    expect(received(value)).toBe(text);
  });

  it('is described where JSON has no text for it', () => {
    const circular: unknown[] = [];
    circular.push(circular);
    expect(received(circular)).toMatch(/^object \(Converting circular structure/);
    const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(received(deep)).toBe('object (Maximum call stack size exceeded)');
    const decoded = t.type({ a: t.string }).decode({ a: deep });
    expect(E.isLeft(decoded) && problemsOf(decoded.left)).toEqual(['a: expected string, received object (Maximum call stack size exceeded)']);
  });
});
