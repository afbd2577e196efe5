/** Parsing JSON without loss. */
import { describe, expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import fc from 'fast-check';
import { parseJson, parseOrdinaryParts } from '../../../lib/wire/json-text/parse-json.js';

describe('parseJson', () => {
  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['1700000000123456789', 1700000000123456789n],
    ['18446744073709551615', 18446744073709551615n],
    ['123456789012345678901234567890', 123456789012345678901234567890n],
  ])('reads the integer %s without loss', (text, value) => {
    expect(parseJson(text)).toEqual(E.right(value));
    expect(parseJson(`{"t": [0, ${text}]}`)).toEqual(E.right({ t: [0, value] }));
    expect(parseJson(`[1,${text}]`)).toEqual(E.right([1, value]));
  });

  it.each(['0.30000000000000004', '12345678901234567.5', '1e30', '1E5', '9007199254740994.0', '-1.2345678901234567e-10', '-0.0', '0'])('reads %s as the float it is', (text) => {
    expect(parseJson(text)).toEqual(E.right(Number(text)));
    expect(parseJson(`[NaN, ${text}]`)).toEqual(E.right([NaN, Number(text)]));
  });

  it('keeps the sign of -0', () => {
    expect(parseJson('[-0, -0.0, NaN]')).toEqual(E.right([-0, -0, NaN]));
  });

  it('reads the literals that Python writes', () => {
    expect(parseJson('{"a": NaN, "b": [Infinity, -Infinity, null, true, false]}')).toEqual(E.right({ a: NaN, b: [Infinity, -Infinity, null, true, false] }));
  });

  it('leaves strings alone, whatever they look like', () => {
    const text = '["NaN", "1234567890123456789", ": 1234567890123456789,", "\\"NaN\\\\", "-Infinity\\u0041", NaN]';
    expect(parseJson(text)).toEqual(E.right(['NaN', '1234567890123456789', ': 1234567890123456789,', '"NaN\\', '-InfinityA', NaN]));
  });

  it.each(['{"__proto__": {"a": 1}, "b": 2}', '{"__proto__": {"a": 1}, "b": 2, "c": [1234567890123456789, NaN]}'])('takes __proto__ for an ordinary key in %s', (text) => {
    const parsed = parseJson(text);
    expect(E.isRight(parsed) && Object.entries(parsed.right ?? {}).slice(0, 2)).toEqual([
      ['__proto__', { a: 1 }],
      ['b', 2],
    ]);
    expect(E.isRight(parsed) && Object.getPrototypeOf(parsed.right)).toBe(Object.prototype);
  });

  it('lets the last of equal keys count, as Python does', () => {
    expect(parseJson('{"a": 1, "a": NaN}')).toEqual(E.right({ a: NaN }));
  });

  const broken = ['', '{', '[1,]', '[1 2]', '{"a" 1}', '{a: 1}', '{"a":1,}', '"abc', '"\\x"', '"a\nb"', '01', '1.', '-', '+1', '.5', '1e', '[1]]', 'nul', 'True', "'a'", '\ufeff1', '[1}'];
  it.each(broken)('refuses %j, also beside a NaN', (text) => {
    expect(E.isLeft(parseJson(text))).toBe(true);
    expect(E.isLeft(parseJson(`{"a": NaN, "b": ${text}}`))).toBe(true);
  });

  it('says where a text is broken', () => {
    expect(parseJson('[NaN, x]')).toEqual(E.left('Unexpected token "x" in JSON at position 6'));
    expect(parseJson('[NaN')).toEqual(E.left('Unexpected end of JSON input'));
  });

  it('refuses nesting that would exhaust the stack', () => {
    expect(parseJson(`${'['.repeat(100_000)}NaN`)).toEqual(E.left('JSON nested deeper than 1000 levels'));
  });

  it('reads every ordinary text as JSON.parse does, and no differently because a NaN or a long integer stands beside it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(undefined, '\t', 1), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const beside = parseJson(`[${text},NaN,1234567890123456789]`);
        const plain: unknown = JSON.parse(text, (_, member: unknown) => (typeof member === 'number' && Math.abs(member) >= 2 ** 53 && /^-?\d+$/.test(String(member)) ? BigInt(String(member)) : member));
        expect(parseJson(text)).toEqual(E.right(plain));
        expect(beside).toEqual(E.right([plain, NaN, 1234567890123456789n]));
      }),
    );
  });
});

/** The values of texts that are parsed together, or else one by one, which must be the same. */
const inParts = (texts: readonly string[]) => {
  let end = 0;
  const all = parseOrdinaryParts(texts.join(''), texts.map((text) => (end += text.length)));
  const each = texts.map(parseJson);
  if (all !== undefined) expect(all.map((value) => E.right(value))).toEqual(each);
  return each;
};

describe('texts that are parsed together', () => {
  it('are not misled by what stands before or behind a part', () => {
    const parts = ['null', '12345678901234567', '1.5', '12345678901234567', '"Na"', '"N"', '123456789', '123456789', 'NaN'];
    expect(inParts(parts)).toEqual([null, 12345678901234567n, 1.5, 12345678901234567n, 'Na', 'N', 123456789, 123456789, NaN].map((value) => E.right(value)));
    for (const part of parts) inParts(['"a"', part, '1']);
  });

  it('are ordinary, all of them', () => {
    const all = (...texts: readonly string[]) => parseOrdinaryParts(texts.join(''), texts.map((_, i) => texts.slice(0, i + 1).join('').length));
    expect(all('1', '{"a":[2]}', '"b"')).toEqual([1, { a: [2] }, 'b']);
    expect(all()).toEqual([]);
    for (const text of ['NaN', '[12345678901234567]', '"a', '', '1 2']) expect(all('1', text, '3')).toBeUndefined();
  });

  it('finds a long integer wherever it lies', () => {
    for (let before = 0; before < 40; before++) {
      const text = 'x'.repeat(before);
      for (const digits of ['123456789012345', '9007199254740993', '123456789012345678901234567890123456789']) {
        const value = digits.length < 16 ? Number(digits) : BigInt(digits);
        expect(inParts([`"${text}"`, digits, `["${text}",-${digits}]`])).toEqual([text, value, [text, -value]].map((found) => E.right(found)));
      }
    }
  });

  it('gives for each part what that gives alone, good or broken', () => {
    const piece = fc.constantFrom('[', ']', '{', '}', ',', ':', '"', '\\', '\n', '1', '0', '-', '.5', 'e1', 'null', '"a"', '"a":', '[1', '2]', '],[', '},{', 'NaN', '12345678901234567', '12345678', ' ');
    const broken = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    const good = fc.oneof(fc.json(), fc.constantFrom('NaN', '[12345678901234567]', '0.12345678901234567', '"1234567890123456"', ' 1 '));
    fc.assert(
      fc.property(fc.array(fc.oneof(good, broken), { maxLength: 5 }), (texts) => {
        expect(inParts(texts)).toEqual(texts.map(parseJson));
      }),
      { numRuns: 3000 },
    );
  });
});
