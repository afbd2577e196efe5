/** Ids of Redis streams, and their order. */
import { describe, expect, it } from '@jest/globals';
import { predecessor } from '../../lib/wire/stream-id.js';

describe('the id before another', () => {
  it.each([
    ['5-3', '5-2'],
    ['5-0', '4-18446744073709551615'],
    ['18446744073709551615-0', '18446744073709551614-18446744073709551615'],
    ['0-1', '0-0'],
    ['0-0', '0-0'],
  ])('of %s is %s', (id, before) => {
    expect(predecessor(id)).toBe(before);
  });
});
