/** Search criteria: what the caller writes, checked, and RediSearch's query text for it. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, type BlissdataError } from '../model/errors.js';
import type { IdentityFields, IdentityModel, NumberRange, SearchCriteria } from '../model/identity-model.js';
import type { Criterion } from '../ports/search.js';
import { received } from './problems.js';
import { bytesIn, longestTag, trimTag, trimTagEnd, trimTagStart } from './search-match.js';

/** RediSearch expands a wildcard only where at least this many literal bytes stand beside it. */
const leastWildcardBytes = 2;

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
  const literal = value.slice(starts ? 1 : 0, ends ? -1 : undefined);
  const kind = starts && ends ? 'contains' : starts ? 'endsWith' : ends ? 'startsWith' : 'equals';
  const text = trimmed(literal, kind);
  if (text.includes('*')) return unsupported(field, "'*' only as the first or the last character", value);
  if (text === '') return unsupported(field, 'a text that is not empty (leave the field out to match any)', value);
  if (text.includes('\0')) return unsupported(field, 'a text without NUL, from which on RediSearch knows nothing of a text', value);
  if (!text.isWellFormed()) return unsupported(field, 'a text without lone surrogates', value);
  const bytes = bytesIn(text);
  if (bytes > longestTag) return unsupported(field, `a text of at most ${longestTag} bytes, for RediSearch knows no more of one`, `${value.slice(0, 20)}...`);
  if (kind !== 'equals' && bytes < leastWildcardBytes) return unsupported(field, `at least ${leastWildcardBytes} characters beside '*'`, value);
  return E.right({ _tag: 'text', field, kind, text });
}

/** White space around a stored text is not searched, so a text that is looked for finds nothing by it. */
function trimmed(text: string, kind: TextKind): string {
  if (kind === 'contains') return text;
  if (kind === 'equals') return trimTag(text);
  return kind === 'startsWith' ? trimTagStart(text) : trimTagEnd(text);
}

type TextKind = Extract<Criterion, { readonly _tag: 'text' }>['kind'];

const unsupported = (field: string, expected: string, value: unknown): E.Either<BlissdataError, never> =>
  E.left(blissdataError('UnsupportedQuery', { field, expected, received: received(value) }));

/** A query of RediSearch (dialect 2): its text, and the parameters that the text refers to by name. */
export interface Query {
  readonly text: string;
  /** Names and values in turn. */
  readonly parameters: readonly string[];
}

/** The query for criteria that were decoded. What is looked for travels beside the query's text, where nothing of it can be taken for syntax. */
export function searchQuery(criteria: readonly Criterion[]): Query {
  const parameters: string[] = [];
  const parts = criteria.map((criterion, i) => {
    const field = `@id_${criterion.field.replace(/[^\w\u0080-\uffff]/g, '\\$&')}`;
    if (criterion._tag === 'number') return `${field}:[${bound(criterion.min)} ${bound(criterion.max)}]`;
    // Even there a backslash takes itself away before a sign or white space.
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
