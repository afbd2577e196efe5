/** Decoders for the arguments of the requests that are answered by JSON. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { blissdataError, type BlissdataErrorOf } from '../../model/errors.js';
import { isScanState } from '../../model/scan-state.js';
import type { Criterion, Search } from '../../ports/search.js';
import { arrayOf } from '../../wire/codecs.js';
import { problemsOf } from '../../wire/problems.js';
import { isStreamId } from '../../wire/stream-id.js';

const longestKey = 1024;
const mostCriteria = 100;
const largestHalf = 2n ** 64n - 1n;

/** Redis would refuse a greater number, and a lone surrogate would become another key. */
const isId = (text: string): boolean => isStreamId(text) && text.split('-').every((half) => BigInt(half) <= largestHalf);
const isKey = (text: string): boolean => text.length <= longestKey && text.isWellFormed();

const key = t.refinement(t.string, isKey, 'a key');
const id = t.refinement(t.string, isId, 'the id of an entry');
const count = t.refinement(t.number, (n) => Number.isSafeInteger(n) && n >= 1, 'a number of at least 1');
const index = t.refinement(t.number, (n) => Number.isSafeInteger(n) && n >= 0, 'an index');

/** Arguments at the end may be left out, and JSON has only null for one that is undefined. */
const optional = <A>(codec: t.Decoder<unknown, A>): t.Type<A | undefined, unknown> =>
  new t.Type<A | undefined, unknown>(
    `${codec.name} or nothing`,
    (u): u is A | undefined => u === undefined || E.isRight(codec.decode(u)),
    (u, context) => (u === undefined || u === null ? t.success(undefined) : codec.validate(u, context)),
    (a) => a,
  );

const streamRef = t.intersection([t.type({ key }), t.partial({ scan: key })]);

const bound = t.refinement(t.number, Number.isFinite, 'a number');
const numberCriterion = t.intersection([t.type({ _tag: t.literal('number'), field: t.string }), t.partial({ min: bound, max: bound })]);
const textCriterion = t.type({
  _tag: t.literal('text'),
  field: t.string,
  kind: t.keyof({ equals: null, startsWith: null, endsWith: null, contains: null }),
  text: t.refinement(t.string, (text) => text.isWellFormed() && text !== '' && !text.includes('\0'), 'a text'),
});
const criterion = t.union([numberCriterion, textCriterion]);

/** Infinite bounds are left out on the way. */
const criterionOf = (decoded: t.TypeOf<typeof criterion>): Criterion => (decoded._tag === 'text' ? decoded : { _tag: 'number', field: decoded.field, min: decoded.min ?? -Infinity, max: decoded.max ?? Infinity });

const origin = t.intersection([t.type({ scan: key, stream: t.refinement(t.string, (text) => text.isWellFormed(), 'a name') }), t.partial({ part: index })]);

const none = new t.Type<readonly []>('no arguments', (u): u is readonly [] => Array.isArray(u) && u.length === 0, (u, context) => (Array.isArray(u) && u.length === 0 ? t.success([] as const) : t.failure(u, context)), t.identity);

const refused = (call: string, problems: readonly string[]): BlissdataErrorOf<'InvalidArgument'> =>
  blissdataError('InvalidArgument', { argument: call, expected: 'the arguments of this call', received: problems.slice(0, 3).join('; ') });

/** The argument at each place, however many there are. @throws InvalidArgument */
const decoded =
  <A>(call: string, codec: t.Decoder<unknown, A>) =>
  (args: readonly unknown[]): A => {
    const result = codec.decode(args);
    if (E.isRight(result)) return result.right;
    throw refused(call, problemsOf(result.left));
  };

const keys = t.tuple([arrayOf('keys', key.is)]);
const search = decoded('search', t.tuple([t.type({ prefix: t.string, criteria: arrayOf('criteria', criterion.is) })]));

/** The arguments of each call. All throw `InvalidArgument`. */
export const argumentsOf = {
  protocolVersion: decoded('protocolVersion', none),
  heads: decoded('heads', t.tuple([arrayOf('streams', streamRef.is)])),
  log: decoded('log', t.tuple([key, id, count, optional(key)])),
  history: decoded('history', t.tuple([id, count])),
  logTail: decoded('logTail', t.tuple([key, t.intersection([t.type({ count }), t.partial({ max: id })])])),
  text: decoded('text', t.tuple([key, optional(key)])),
  scan: decoded('scan', t.tuple([key, optional(key)])),
  remains: decoded('remains', t.tuple([key, key])),
  scansExist: decoded('scansExist', keys),
  identities: decoded('identities', keys),
  states: decoded('states', keys),
  search: (args: readonly unknown[]): readonly [Search] => {
    const [{ prefix, criteria }] = search(args);
    requireAtMost(mostCriteria, 'criteria', criteria);
    return [{ prefix, criteria: criteria.map(criterionOf) }];
  },
  seal: decoded('seal', t.tuple([t.type({ key, scan: key, length: index })])),
  commit: decoded('commit', t.tuple([t.type({ key, json: t.string, stateKey: key, state: t.refinement(t.number, isScanState, 'a state'), after: id, announce: t.boolean })])),
  deleteScan: decoded('deleteScan', t.tuple([t.type({ key, force: t.boolean })])),
  fileLength: decoded('fileLength', t.tuple([origin])),
  fileRead: decoded('fileRead', t.tuple([origin, index, index])),
};

/** @throws InvalidArgument */
export function requireAtMost(most: number, what: string, list: readonly unknown[]): void {
  if (list.length > most) throw blissdataError('InvalidArgument', { argument: what, expected: `at most ${most} in one request`, received: String(list.length) });
}
