/** ULIDs that rise: https://github.com/ulid/spec. */
import { describe, expect, it, jest } from '@jest/globals';
import { risingUlids } from '../../lib/scan/rising-ulids.js';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const timeOf = (ulid: string): number => ulid.slice(0, 10).split('').reduce((time, digit) => time * 32 + alphabet.indexOf(digit), 0);

describe('a ULID', () => {
  it.each([
    [0, '0000000000'],
    [1, '0000000001'],
    [1469918176385, '01ARYZ6S41'], // the example of the specification
    [2 ** 48 - 1, '7ZZZZZZZZZ'],
  ])('begins with the time %d as %s', (time, digits) => {
    expect(risingUlids()(time)).toMatch(new RegExp(`^${digits}[${alphabet}]{16}$`));
  });

  it('ends with digits that others do not have, and that are of all kinds', () => {
    const endings = Array.from({ length: 200 }, () => risingUlids()(1469918176385).slice(10));
    expect(new Set(endings).size).toBe(200);
    expect([...new Set(endings.join(''))].sort().join('')).toBe(alphabet);
    for (let place = 0; place < 16; place++) expect(new Set(endings.map((ending) => ending[place])).size).toBeGreaterThan(10);
  });

  it('is the next one within a millisecond, and after the clock was set back', () => {
    const next = risingUlids();
    const ulids = [1000, 1000, 1000, 999, 5, 0].map(next);
    expect(ulids.map(timeOf)).toEqual([1000, 1000, 1000, 1000, 1000, 1000]);
    expect([...ulids].sort()).toEqual(ulids);
    expect(new Set(ulids).size).toBe(6);
    expect(timeOf(next(1001))).toBe(1001);
  });

  it('rises with the time, however far that goes', () => {
    const next = risingUlids();
    const ulids = [0, 0, 1, 31, 32, 1023, 1024, 1469918176385, 1469918176385, 2 ** 48 - 1].map(next);
    expect([...ulids].sort()).toEqual(ulids);
  });

  it('carries when the random digits are used up', () => {
    const random = jest.spyOn(crypto, 'getRandomValues').mockImplementation((array) => (array instanceof Uint8Array ? array.fill(255) : array));
    const next = risingUlids();
    expect([next(7), next(7)]).toEqual(['0000000007ZZZZZZZZZZZZZZZZ', '00000000080000000000000000']);
    random.mockRestore();
  });
});
