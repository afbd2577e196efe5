/** Redis stream ids, as data streams use them: `<index of the first point>-1` for entries, the largest id of all for the seal. */

/** Ids are two unsigned 64-bit numbers; the seal has the largest one, so nothing can follow it. */
export const sealId = '18446744073709551615-18446744073709551615';

/** The id before all others. */
export const originId = '0-0';

export const entryId = (index: number): string => `${index}-1`;

/** The largest id below `id`, for walking a log backwards; `0-0` is its own predecessor. */
export function predecessor(id: string): string {
  if (id === originId) return id;
  const [ms = '0', seq = '0'] = id.split('-');
  if (seq !== '0') return `${ms}-${BigInt(seq) - 1n}`;
  return `${BigInt(ms) - 1n}-18446744073709551615`;
}

/** Orders two ids as Redis does. */
export function compareIds(a: string, b: string): number {
  const [aMs = '0', aSeq = '0'] = a.split('-');
  const [bMs = '0', bSeq = '0'] = b.split('-');
  return compareDigits(aMs, bMs) || compareDigits(aSeq, bSeq);
}

/** Compares decimal numbers without leading zeros, of any length. */
const compareDigits = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

/** An id without leading zeros, so that ids compare. */
export const plainId = (id: string): string => id.split('-').map((part) => String(BigInt(part))).join('-');

/** Whether a text is a complete stream id, as timetags are: `<ms>-<seq>`. */
export const isStreamId = (text: string): boolean => /^\d{1,20}-\d{1,20}$/.test(text);

/** The time in ms of a log entry's id. Not for the seal, whose id a number cannot hold. */
export const timeOf = (id: string): number => Number(id.split('-', 1)[0]);
/** The largest possible id of a log entry added in that ms. */
export const lastIdAt = (ms: number): string => `${ms}-18446744073709551615`;
