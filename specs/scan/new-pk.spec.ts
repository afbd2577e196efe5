/** The keys of scans and streams are ULIDs, and rise. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeTime, isValid } from 'ulid';
import { risingUlids } from '../../lib/scan/new-pk.js';

/** Up to the last time that a ULID can hold. */
const times = fc.oneof(fc.constantFrom(0, 1, 31, 32, 1_700_000_000_000, 2 ** 48 - 1), fc.nat({ max: 2 ** 48 - 1 }));

describe('rising ULIDs', () => {
  it('are ULIDs of their time', () => {
    fc.assert(
      fc.property(times, (time) => {
        const ulid = risingUlids()(time);
        expect(isValid(ulid)).toBe(true);
        expect(decodeTime(ulid)).toBe(time);
      }),
    );
  });

  it('rise by whatever clock, and have the highest time so far', () => {
    fc.assert(
      fc.property(fc.array(times, { minLength: 2, maxLength: 50 }), (clock) => {
        const next = risingUlids();
        const ulids = clock.map(next);
        expect([...new Set(ulids)].sort()).toEqual(ulids);
        expect(ulids.map((ulid) => decodeTime(ulid))).toEqual(clock.map((_, i) => Math.max(...clock.slice(0, i + 1))));
      }),
    );
  });

  it('begin at random', () => {
    const first = Array.from({ length: 1000 }, () => risingUlids()(1));
    expect(new Set(first).size).toBe(1000);
    expect([...new Set(first.map((ulid) => ulid.slice(10)).join(''))].sort().join('')).toBe('0123456789ABCDEFGHJKMNPQRSTVWXYZ');
  });

  it('are counted up within one time, with a carry', () => {
    const next = risingUlids();
    const ulids = Array.from({ length: 100 }, () => next(5));
    expect([...ulids].sort()).toEqual(ulids);
    expect(new Set(ulids.map((ulid) => ulid.slice(0, 20))).size).toBeLessThan(3);
  });
});
