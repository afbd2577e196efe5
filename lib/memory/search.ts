/** Which scans a search finds: what RediSearch does with TAG and NUMERIC fields, applied to one document. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { Criterion } from '../ports/database.js';

const identified = t.type({ id: t.UnknownRecord });

/** Whether a scan's JSON meets every criterion. A field that is absent, null or of another type meets none. */
export function matches(json: string, criteria: readonly Criterion[]): boolean {
  const document: unknown = JSON.parse(json);
  const decoded = identified.decode(document);
  const identity = E.isRight(decoded) ? decoded.right.id : {};
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

/** `|` separates tags; white space around each does not belong to it. */
const tags = (value: string): readonly string[] =>
  value
    .split('|')
    .map((tag) => fold(tag.replace(/^[ \t-\r]+|[ \t-\r]+$/g, '')))
    .filter((tag) => tag !== '');

/** Measured with RediSearch 2.10: only the letters of ASCII have their case ignored. */
const fold = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
