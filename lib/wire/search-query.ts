/** Search criteria: what the caller writes, checked, and RediSearch's query text for it. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, type BlissdataError } from '../model/errors.js';
import type { IdentityFields, IdentityModel, NumberRange, SearchCriteria } from '../model/identity-model.js';
import type { Criterion } from '../ports/database.js';
import { received } from './problems.js';

/** RediSearch expands a wildcard only where at least this many literal characters stand beside it. */
const leastWildcardCharacters = 2;

/** What RediSearch takes for a syntax error even when it is escaped. */
const unsearchable = /[\x00-\x08\x0e-\x1f\x7f]/;

/** Checks criteria against the identity model and splits wildcards off; what RediSearch cannot answer is an error, not an empty result. */
export function decodeCriteria<F extends IdentityFields>(model: IdentityModel<F>, criteria: SearchCriteria<F>): E.Either<BlissdataError, readonly Criterion[]> {
  const decoded: Criterion[] = [];
  for (const [field, value] of Object.entries<unknown>(criteria)) {
    if (value === undefined) continue;
    const known = Object.hasOwn(model.fields, field) ? model.fields[field] : undefined;
    if (known === undefined) {
      return unsupported(field, `one of the identity's fields (${Object.keys(model.fields).join(', ')})`, field);
    }
    const criterion = known.type === 'integer' ? numberCriterion(field, value) : textCriterion(field, value);
    if (E.isLeft(criterion)) return criterion;
    decoded.push(criterion.right);
  }
  return E.right(decoded);
}

function numberCriterion(field: string, value: unknown): E.Either<BlissdataError, Criterion> {
  const range = typeof value === 'number' ? { min: value, max: value } : isRange(value) ? value : undefined;
  const { min = -Infinity, max = Infinity } = range ?? {};
  if (range === undefined || Number.isNaN(min) || Number.isNaN(max)) {
    return unsupported(field, 'a number, or a range { min, max } of numbers', value);
  }
  return E.right({ _tag: 'number', field, min, max });
}

const isRange = (value: unknown): value is NumberRange =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).every(([name, bound]) => (name === 'min' || name === 'max') && (bound === undefined || typeof bound === 'number'));

function textCriterion(field: string, value: unknown): E.Either<BlissdataError, Criterion> {
  if (typeof value !== 'string') return unsupported(field, 'a text', value);
  const starts = value.startsWith('*');
  const ends = value.length > 1 && value.endsWith('*');
  const text = value.slice(starts ? 1 : 0, ends ? -1 : undefined);
  if (text.includes('*')) return unsupported(field, "'*' only as the first or the last character", value);
  if (text === '') return unsupported(field, 'a text that is not empty (leave the field out to match any)', value);
  if (unsearchable.test(text)) return unsupported(field, 'a text without control characters, which the query syntax cannot hold', value);
  if ((starts || ends) && text.length < leastWildcardCharacters) {
    return unsupported(field, `at least ${leastWildcardCharacters} characters beside '*'`, value);
  }
  const kind = starts && ends ? 'contains' : starts ? 'endsWith' : ends ? 'startsWith' : 'equals';
  return E.right({ _tag: 'text', field, kind, text });
}

const unsupported = (field: string, expected: string, value: unknown): E.Either<BlissdataError, never> =>
  E.left(blissdataError('UnsupportedQuery', { field, expected, received: received(value) }));

/** The query text of RediSearch for criteria that were decoded; every character that is not a letter, a digit or `_` is escaped. */
export function queryText(criteria: readonly Criterion[]): string {
  if (criteria.length === 0) return '*';
  return criteria
    .map((criterion) => {
      if (criterion._tag === 'number') return `@id_${criterion.field}:[${bound(criterion.min)} ${bound(criterion.max)}]`;
      const text = escapeTag(criterion.text);
      const left = criterion.kind === 'endsWith' || criterion.kind === 'contains' ? '*' : '';
      const right = criterion.kind === 'startsWith' || criterion.kind === 'contains' ? '*' : '';
      return `@id_${criterion.field}:{${left}${text}${right}}`;
    })
    .join(' ');
}

function bound(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '+inf' : '-inf';
  // RediSearch takes no exponent with a sign, which is how JavaScript writes what is beyond 1e21.
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}

/** A backslash takes any ASCII character out of the query syntax; letters, digits, `_` and all beyond ASCII need none. */
const escapeTag = (text: string): string => text.replace(/[\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]/g, '\\$&');
