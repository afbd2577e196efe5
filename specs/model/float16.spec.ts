/** Conversion of numbers to and from the bits of float16. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { float16Bits, float16Table } from '../../lib/model/float16.js';

describe('float16', () => {
  // Bits as numpy 2.4 gives them.
  it.each([
    [1, 0x3c00],
    [-0.5, 0xb800],
    [0, 0x0000],
    [-0, 0x8000],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [Infinity, 0x7c00],
    [-Infinity, 0xfc00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.0001, 0x0001],
    [3 * 2 ** -25, 0x0002],
    [2 ** -14, 0x0400],
    [2 ** -14 - 2 ** -25, 0x0400],
    [0.1, 0x2e66],
    [2049, 0x6800],
    [2051, 0x6802],
    [2047.5, 0x6800],
    [1.00048828125, 0x3c00],
    [1.00146484375, 0x3c02],
  ])('rounds %d to the bits that numpy writes', (value, bits) => {
    expect(float16Bits(value)).toBe(bits);
  });

  it('writes the bits of every float16 back as they were read', () => {
    const table = float16Table();
    const changed = Array.from(table.keys()).filter((bits) => !Number.isNaN(table[bits]) && float16Bits(table[bits] ?? NaN) !== bits);
    expect(changed).toEqual([]);
  });

  it('reads NaN as NaN', () => {
    expect(float16Table()[float16Bits(NaN)]).toBeNaN();
  });

  it('never rounds past a neighbour: the error is at most half the distance to it', () => {
    const table = float16Table();
    fc.assert(
      fc.property(fc.double({ min: 0, max: 65504, noNaN: true }), (value) => {
        const bits = float16Bits(value);
        const error = Math.abs((table[bits] ?? NaN) - value);
        const neighbours = [table[bits - 1] ?? 0, table[bits + 1] ?? 0].filter(Number.isFinite);
        expect(neighbours.every((neighbour) => Math.abs(neighbour - value) >= error)).toBe(true);
      }),
    );
  });
});
