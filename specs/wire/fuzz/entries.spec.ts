/** Entries of data streams that are not what their encoding says. */
import { describe } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { isNdArrayData, pointCount, valueAt } from '../../../lib/model/chunk-data.js';
import { itemSize, type Dtype } from '../../../lib/model/dtype.js';
import { float16Table } from '../../../lib/model/float16.js';
import { elementCount, type NdArray } from '../../../lib/model/nd-array.js';
import type { StreamType } from '../../../lib/model/stream-type.js';
import { containerItemSize } from '../../../lib/model/typed-array.js';
import { codecOf } from '../../../lib/wire/encoding/codec.js';
import { jsonEncoding, numericEncoding, type Encoding, type NumericEncoding } from '../../../lib/wire/encoding/encoding.js';
import { blockOf, where } from '../encoding/blocks.js';
import { anyJson, damaged, fuzz, isOneOf, jsonText, nested, utf8 } from './fuzzing.js';

float16Table();

const dtypes = ['bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'float16', 'float32', 'float64', 'complex64', 'complex128'] as const;
const dtype: fc.Arbitrary<Dtype> = fc.constantFrom(...dtypes);
const hostileLens = [NaN, 0, -0, -1, 0.5, 1.5, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, Infinity, -Infinity];
const len = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 8 }) }, { weight: 1, arbitrary: fc.constantFrom(...hostileLens) });
const dimension = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 4 }) }, { weight: 1, arbitrary: fc.constantFrom(0, 2 ** 20, 2 ** 40, Number.MAX_SAFE_INTEGER) });

interface Input {
  readonly encoding: Encoding;
  readonly entries: readonly { readonly len: number; readonly payload: Uint8Array }[];
  readonly shift: number;
}

const sizeOf = ({ entries }: Input): number => entries.reduce((sum, { payload }) => sum + payload.length, 0);

/** For every input: good points come before the bad entry, and can be read. */
function isDecoded({ encoding, entries, shift }: Input): boolean {
  const { data, count, bad } = codecOf(encoding).decode(blockOf(entries, { shift }), where);
  const points = pointCount(data);
  if (points !== count || !Number.isSafeInteger(count)) return false;
  for (const i of points === 0 ? [] : [0, points - 1]) valueAt<StreamType>(data, i);
  return isOneOf(bad, 'InvalidEntry');
}

describe('entries of numbers', () => {
  const encoding = fc.tuple(dtype, fc.array(dimension, { maxLength: 3 }), fc.boolean()).map(([name, shape, isForeign]): NumericEncoding => {
    const plain = numericEncoding(name, shape);
    return isForeign && itemSize(name) > 1 ? { ...plain, byteOrder: '>' } : plain;
  });
  const inputs = encoding.chain((each): fc.Arbitrary<Input> => {
    const pointBytes = Math.min(itemSize(each.dtype) * elementCount(each.shape), 512);
    const fitting = len.chain((n) => fc.record({ len: fc.constant(n), payload: fc.uint8Array({ minLength: 1, maxLength: 16 }).map((bytes) => filled(bytes, n >= 1 && n <= 8 ? Math.floor(n) * pointBytes : pointBytes)) }));
    const any = fc.record({ len, payload: fc.uint8Array({ maxLength: 80 }) });
    return fc.record({ encoding: fc.constant(each), entries: fc.array(fc.oneof({ weight: 3, arbitrary: fitting }, { weight: 1, arbitrary: any }), { maxLength: 6 }), shift: fc.nat(8) });
  });
  const hasItsNumbers = (input: Input): boolean => {
    const { data } = codecOf(input.encoding).decode(blockOf(input.entries, { shift: input.shift }), where);
    if (!isNdArrayData(data)) return false;
    const parts = data.dtype.startsWith('complex') ? 2 : 1;
    return data.data.byteLength === (data.shape[0] === 0 ? 0 : elementCount(data.shape)) * containerItemSize(data.dtype) * parts;
  };
  fuzz('numericEntries', { inputs, size: sizeOf, check: (input) => isDecoded(input) && hasItsNumbers(input) });
});

const isNdArray = (point: unknown): point is NdArray => typeof point === 'object' && point !== null && 'dtype' in point;

const filled = (pattern: Uint8Array, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => pattern[i % pattern.length] ?? 0);

