/** Gathering points into entries: sizes, limits, and values that do not fit. */
import { describe, expect, it } from '@jest/globals';
import { ndArray } from '../../../lib/model/nd-array.js';
import { numericEncoding, jsonEncoding } from '../../../lib/wire/encoding/encoding.js';
import { codecOf } from '../../../lib/wire/encoding/codec.js';
import { NumericEntryBuilder } from '../../../lib/wire/encoding/numeric-entry-builder.js';
import { toHex, where } from './blocks.js';

const ALL = Infinity;
const KIB = 1024;

/** A builder of numbers of any kind: what TypeScript would refuse can be given to it, as JavaScript would. */
const builderOf = (dtype: Parameters<typeof numericEncoding>[0], shape: readonly number[] = [], coalesce = true): NumericEntryBuilder =>
  new NumericEntryBuilder(numericEncoding(dtype, shape), where, { coalesce });

const sizes = (builder: NumericEntryBuilder, maxBytes = ALL, maxEntries = ALL): [number, number][] =>
  builder.take(maxBytes, maxEntries).map(({ len, payload }) => [len, payload.length]);

describe('an entry builder that coalesces', () => {
  it('makes one entry of the points sent since the last take, in whatever form they came', () => {
    const builder = builderOf('float64');
    builder.add(1.5);
    expect(builder.addBatch([-2, 0])).toBe(2);
    expect(builder.addBatch(Float64Array.of(1))).toBe(1);
    expect(builder.addBatch(ndArray('float64', [1], Float64Array.of(2)))).toBe(1);
    const [entry, ...others] = builder.take(ALL);
    expect(others).toEqual([]);
    expect(entry?.len).toBe(5);
    expect(entry && toHex(entry.payload)).toBe('000000000000f83f00000000000000c00000000000000000000000000000f03f0000000000000040');
  });

  it('begins another entry every 64 KiB', () => {
    const builder = builderOf('float64');
    for (let i = 0; i < 20_000; i++) builder.add(i);
    expect(builder.pendingPoints).toBe(20_000);
    expect(builder.pendingBytes).toBe(160_000);
    expect(sizes(builder)).toEqual([[8192, 64 * KIB], [8192, 64 * KIB], [3616, 28_928]]);
    expect([builder.pendingPoints, builder.pendingBytes]).toEqual([0, 0]);
  });

  it('cuts batches the same way, filling up the entry that was begun', () => {
    const builder = builderOf('uint8');
    builder.add(7);
    builder.addBatch(new Uint8Array(130_000));
    expect(sizes(builder)).toEqual([[65_536, 64 * KIB], [64_465, 64_465]]);
  });

  it('never cuts a point, and makes one that is bigger an entry by itself', () => {
    const images = builderOf('uint16', [100, 100]);
    images.addBatch(ndArray('uint16', [7, 100, 100], new Uint16Array(70_000)));
    expect(sizes(images)).toEqual([[3, 60_000], [3, 60_000], [1, 20_000]]);

    const big = builderOf('uint16', [200, 200]);
    big.addBatch(ndArray('uint16', [2, 200, 200], new Uint16Array(80_000)));
    expect(sizes(big)).toEqual([[1, 80_000], [1, 80_000]]);
  });

  it('keeps ragged points together while their shape stays the same', () => {
    const builder = builderOf('int32', [-1]);
    builder.add(Int32Array.of(1, 2, 3));
    builder.add(ndArray('int32', [3], Int32Array.of(4, 5, 6)));
    builder.add(Int32Array.of(7));
    builder.addBatch([Int32Array.of(8), Int32Array.of(9, 10, 11)]);
    builder.addBatch(ndArray('int32', [1, 3], Int32Array.of(12, 13, 14)));
    expect(builder.take(ALL).map(({ len }) => len)).toEqual([2, 2, 2]);
  });

  it('writes ragged payloads as Python does', () => {
    const builder = builderOf('int32', [-1]);
    builder.add(Int32Array.of(1, 2, 3));
    expect(builder.take(ALL).map(({ payload }) => toHex(payload))).toEqual(['929103c40c010000000200000003000000']);
  });

  it('is not misled by a shape array that its owner changes afterwards', () => {
    const builder = builderOf('int8', [-1, -1]);
    const shape = [1, 2];
    builder.add(ndArray('int8', shape, Int8Array.of(1, 2)));
    shape[0] = 2;
    shape[1] = 1;
    expect(builder.take(ALL).map(({ payload }) => toHex(payload))).toEqual(['92920102c4020102']);
  });

  it('never joins JSON documents', () => {
    const builder = codecOf(jsonEncoding).builder(where);
    builder.add({ a: [1, 'é', NaN] });
    expect(builder.addBatch([1, null])).toBe(2);
    expect(builder.pendingPoints).toBe(3);
    expect(builder.take(ALL).map(({ len, payload }) => [len, new TextDecoder().decode(payload)])).toEqual([
      [1, '{"a":[1,"é",NaN]}'],
      [1, '1'],
      [1, 'null'],
    ]);
  });
});

