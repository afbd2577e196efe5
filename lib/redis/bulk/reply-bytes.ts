/** What a few bytes of a reply say: numbers, ids, names. */

const DIGIT_0 = 48;
const MINUS = 45;

/** A number of somebody's own making, so anything may stand there: NaN if it is none, for the reader of this very stream to complain of. */
export function digitsIn(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < DIGIT_0 || byte > DIGIT_0 + 9) return NaN;
    value = value * 10 + byte - DIGIT_0;
  }
  return end > start ? value : NaN;
}

/** The part of an id before the dash. */
export function indexIn(bytes: Uint8Array, start: number, end: number): number {
  const dash = bytes.indexOf(MINUS, start);
  return digitsIn(bytes, start, dash > 0 && dash < end ? dash : end);
}

export function isText(text: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}
