/** Tokens and what each allows, as a file lists them. */
import { blissdataError, isBlissdataError, type BlissdataErrorOf } from '../../model/errors.js';
import type { IdentityModel, NumberRange } from '../../model/identity-model.js';
import { decodeCriteria } from '../../wire/search-query.js';
import { readText } from './read-file.js';
import type { Rights } from '../relay/rights.js';

export interface GatewayToken {
  /** At least 16 printable ASCII characters without spaces. */
  readonly token: string;
  /** Reading is always allowed; the gateway's own `allowWrite` and `allowDelete` are needed as well. */
  readonly roles: readonly GatewayRole[];
  /** The scans that it lets see: those that meet one of these; all by default. */
  readonly scans?: readonly TokenCriteria[];
  /** When it ends to be valid, in ms since 1970; never by default. */
  readonly expires?: number;
}

/** As for a search, by whatever fields the identity model has. */
export type TokenCriteria = Readonly<Record<string, string | number | NumberRange>>;

export type GatewayRole = 'read' | 'write' | 'delete';

/** A token, and the rights it gives. */
export interface Grant {
  readonly token: string;
  readonly rights: Rights;
}

const roles: readonly GatewayRole[] = ['read', 'write', 'delete'];
const form = /^[\x21-\x7e]{16,}$/;
const lineForm = 'token role[,role] [field=value,...], roles being read, write, delete';

/** @throws InvalidArgument, UnsupportedQuery; neither says the token */
export function grantOf(model: IdentityModel, { token, roles: given, scans, expires }: GatewayToken): Grant {
  if (!form.test(token)) throw invalid('token', 'at least 16 printable ASCII characters without spaces', `${token.length} characters`);
  return {
    token,
    rights: {
      read: scans === undefined ? 'all' : scans.map((criteria) => decodeCriteria(model, criteria)),
      write: given.includes('write'),
      delete: given.includes('delete'),
      ...(expires === undefined ? {} : { expires }),
    },
  };
}

/** Rejects with `FileNotReadable`, `InvalidArgument`. */
export async function readTokenFile(model: IdentityModel, path: string): Promise<readonly Grant[]> {
  return parseTokens(model, await readText(path));
}

/**
 * One token a line: `token role[,role] [criteria ...]`. Criteria are `field=value` with commas in between, all of which a scan must meet;
 * further ones after a space are an alternative. Values are those of a search, `*` at either end included; numbers may be a range `1..9`.
 * Spaces, commas and percent signs in a value are written as in URLs: `%20`, `%2C`, `%25`. `#` begins a comment.
 *
 * ```
 * # The data policy group, then a beamline's own screens.
 * 5b1d8d6e0f4a4a0f  read
 * c7d1f6a9b7e94d53  read,write  session=id10*,name=asc*  proposal=blc1234
 * ```
 *
 * @throws InvalidArgument with the number of the line, never with its token
 */
export function parseTokens(model: IdentityModel, text: string): readonly Grant[] {
  const found = new Map<string, number>();
  return text.split(/\r\n|\n|\r/).flatMap((line, i) => {
    const words = line.replace(/(^|\s)#.*$/, '').trim().split(/\s+/);
    const [token = '', role, ...criteria] = words;
    if (token === '') return [];
    const where = `line ${i + 1} of the token file`;
    const before = found.get(token);
    if (before !== undefined) throw invalid(where, 'another token', `that of line ${before}`);
    found.set(token, i + 1);
    if (role === undefined) throw invalid(where, lineForm, 'one word');
    const given = role.split(',');
    if (!given.every(isRole)) throw invalid(where, lineForm, 'another role');
    try {
      return [grantOf(model, { token, roles: given, ...(criteria.length === 0 ? {} : { scans: criteria.map((each) => criteriaOf(model, each)) }) })];
    } catch (error) {
      // What a criterion holds may be a token in the wrong column.
      if (isBlissdataError(error, 'UnsupportedQuery')) throw invalid(where, `criteria that a search takes: ${error.expected}`, 'others');
      if (isBlissdataError(error, 'InvalidArgument')) throw invalid(where, error.expected, error.received);
      throw error;
    }
  });
}

const isRole = (text: string): text is GatewayRole => roles.some((role) => role === text);

function criteriaOf(model: IdentityModel, text: string): TokenCriteria {
  const pairs = text.split(',').map((pair): readonly [string, string | number | NumberRange] => {
    const at = pair.indexOf('=');
    if (at < 1) throw invalid('criteria', lineForm, 'a criterion without =');
    const field = pair.slice(0, at);
    const value = fromUrl(pair.slice(at + 1));
    return [field, model.fields[field]?.type === 'integer' ? numbersOf(value) : value];
  });
  if (new Set(pairs.map(([field]) => field)).size < pairs.length) throw invalid('criteria', 'each field once', 'one twice');
  return Object.fromEntries(pairs);
}

function fromUrl(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) throw invalid('criteria', 'percent signs as %25', 'another one');
    throw error;
  }
}

function numbersOf(text: string): number | NumberRange {
  const [, one, min, max] = /^(-?\d+)$|^(-?\d*)\.\.(-?\d*)$/.exec(text) ?? [];
  if (one !== undefined) return Number(one);
  if (min === undefined || max === undefined || min + max === '') throw invalid('criteria', 'an integer, or a range such as 1..9', 'something else');
  return { ...(min === '' ? {} : { min: Number(min) }), ...(max === '' ? {} : { max: Number(max) }) };
}

const invalid = (argument: string, expected: string, received: string): BlissdataErrorOf<'InvalidArgument'> => blissdataError('InvalidArgument', { argument, expected, received });
