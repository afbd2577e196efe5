/** The primary keys of scans and streams: rising ULIDs. */
import type { SchedulerLike } from 'rxjs';
import { processWide } from './process-wide.js';

/**
 * A ULID above all that this process made by this clock before, for any store, also within one millisecond, and where the clock was
 * set back. Those of other processes are above or below as their clocks say.
 */
export function newPk(clock: SchedulerLike): string {
  const { factories } = processWide();
  const next = factories.get(clock) ?? risingUlids();
  factories.set(clock, next);
  return next(Math.max(Math.floor(clock.now()), 0));
}

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const timeLength = 10;
const randomLength = 16;

/** Makes the ULID of a time in ms: 10 digits of the time, 16 random ones. Where the time does not rise, the last ULID is counted up. */
export function risingUlids(): (time: number) => string {
  let newest = -1;
  let ulid: readonly number[] = [];
  return (time) => {
    ulid = time > newest ? [...digitsOf(time), ...randomDigits()] : successor(ulid);
    newest = Math.max(time, newest);
    return ulid.map((digit) => digits[digit]).join('');
  };
}

const digitsOf = (time: number): readonly number[] => Array.from({ length: timeLength }, (_, i) => Math.floor(time / 32 ** (timeLength - 1 - i)) % 32);

const randomDigits = (): readonly number[] => Array.from(crypto.getRandomValues(new Uint8Array(randomLength)), (byte) => byte % 32);

/** Carries into the time if need be. */
function successor(ulid: readonly number[]): readonly number[] {
  const last = ulid.findLastIndex((digit) => digit < 31);
  return ulid.map((digit, i) => (i < last ? digit : i === last ? digit + 1 : 0));
}
