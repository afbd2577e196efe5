/** Search criteria: what the caller writes, checked, and the RediSearch query for it. */
import { blissdataError, type BlissdataErrorOf } from '../model/errors.js';
import type { IdentityModel, NumberRange } from '../model/identity-model.js';
import type { Criterion } from '../ports/search.js';
import { received } from './problems.js';
import { bytesIn, longestTag, trimTag, trimTagEnd, trimTagStart } from './search-match.js';

/** RediSearch expands a wildcard only next to at least this many literal bytes. */
const leastWildcardBytes = 2;

/**
 * Checks `SearchCriteria` against the identity model and splits wildcards off.
 *
 * @throws UnsupportedQuery for what RediSearch cannot answer: it would return an empty result.
 */
export function decodeCriteria(model: IdentityModel, criteria: Readonly<Record<string, unknown>>): readonly Criterion[] {
  const decoded: Criterion[] = [];
  for (const [field, value] of Object.entries<unknown>(criteria)) {
    if (value === undefined) continue;
    const known = Object.hasOwn(model.fields, field) ? model.fields[field] : undefined;
    if (known === undefined) {
      throw unsupported(field, `one of the identity's fields (${Object.keys(model.fields).join(', ')})`, field);
    }
    decoded.push(known.type === 'integer' ? numberCriterion(field, value) : textCriterion(field, value));
  }
  return decoded;
}

function numberCriterion(field: string, value: unknown): Criterion {
  const range = typeof value === 'number' ? { min: value, max: value } : isRange(value) ? value : undefined;
  const { min = -Infinity, max = Infinity } = range ?? {};
  if (range === undefined || Number.isNaN(min) || Number.isNaN(max)) {
    throw unsupported(field, 'a number, or a range { min, max } of numbers', value);
  }
  return { _tag: 'number', field, min, max };
}

const isRange = (value: unknown): value is NumberRange =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).every(([name, bound]) => (name === 'min' || name === 'max') && (bound === undefined || typeof bound === 'number'));

function textCriterion(field: string, value: unknown): Criterion {
  if (typeof value !== 'string') throw unsupported(field, 'a text', value);
  const starts = value.startsWith('*');
  const ends = value.length > 1 && value.endsWith('*');
  const literal = value.slice(starts ? 1 : 0, ends ? -1 : undefined);
  const kind = starts && ends ? 'contains' : starts ? 'endsWith' : ends ? 'startsWith' : 'equals';
  const text = trimmed(literal, kind);
  if (text.includes('*')) throw unsupported(field, "'*' only as the first or the last character", value);
  if (text === '') throw unsupported(field, 'a text that is not empty (omit the field to match any)', value);
  if (text.includes('\0')) throw unsupported(field, 'a text without NUL, at which RediSearch cuts a text off', value);
  if (!text.isWellFormed()) throw unsupported(field, 'a text without lone surrogates', value);
  const bytes = bytesIn(text);
  if (bytes > longestTag) throw unsupported(field, `a text of at most ${longestTag} bytes, which is all that RediSearch indexes`, `${value.slice(0, 20)}...`);
  if (kind !== 'equals' && bytes < leastWildcardBytes) throw unsupported(field, `at least ${leastWildcardBytes} characters beside '*'`, value);
  return { _tag: 'text', field, kind, text };
}

/** RediSearch strips white space around a stored text, so a search text with such white space would find nothing. */
function trimmed(text: string, kind: TextKind): string {
  if (kind === 'contains') return text;
  if (kind === 'equals') return trimTag(text);
  return kind === 'startsWith' ? trimTagStart(text) : trimTagEnd(text);
}

type TextKind = Extract<Criterion, { readonly _tag: 'text' }>['kind'];

const unsupported = (field: string, expected: string, value: unknown): BlissdataErrorOf<'UnsupportedQuery'> =>
  blissdataError('UnsupportedQuery', { field, expected, received: received(value) });

/** A RediSearch query (dialect 2): its text, and the parameters that the text refers to by name. */
export interface Query {
  readonly text: string;
  /** Names and values in turn. */
  readonly parameters: readonly string[];
}

/** The query for decoded criteria. Search texts travel as parameters, where none of their characters can be taken for syntax. */
export function searchQuery(criteria: readonly Criterion[]): Query {
  const parameters: string[] = [];
  const parts = criteria.map((criterion, i) => {
    const field = `@id_${criterion.field.replace(/[^\w\u0080-\uffff]/g, '\\$&')}`;
    if (criterion._tag === 'number') return `${field}:[${bound(criterion.min)} ${bound(criterion.max)}]`;
    // Even in a parameter RediSearch drops a backslash before punctuation or white space.
    parameters.push(`v${i}`, criterion.text.replaceAll('\\', '\\\\'));
    const { left, right } = wildcards[criterion.kind];
    return `${field}:{${left}$v${i}${right}}`;
  });
  return { text: parts.length === 0 ? '*' : parts.join(' '), parameters };
}

const wildcards: Readonly<Record<TextKind, { readonly left: '' | '*'; readonly right: '' | '*' }>> = {
  equals: { left: '', right: '' },
  startsWith: { left: '', right: '*' },
  endsWith: { left: '*', right: '' },
  contains: { left: '*', right: '*' },
};

function bound(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '+inf' : '-inf';
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}
