/** Parses JSON as Python writes it, without loss: integers beyond 2^53 become bigint, NaN and infinities are numbers. */
import * as E from 'fp-ts/lib/Either.js';
import type { Json } from '../../model/json.js';
import { LosslessParser } from './lossless-parser.js';

/** At least 16 digits that are not a fraction: the first integers beyond 2^53 have 16. */
const longInteger = /(?:^|[\s,:[-])\d{16}/;

// JSON.parse loses nothing of a text with neither. Both tests are fast and err on the safe side: they also match inside strings.
const hasLongInteger = (text: string): boolean => hasLongDigits(text) && longInteger.test(text);
const hasNonFinite = (text: string): boolean => text.includes('NaN') || text.includes('Infinity');

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Whether there are 16 digits in a row: they cover one of every 16 characters, so most need not be looked at. */
function hasLongDigits(text: string): boolean {
  for (let i = 15; i < text.length; i += 16) {
    if (!isDigit(text.charCodeAt(i))) continue;
    let start = i;
    while (isDigit(text.charCodeAt(start - 1))) start--;
    while (isDigit(text.charCodeAt(i + 1))) i++;
    if (i - start >= 15) return true;
  }
  return false;
}

/**
 * The value of a JSON text; on the left, what is wrong with it. Ordinary text goes through `JSON.parse` at full speed.
 *
 * Beyond standard JSON, the literals `NaN`, `Infinity` and `-Infinity` are accepted. Integers (no fraction, no exponent) that a number
 * cannot hold exactly become bigint. `__proto__` is a key like any other; the last of equal keys wins.
 *
 * @example
 * parseJson('{"t": 1700000000000000000}'); // E.right({ t: 1700000000000000000n })
 */
export const parseJson = (text: string): E.Either<string, Json> => (hasNonFinite(text) || hasLongInteger(text) ? parseCarefully(text) : parseOrdinary(text));

const parseText: (text: string) => Json = JSON.parse;

/**
 * The values of many texts concatenated without separators, which end there; undefined unless all of them are ordinary JSON. Scanning them
 * all at once is much faster, and a neighbour cannot hide what the scan looks for.
 */
export function parseOrdinaryParts(whole: string, ends: Iterable<number>): Json[] | undefined {
  if (hasNonFinite(whole) || hasLongDigits(whole)) return undefined;
  const values: Json[] = [];
  let start = 0;
  try {
    for (const end of ends) {
      values.push(parseText(whole.slice(start, end)));
      start = end;
    }
  } catch {
    return undefined;
  }
  return values;
}

const parseOrdinary = (text: string): E.Either<string, Json> => E.tryCatch(() => parseText(text), messageOf);

const parseCarefully = (text: string): E.Either<string, Json> => E.tryCatch(() => new LosslessParser(text).parse(), messageOf);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
