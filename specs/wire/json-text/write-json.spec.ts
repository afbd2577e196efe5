/** Writing JSON that RedisJSON and Python read back unchanged. */
import { describe, expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import fc from 'fast-check';
import { parseJson } from '../../../lib/wire/json-text/parse-json.js';
import { writeJson } from '../../../lib/wire/json-text/write-json.js';

const nested = (levels: number): unknown => Array.from({ length: levels }).reduce((inner) => [inner], 1);

describe('writeJson', () => {
  it.each([
    [{ a: 1, b: [true, null, 'x'] }, '{"a":1,"b":[true,null,"x"]}'],
    [1700000000000000000n, '1700000000000000000'],
    [-(2n ** 63n), '-9223372036854775808'],
    [2n ** 64n - 1n, '18446744073709551615'],
    [1.0, '1'],
    [2 ** 53 - 1, '9007199254740991'],
    [0.1, '0.1'],
    [-0, '-0.0'],
    ['é "😀"\n\u2028\u007f', '"é \\"😀\\"\\n\u2028\u007f"'],
    [{ omitted: undefined, kept: 1 }, '{"kept":1}'],
    [Float32Array.of(0.5, 2), '[0.5,2]'],
    [{ t: BigInt64Array.of(-(2n ** 63n)) }, '{"t":[-9223372036854775808]}'],
    [{ at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    [{ a: { toJSON: (key: string) => [key, NaN] } }, '{"a":["a",null]}'],
    [Object.create(null), '{}'],
    [JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
  ])('writes %p', (value: unknown, text) => {
    expect(writeJson(value, 'null')).toEqual(E.right(text));
  });

  it('writes numbers that are integers beyond 2^53 with an exponent, so that they stay floats', () => {
    const text = writeJson([1e17, 2 ** 53, -1e300], 'null');
    expect(text).toEqual(E.right('[1e+17,9.007199254740992e+15,-1e+300]'));
    expect(pipe(text, E.chain(parseJson))).toEqual(E.right([1e17, 2 ** 53, -1e300]));
  });

  it('writes NaN and infinities as required', () => {
    const value = { a: [NaN, Infinity, -Infinity] };
    expect(writeJson(value, 'null')).toEqual(E.right('{"a":[null,null,null]}'));
    expect(writeJson(value, 'literal')).toEqual(E.right('{"a":[NaN,Infinity,-Infinity]}'));
    expect(writeJson(value, 'refuse')).toEqual(E.left('a[0] is NaN'));
  });

  it.each([
    [undefined, 'the value is undefined'],
    [{ a: [1, undefined] }, 'a[1] is undefined'],
    [{ a: new Array<number>(2) }, 'a[0] is undefined'],
    [{ motors: [{}, { offset: () => 1 }] }, 'motors[1].offset is a function'],
    [[Symbol('x')], '[0] is a symbol'],
    [{ a: 2n ** 64n }, 'a is an integer of more than 64 bits'],
    [{ a: -(2n ** 63n) - 1n }, 'a is an integer of more than 64 bits'],
    [{ name: 'a\ud800b' }, 'name holds a lone surrogate'],
    [{ a: { '\udc00': 1 } }, 'a.\udc00 holds a lone surrogate'],
    [{ m: new Map() }, 'm is of type Map, which JSON has no form for'],
    [{ s: [new Set()] }, 's[0] is of type Set, which JSON has no form for'],
    [{ e: new Error('x') }, 'e is of type Error, which JSON has no form for'],
    [[Object(1)], '[0] is of type Number, which JSON has no form for'],
    [new ArrayBuffer(1), 'the value is of type ArrayBuffer, which JSON has no form for'],
    [{ a: { toJSON: () => { throw new Error('no'); } } }, 'a cannot be read (Error: no)'],
    [{ a: { toJSON: () => undefined } }, 'a is undefined'],
  ])('refuses %p and says where', (value: unknown, problem) => {
    expect(writeJson(value, 'null')).toEqual(E.left(problem));
  });

  it('nests as deep as RedisJSON does, and no deeper', () => {
    expect(writeJson(nested(127), 'null')).toEqual(E.right(`${'['.repeat(127)}1${']'.repeat(127)}`));
    expect(writeJson(nested(128), 'null')).toEqual(E.left(expect.stringContaining('[0]... is nested deeper than 127 levels')));
  });

  it('refuses what contains itself, but not what stands in two places', () => {
    const loop: { inner: unknown[] } = { inner: [] };
    loop.inner.push(1, loop);
    expect(writeJson({ loop }, 'null')).toEqual(E.left('loop.inner[1] contains itself'));
    const shared = [1];
    expect(writeJson([shared, { shared }], 'null')).toEqual(E.right('[[1],{"shared":[1]}]'));
  });

  it('writes what parseJson reads back as it was', () => {
    const number = fc.oneof(fc.double(), fc.maxSafeInteger(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }), fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }));
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'NaN', '\u0000"\\'));
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof({ depthSize: 'small' }, number, text, fc.boolean(), fc.constant(null), fc.array(tie('json')), fc.dictionary(text, tie('json'), { noNullPrototype: true })),
    }));
    fc.assert(
      fc.property(json, (value) => {
        expect(pipe(writeJson(value, 'literal'), E.chain(parseJson))).toEqual(E.right(value));
      }),
    );
  });

  it('writes everything but -0 and integers beyond 2^53 as JSON.stringify does', () => {
    const plain = (_: string, member: unknown): unknown => (Number.isInteger(member) && !Number.isSafeInteger(member) ? 1 : Object.is(member, -0) ? 0 : member);
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = JSON.stringify(value, plain);
        expect(writeJson(JSON.parse(text), 'refuse')).toEqual(E.right(text));
      }),
    );
  });
});
