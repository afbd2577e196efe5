/** Points of every dtype, encoded and decoded again. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { valueAt } from '../../../lib/model/chunk-data.js';
import { itemSize, numbersPerElement, type Dtype } from '../../../lib/model/dtype.js';
import { float16Table } from '../../../lib/model/float16.js';
import { elementCount, ndArray } from '../../../lib/model/nd-array.js';
import type { ChunkData } from '../../../lib/model/stream-type.js';
import { viewBytes, zeros } from '../../../lib/model/typed-array.js';
import { codecOf } from '../../../lib/wire/encoding/codec.js';
import { numericEncoding, type NumericEncoding } from '../../../lib/wire/encoding/encoding.js';
import { NumericEntryBuilder } from '../../../lib/wire/encoding/numeric-entry-builder.js';
import { blockOf, where } from './blocks.js';

const float16 = fc.integer({ min: 0, max: 0xffff }).map((bits) => float16Table()[bits] ?? 0);
const complexOf = (part: fc.Arbitrary<number>): fc.Arbitrary<unknown> => fc.record({ re: part, im: part }, { noNullPrototype: true });

const scalars: { readonly [D in Dtype]: fc.Arbitrary<unknown> } = {
  bool: fc.boolean(),
  int8: fc.integer({ min: -(2 ** 7), max: 2 ** 7 - 1 }),
  int16: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint8: fc.integer({ min: 0, max: 2 ** 8 - 1 }),
  uint16: fc.integer({ min: 0, max: 2 ** 16 - 1 }),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  float16,
  float32: fc.float(),
  float64: fc.double(),
  complex64: complexOf(fc.float()),
  complex128: complexOf(fc.double()),
};

const dtypes = Object.keys(scalars).filter((name): name is Dtype => name in scalars);
// Stored differently from the host or not, and the option that changes how entries are cut.
const settings = fc.record({ bigEndian: fc.boolean(), coalesce: fc.boolean(), shift: fc.nat(7) });

function inOrder(encoding: NumericEncoding, bigEndian: boolean): NumericEncoding {
  return itemSize(encoding.dtype) > 1 && bigEndian ? { ...encoding, byteOrder: '>' } : encoding;
}

/** Encodes, lays the entries side by side as a database does, and decodes. */
function throughTheWire(encoding: NumericEncoding, fill: (builder: NumericEntryBuilder) => void, { coalesce = true, shift = 0 } = {}): ChunkData<NumericEncoding['type']> {
  const builder = new NumericEntryBuilder(encoding, where, { coalesce });
  fill(builder);
  const { data, bad } = codecOf(encoding).decode(blockOf(builder.take(Infinity), { shift }), where);
  expect(bad).toBeNull();
  return data;
}

const valuesOf = (data: ChunkData<NumericEncoding['type']>, count: number): unknown[] =>
  Array.from({ length: count }, (_, i) => valueAt<NumericEncoding['type']>(data, i));

/** An array of a dtype made of random bytes: any pattern is a number, but a bool takes only 0 and 1, and a float16 is held as float32. */
function arrayOf(dtype: Dtype, shape: readonly number[], seed: Uint8Array): ReturnType<typeof ndArray> {
  const data = zeros(dtype, elementCount(shape) * numbersPerElement(dtype));
  const bytes = viewBytes(data);
  bytes.forEach((_, i) => (bytes[i] = (seed[i % seed.length] ?? 0) & (dtype === 'bool' ? 1 : 0xff)));
  if (dtype === 'float16') for (let i = 0; i < data.length; i++) data[i] = float16Table()[((seed[i % seed.length] ?? 0) * 257 + i) & 0xffff] ?? 0;
  return ndArray(dtype, shape, data);
}

describe.each(dtypes)('a stream of %s', (dtype) => {
  it('gives back every scalar that was sent, one by one or in batches', () => {
    fc.assert(
      fc.property(fc.array(scalars[dtype], { minLength: 1 }), fc.array(scalars[dtype], { minLength: 1 }), settings, (one, batch, { bigEndian, ...options }) => {
        const encoding = inOrder(numericEncoding(dtype), bigEndian);
        const data = throughTheWire(
          encoding,
          (builder) => {
            one.forEach((value) => builder.add(value));
            builder.addBatch(batch);
          },
          options,
        );
        expect(valuesOf(data, one.length + batch.length)).toEqual([...one, ...batch]);
      }),
      { numRuns: 50 },
    );
  });

  const bytes = fc.uint8Array({ minLength: 16, maxLength: 64 });
  const length = fc.integer({ min: 1, max: 5 });

  it('gives back arrays of one shape', () => {
    fc.assert(
      fc.property(fc.array(length, { minLength: 1, maxLength: 3 }), fc.array(bytes, { minLength: 1, maxLength: 5 }), settings, (shape, seeds, { bigEndian, ...options }) => {
        const points = seeds.map((seed) => arrayOf(dtype, shape, seed));
        const encoding = inOrder(numericEncoding(dtype, shape), bigEndian);
        const data = throughTheWire(encoding, (builder) => points.forEach((point) => builder.add(point)), options);
        expect(valuesOf(data, points.length)).toEqual(points);
      }),
      { numRuns: 30 },
    );
  });

  it('gives back arrays that each have a shape of their own', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(length, bytes), { minLength: 1, maxLength: 8 }), settings, (lengthsAndSeeds, { bigEndian, ...options }) => {
        const points = lengthsAndSeeds.map(([n, seed]) => arrayOf(dtype, [n, 2], seed));
        const encoding = inOrder(numericEncoding(dtype, [-1, 2]), bigEndian);
        expect(throughTheWire(encoding, (builder) => points.forEach((point) => builder.add(point)), options)).toEqual(points);
        expect(throughTheWire(encoding, (builder) => void builder.addBatch(points), options)).toEqual(points);
      }),
      { numRuns: 30 },
    );
  });
});
