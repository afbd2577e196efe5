/**
 * Hottest path: entries of the commonest form, one payload and nothing else, `*2 [id, *2 [payload, bytes]]`, each of which lies whole
 * in the bytes at hand. Going through them without a call for each token takes a third of the time; whatever looks otherwise is left to the parser.
 */
import type { BlockBuilder } from './block-builder.js';

const CR = 13;
const MINUS = 45;
const DIGIT_0 = 48;

const beforeId = new TextEncoder().encode('*2\r\n$');
const betweenIdAndLength = new TextEncoder().encode('\r\n*2\r\n$7\r\npayload\r\n$');
/** Indices beyond are no numbers that JavaScript holds exactly, and the seal is such a one. */
const longestId = 17;

/** Puts such entries into the builder as long as they follow each other, at most so many, and answers where the first one that is not taken begins. */
export function takePlainEntries(bytes: Uint8Array, start: number, most: number, builder: BlockBuilder): number {
  let next = start;
  for (let taken = 0; taken < most; taken++) {
    let at = next;
    for (let i = 0; i < beforeId.length; i++, at++) if (bytes[at] !== beforeId[i]) return next;

    let idLength = 0;
    for (let digit = (bytes[at] ?? 0) - DIGIT_0; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - DIGIT_0) idLength = idLength * 10 + digit;
    if (bytes[at] !== CR || idLength > longestId) return next;
    at += 2;

    const idEnd = at + idLength;
    let index = 0;
    for (; at < idEnd && bytes[at] !== MINUS; at++) {
      const digit = (bytes[at] ?? 0) - DIGIT_0;
      if (!(digit >= 0 && digit <= 9)) return next;
      index = index * 10 + digit;
    }
    at = idEnd;

    for (let i = 0; i < betweenIdAndLength.length; i++, at++) if (bytes[at] !== betweenIdAndLength[i]) return next;

    let length = 0;
    for (let digit = (bytes[at] ?? 0) - DIGIT_0; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - DIGIT_0) length = length * 10 + digit;
    if (bytes[at] !== CR) return next;
    at += 2;
    const end = at + length + 2;
    if (end > bytes.length) return next;

    builder.reserve(length);
    builder.append(bytes, at, at + length);
    builder.commit(index, 1);
    next = end;
  }
  return next;
}
