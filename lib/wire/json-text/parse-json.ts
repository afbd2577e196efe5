/** Parses JSON as Python writes it, without loss: integers beyond 2^53 become bigint, NaN and infinities are numbers. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as J from 'fp-ts/lib/Json.js';
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

/**
 * The values of many JSON texts, which lie in `whole` one after another; `undefined` if one of them is not JSON. Mostly one `JSON.parse` of
 * all as one array, which is much faster.
 *
 * Texts that are no JSON must not complete each other, as `[1` and `2]` would. So a mark that no text contains separates them: if all marks
 * are elements of the array, and so is one value before and after each, then every text is one value by itself.
 */
export function parseTogether(whole: string, ends: ArrayLike<number>): Json[] | undefined {
  const nonFinite = hasNonFinite(whole);
  // Scans only for digits: a neighbour may hide that they are an integer.
  const digits = hasLongDigits(whole);
  const texts: string[] = [];
  const careful = new Map<number, string>();
  for (let k = 0, start = 0; k < ends.length; k++) {
    const end = ends[k] ?? 0;
    const text = whole.slice(start, end);
    start = end;
    if (!((nonFinite && hasNonFinite(text)) || (digits && longInteger.test(text)))) texts.push(text);
    else {
      texts.push('0');
      careful.set(k, text);
    }
  }
  // Nothing that is written can have foreseen it.
  const mark = Math.floor(Math.random() * 2 ** 30);
  const array = pipe(J.parse(`[${texts.join(`,${mark},`)}]`), E.getOrElse((): J.Json => null));
  const parsed: readonly J.Json[] = Array.isArray(array) ? array : [];
  if (parsed.length !== 2 * texts.length - 1) return undefined;
  const values: Json[] = [];
  for (let i = 0; i < parsed.length; i += 2) {
    if (i > 0 && parsed[i - 1] !== mark) return undefined;
    values.push(parsed[i] ?? null);
  }
  for (const [k, text] of careful) {
    const value = parseCarefully(text);
    if (E.isLeft(value)) return undefined;
    values[k] = value.right;
  }
  return values;
}

const parseOrdinary = (text: string): E.Either<string, Json> => pipe(J.parse(text), E.mapLeft(messageOf));

const parseCarefully = (text: string): E.Either<string, Json> => E.tryCatch(() => new LosslessParser(text).parse(), messageOf);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
