/** How many elements a shape has. */
import { describe, expect, it } from '@jest/globals';
import { elementCount } from '../../lib/model/nd-array.js';

describe('the number of elements', () => {
  it.each([
    [[], 1],
    [[2, 3], 6],
    [[2, 0], 0],
    [Array.from({ length: 30 }, () => Number.MAX_SAFE_INTEGER), Infinity],
    [[...Array.from({ length: 30 }, () => Number.MAX_SAFE_INTEGER), 0], 0],
    [[0, ...Array.from({ length: 30 }, () => Number.MAX_SAFE_INTEGER)], 0],
  ])('of %j', (shape, count) => {
    expect(elementCount(shape)).toBe(count);
  });
});