describe('an entry builder that does not coalesce', () => {
  it('makes an entry of every point, and one of every batch', () => {
    const builder = builderOf('float32', [], false);
    builder.add(1);
    builder.addBatch([2, 3, 4]);
    builder.addBatch(Float32Array.of(5, 6));
    builder.add(7);
    expect(sizes(builder)).toEqual([[1, 4], [3, 12], [2, 8], [1, 4]]);
  });

  it('keeps arrays of a batch together, ragged ones while their shape stays the same', () => {
    const fixed = builderOf('uint8', [2], false);
    fixed.addBatch([Uint8Array.of(1, 2), ndArray('uint8', [2], Uint8Array.of(3, 4))]);
    expect(sizes(fixed)).toEqual([[2, 4]]);

    const ragged = builderOf('uint8', [-1], false);
    ragged.addBatch([Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3, 4)]);
    expect(ragged.take(ALL).map(({ len }) => len)).toEqual([2, 1]);
  });

  it('makes several entries of a batch of more than 1 MiB', () => {
    const builder = builderOf('float64', [], false);
    builder.addBatch(new Float64Array(200_000));
    builder.add(1);
    expect(sizes(builder)).toEqual([[131_072, 1024 * KIB], [68_928, 551_424], [1, 8]]);
  });
});

describe('take', () => {
  it('takes entries that fit the limits, in order, and leaves the others', () => {
    const builder = builderOf('uint8', [], false);
    for (let i = 0; i < 5; i++) builder.addBatch(new Uint8Array(10));
    expect(sizes(builder, 25)).toHaveLength(2);
    expect(sizes(builder, ALL, 2)).toHaveLength(2);
    expect([builder.pendingPoints, builder.pendingBytes]).toEqual([10, 10]);
    expect(sizes(builder)).toHaveLength(1);
    expect(sizes(builder)).toEqual([]);
  });

  it('takes an entry beyond the limits rather than none', () => {
    const builder = builderOf('uint8');
    builder.addBatch(new Uint8Array(1000));
    expect(sizes(builder, 10, 0)).toEqual([[1000, 1000]]);
  });

  it('lets an entry that does not fit any more go on growing', () => {
    const builder = builderOf('uint8');
    builder.addBatch(new Uint8Array(65_536 + 10));
    expect(sizes(builder, 65_536)).toEqual([[65_536, 65_536]]);
    builder.add(1);
    expect(sizes(builder)).toEqual([[11, 11]]);
  });

  it('gives payloads that later points do not overwrite, nor changes of what was sent', () => {
    const builder = builderOf('uint8');
    const mine = Uint8Array.of(1, 2);
    builder.addBatch(mine);
    const [first] = builder.take(ALL);
    mine.fill(9);
    builder.addBatch(Uint8Array.of(5, 6));
    builder.take(ALL);
    expect(first?.payload).toEqual(Uint8Array.of(1, 2));

    const image = builderOf('uint8', [100_000]);
    const pixels = new Uint8Array(100_000);
    image.add(Buffer.from(pixels.buffer));
    pixels.fill(9);
    expect(image.take(ALL)[0]?.payload[0]).toBe(0);
  });
});

