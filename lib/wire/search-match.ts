/** RediSearch's matching of TAG and NUMERIC fields, applied to one identity. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { Criterion } from '../ports/search.js';

/** An identity as the index sees it. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of an identity from its JSON text, none unless it is an object. Numbers are doubles, as in the index. On the left what is wrong with the text. */
export function decodeFields(json: string): E.Either<string, Fields> {
  const identity = E.tryCatch((): unknown => JSON.parse(json), String);
  if (E.isLeft(identity)) return identity;
  return E.right(t.UnknownRecord.is(identity.right) ? identity.right : {});
}

/** Whether an identity (`id` in a scan's JSON) meets every criterion. A field that is absent, null or of another type meets none. */
export function meetsCriteria(identity: Fields, criteria: readonly Criterion[]): boolean {
  return criteria.every((criterion) => meets(identity[criterion.field], criterion));
}

function meets(value: unknown, criterion: Criterion): boolean {
  if (criterion._tag === 'number') return typeof value === 'number' && value >= criterion.min && value <= criterion.max;
  if (typeof value !== 'string') return false;
  const text = fold(criterion.text);
  return tags(value).some((tag) => compare[criterion.kind](tag, text));
}

const compare = {
  equals: (tag: string, text: string) => tag === text,
  startsWith: (tag: string, text: string) => tag.startsWith(text),
  endsWith: (tag: string, text: string) => tag.endsWith(text),
  contains: (tag: string, text: string) => tag.includes(text),
} as const;

/** As measured with RediSearch 2.10: `|` separates tags, white space around each is stripped, and NUL ends the text. */
const tags = (value: string): readonly string[] =>
  untilNul(value)
    .split('|')
    .map((tag) => fold(cut(trimTag(tag))))
    .filter((tag) => tag !== '');

const untilNul = (text: string): string => text.split('\0', 1)[0] ?? '';

/** Only the white space of C's `isspace`. */
export const trimTagStart = (text: string): string => text.replace(/^[ \t-\r]+/, '');
export const trimTagEnd = (text: string): string => text.replace(/[ \t-\r]+$/, '');
export const trimTag = (text: string): string => trimTagEnd(trimTagStart(text));

/** Also measured: only ASCII letters are case-insensitive. */
const fold = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** RediSearch cuts longer tags to this many bytes. */
export const longestTag = 4096;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const bytesIn = (text: string): number => encoder.encode(text).length;

// No UTF-16 unit takes more than three bytes.
const cut = (tag: string): string => (tag.length * 3 <= longestTag ? tag : decoder.decode(encoder.encode(tag).subarray(0, longestTag)));