describe('entries of arrays with free dimensions', () => {
  const encoding = fc.tuple(dtype, fc.array(fc.constantFrom(-1, -1, 1, 2, 0, 2 ** 40), { maxLength: 3 })).map(([name, shape]) => numericEncoding(name, [-1, ...shape]));
  const hostileDimensions = [0, -1, -(2 ** 31), 0.5, NaN, Infinity, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER, '2', null, true, [], [1], {}];
  const shapeOf = ({ shape }: NumericEncoding): fc.Arbitrary<readonly unknown[]> =>
    fc.tuple(...shape.map((n) => (n === -1 ? fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 3 }) }, { weight: 1, arbitrary: fc.constantFrom<unknown>(...hostileDimensions) }) : fc.constant(n))));
  /** Headers of msgpack that promise much. */
  const promising = fc
    .tuple(fc.constantFrom([0x92], [0xdc, 0, 2], [0xdd, 0, 0, 0, 2], []), fc.constantFrom([0x91, 1], [0x90], [0xdc, 0, 1, 1], [0xdc, 0, 64], [0xdd, 0xff, 0xff, 0xff, 0xff], [0x91, 0xcf, 255, 255, 255, 255, 255, 255, 255, 255], [0x91, 0xcb, 0, 0, 0, 0, 0, 0, 0, 0]), fc.constantFrom([0xc6, 0xff, 0xff, 0xff, 0xff], [0xc6, 0x20, 0, 0, 0], [0xc6, 0x1f, 0xff, 0xff, 0xff], [0xc5, 0xff, 0xff], [0xc4, 4, 1, 2, 3, 4], [0xdb, 0xff, 0xff, 0xff, 0xff], [0xdf, 0xff, 0xff, 0xff, 0xff], [0xc9, 0xff, 0xff, 0xff, 0xff, 1], [0xd6, 0xff], [0xc7, 0, 0xff], [0xc1]), fc.uint8Array({ maxLength: 12 }))
    .map((parts) => Uint8Array.from(parts.flatMap((part) => Array.from(part))));
  const nesting = fc.tuple(fc.constantFrom([0x91], [0x92, 0x91], [0xdc, 0, 64], [0xdd, 0, 0, 0, 64], [0x81]), fc.integer({ min: 1, max: 2000 })).map(([unit, times]) => Uint8Array.from({ length: unit.length * times }, (_, i) => unit[i % unit.length] ?? 0));
  const inputs = encoding.chain((each): fc.Arbitrary<Input> => {
    const right = fc.tuple(shapeOf(each), len, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([shape, n, bytes]) => {
      const elements = shape.reduce<number>((product, dim) => product * (typeof dim === 'number' && dim > 0 && dim < 10 ? dim : 1), 1);
      return { len: n, payload: encode([shape, filled(bytes, elements * itemSize(each.dtype) * (n >= 1 && n <= 8 ? Math.floor(n) : 1))]) };
    });
    const payload = fc.oneof(damaged(right.map((entry) => entry.payload)), promising, nesting, fc.uint8Array({ maxLength: 60 }), anyMsgpack);
    const entries = fc.array(fc.oneof({ weight: 3, arbitrary: right }, { weight: 2, arbitrary: fc.record({ len, payload }) }), { maxLength: 4 });
    return fc.record({ encoding: fc.constant(each), entries, shift: fc.nat(8) });
  });
  const hasItsNumbers = ({ encoding: declared, entries, shift }: Input): boolean => {
    const { data } = codecOf(declared).decode(blockOf(entries, { shift }), where);
    return !isNdArrayData(data) && data.every((point) => isNdArray(point) && elementCount(point.shape) * containerItemSize(point.dtype) * (point.dtype.startsWith('complex') ? 2 : 1) === point.data.byteLength);
  };
  fuzz('raggedEntries', { inputs, size: sizeOf, check: (input) => isDecoded(input) && hasItsNumbers(input) });
});

const { tree } = fc.letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, tie('leaf'), fc.array(tie('tree'), { maxLength: 4 }), fc.dictionary(fc.string({ maxLength: 3 }), tie('tree'), { maxKeys: 2 })),
  leaf: fc.oneof(fc.integer(), fc.double(), fc.string({ maxLength: 5 }), fc.uint8Array({ maxLength: 9 }), fc.constantFrom(null, true)),
}));
const anyMsgpack = fc.tuple(fc.boolean(), tree).map(([isPair, value]) => encode(isPair ? [[1], value] : value));

describe('entries of JSON', () => {
  const word = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '"a"', '\\u', 'd800', '"\\ud800"', '-', '.', 'e', '0', '1', '9'.repeat(17), '9'.repeat(400), '1e400', 'NaN', 'Infinity', '-Infinity', 'null', 'tru', ' ', '\n', '\0', '\u2028', '__proto__', 'é', '😀');
  const text = fc.oneof(
    { weight: 6, arbitrary: anyJson.map(jsonText) },
    { weight: 6, arbitrary: fc.array(word, { maxLength: 24 }).map((words) => words.join('')) },
    { weight: 2, arbitrary: fc.tuple(anyJson, anyJson).map(([a, b]) => `{"a":${jsonText(a)},"a":NaN,"__proto__":${jsonText(b)}}`) },
    { weight: 1, arbitrary: fc.nat(3).map((n) => '8'.repeat(10 ** n * 7)) },
  );
  const deep = fc.tuple(fc.constantFrom(999, 1001, 100_000), fc.constantFrom('', 'NaN', '12345678901234567', '"'), fc.boolean()).map(([depth, inmost, isClosed]) => utf8(isClosed ? nested(depth, inmost) : '{"a":'.repeat(depth)));
  const bytes = fc.oneof(
    { weight: 20, arbitrary: text.map(utf8) },
    { weight: 20, arbitrary: damaged(text.map(utf8)) },
    { weight: 4, arbitrary: text.map((each) => utf8(`\ufeff${each}`)) },
    { weight: 4, arbitrary: fc.uint8Array({ maxLength: 40 }) },
    { weight: 1, arbitrary: fc.oneof({ weight: 20, arbitrary: text.map(utf8) }, { weight: 1, arbitrary: deep }) },
  );
  const entry = fc.record({ len: fc.oneof({ weight: 15, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: len }), payload: bytes });
  const inputs: fc.Arbitrary<Input> = fc.record({ encoding: fc.constant(jsonEncoding), entries: fc.array(entry, { maxLength: 4 }), shift: fc.nat(3) });
  fuzz('jsonEntries', { inputs, size: sizeOf, check: isDecoded });
});