describe('a point that does not fit', () => {
  it.each([
    ['bool', 1],
    ['int8', 128],
    ['int8', 1.5],
    ['int16', -32_769],
    ['int32', 2 ** 31],
    ['int32', NaN],
    ['int64', 2n ** 63n],
    ['int64', 2 ** 53],
    ['uint8', -1],
    ['uint8', '1'],
    ['uint16', 65_536],
    ['uint32', 2 ** 32],
    ['uint64', -1],
    ['uint64', 2n ** 64n],
    ['float16', 65_520],
    ['float32', 3.5e38],
    ['float64', 1n],
    ['float64', '1'],
    ['float64', null],
    ['float64', undefined],
    ['complex64', 1],
    ['complex64', { re: 1e39, im: 0 }],
    ['complex128', { re: 1 }],
    ['float64', Float64Array.of(1)],
  ] as const)('is refused: %s does not take %p', (dtype, value) => {
    const builder = builderOf(dtype);
    expect(() => builder.add(value)).toThrow(expect.objectContaining({ _tag: 'InvalidPoint', ...where }));
    expect(() => builder.addBatch([value])).toThrow(expect.objectContaining({ _tag: 'InvalidPoint' }));
    expect(builder.take(ALL)).toEqual([]);
  });

  it.each([
    ['float16', 65_519],
    ['float16', -Infinity],
    ['float32', 3.4028235e38],
    ['float32', NaN],
    ['int64', 2 ** 53 - 1],
    ['uint64', 2n ** 64n - 1n],
  ] as const)('is not to be confused with one at the edge: %s takes %p', (dtype, value) => {
    const builder = builderOf(dtype);
    builder.add(value);
    expect(builder.pendingPoints).toBe(1);
  });

  it.each([
    ['of another dtype', ndArray('float32', [2], Float32Array.of(1, 2))],
    ['of another shape', ndArray('float64', [3], Float64Array.of(1, 2, 3))],
    ['of more dimensions', ndArray('float64', [2, 1], Float64Array.of(1, 2))],
    ['with less data than its shape says', ndArray('float64', [2], Float64Array.of(1))],
    ['with data in another typed array', { dtype: 'float64', shape: [2], data: Float32Array.of(1, 2) }],
    ['that is another typed array', Float32Array.of(1, 2)],
    ['of another length', Float64Array.of(1, 2, 3)],
    ['of plain numbers', [1, 2]],
    ['that is a DataView', new DataView(new ArrayBuffer(16))],
  ])('is an array %s', (_, value) => {
    const builder = builderOf('float64', [2]);
    expect(() => builder.add(value)).toThrow(expect.objectContaining({ _tag: 'InvalidPoint', ...where }));
    expect(builder.pendingPoints).toBe(0);
  });

  it.each([
    ['bool', [2], Uint8Array.of(0, 2)],
    ['float16', [2], Float32Array.of(1, 65_520)],
    ['float64', [-1], new Float64Array(0)],
    ['float64', [3, 0], new Float64Array(0)],
    ['float64', [-1, -1], Float64Array.of(1)],
    ['complex64', [-1], Float32Array.of(1, 2, 3)],
  ] as const)('is an array of %s, shape %j, given %p', (dtype, shape, value) => {
    expect(() => builderOf(dtype, shape).add(value)).toThrow(expect.objectContaining({ _tag: 'InvalidPoint' }));
  });

  it('is described in words', () => {
    const messageOf = (action: () => void): string => {
      try {
        action();
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
      return '';
    };
    const refused = 'Invalid point for stream "diode" (esrf:stream:01J0): expected';
    expect(messageOf(() => builderOf('uint8').add(300))).toBe(`${refused} an integer from 0 to 255, received 300`);
    expect(messageOf(() => builderOf('uint8').addBatch([1, 2, '3']))).toBe(`${refused} an integer from 0 to 255, received "3" at position 2 of the batch`);
    expect(messageOf(() => builderOf('int8', [2]).add(new Float64Array(2)))).toBe(`${refused} an NdArray of int8, shape [2] or a flat Int8Array, received a Float64Array of 2`);
    expect(messageOf(() => codecOf(jsonEncoding).builder(where).addBatch([1, { a: [2n ** 64n] }]))).toBe(
      `${refused} a JSON value, received a[0] is an integer of more than 64 bits (position 1 of the batch)`,
    );
  });
});

describe('a batch that does not fit', () => {
  it.each([
    ['float64', [], []],
    ['float64', [], new Float64Array(0)],
    ['float64', [], ndArray('float64', [2, 1], Float64Array.of(1, 2))],
    ['float64', [], 1],
    ['float64', [2], Float64Array.of(1, 2)],
    ['float64', [2], ndArray('float64', [2], Float64Array.of(1, 2))],
    ['float64', [2], ndArray('float64', [0, 2], new Float64Array(0))],
    ['complex128', [], Float64Array.of(1, 2, 3)],
  ] as const)('is refused: %s, shape %j does not take %p', (dtype, shape, values) => {
    expect(() => builderOf(dtype, shape).addBatch(values)).toThrow(expect.objectContaining({ _tag: 'InvalidPoint', ...where }));
  });

  it('leaves no part of it behind', () => {
    const numbers = builderOf('uint8');
    numbers.add(1);
    expect(() => numbers.addBatch([2, 3, 256])).toThrow();
    expect(numbers.take(ALL)).toEqual([{ len: 1, payload: Uint8Array.of(1) }]);

    const arrays = builderOf('uint8', [-1]);
    expect(() => arrays.addBatch([Uint8Array.of(1), Uint16Array.of(1)])).toThrow();
    expect(arrays.pendingPoints).toBe(0);

    const json = codecOf(jsonEncoding).builder(where);
    expect(() => json.addBatch([1, '\ud800'])).toThrow();
    expect(() => json.addBatch([])).toThrow(expect.objectContaining({ _tag: 'InvalidPoint' }));
    expect(json.pendingPoints).toBe(0);
  });
});
