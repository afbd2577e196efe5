/** ULIDs that rise: 48 bits of time in ms and 80 random ones, as 26 digits of Crockford's base 32. */

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const random80 = (): bigint => crypto.getRandomValues(new Uint8Array(10)).reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);

/**
 * Answers a ULID for each time it is called with, above all before it: one more than the last one while the time, whole and not negative,
 * does not rise.
 */
export function risingUlids(): (time: number) => string {
  let last = -1n;
  return (time) => {
    const earliest = BigInt(time) << 80n;
    last = earliest > last ? earliest | random80() : last + 1n;
    return last.toString(32).padStart(26, '0').replace(/./g, (digit) => digits.charAt(Number.parseInt(digit, 32)));
  };
}
