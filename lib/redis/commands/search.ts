/** Searching scans by their identity: one question to RediSearch, and another way where RediSearch would leave results out. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import type { Key } from '../../ports/keys.js';
import type { Criterion, Search, SearchResult } from '../../ports/search.js';
import { indexName } from '../../wire/keys.js';
import { historyKey } from '../../wire/protocol.js';
import { meetsCriteria } from '../../wire/search-match.js';
import { searchQuery } from '../../wire/search-query.js';
import { originId } from '../../wire/stream-id.js';
import { saysNoIndex } from '../connection/redis-errors.js';
import { decodeReply, logEntries, pipelineReplies } from './replies.js';

/** How many results one search asks for at first. */
const firstLimit = 1000;

/**
 * The keys that meet the criteria, and the timetag of that very moment. Rejects with `IndexIncomplete` while RediSearch builds its index,
 * for it would leave scans out without a word, and with `NotInitialized` where there is no index.
 *
 * RediSearch expands a wildcard to a limited number of terms (MAXPREFIXEXPANSIONS), those of documents that are gone among
 * them, and leaves the others out without a word; only its profile says so. Then the identities of all scans that meet
 * the other criteria are looked through here.
 */
export async function search(redis: Redis, what: Search, url: string): Promise<SearchResult> {
  try {
    const found = await searchAll(redis, what, what.criteria.some(isWildcard) ? profiledSearch : plainSearch);
    const { timetag, keys } = found.complete ? found : await searchAll(redis, what, searchByIdentities);
    return { timetag, keys };
  } catch (error) {
    throw saysNoIndex(error) ? blissdataError('NotInitialized', { url }) : error;
  }
}

const isWildcard = (criterion: Criterion): boolean => criterion._tag === 'text' && criterion.kind !== 'equals';

interface Found {
  readonly keys: readonly Key[];
  /** Whether RediSearch has looked at everything. */
  readonly complete: boolean;
}

/** One way of asking: the command for at most `limit` results, and what its reply says. */
interface Way {
  readonly command: (search: Search, limit: number) => readonly [string, ...string[]];
  readonly decode: (reply: unknown, criteria: readonly Criterion[]) => Found & { readonly count: number };
}

/** The timetag, the search and whether it was complete in one transaction, again with room for all when there were more results. */
async function searchAll(redis: Redis, what: Search, way: Way): Promise<SearchResult & Found> {
  for (let limit = firstLimit; ; ) {
    const [command, ...args] = way.command(what, limit);
    const index = indexName(what.prefix);
    const replies = await redis.multi().xrevrange(historyKey, '+', '-', 'COUNT', 1).call(command, args).call('FT.INFO', [index]).exec();
    const [history, reply, info] = pipelineReplies(replies, 3);
    requireBuilt(index, info);
    const { count, keys, complete } = way.decode(reply, what.criteria);
    if (count <= limit || !complete) {
      const [newest] = logEntries('XREVRANGE', history);
      return { timetag: newest?.id ?? originId, keys, complete };
    }
    limit = count;
  }
}

/** FT.INFO: a flat list of names and values. Asked in the transaction of the search, it tells whether that has seen all there was. */
function requireBuilt(index: string, info: unknown): void {
  const list = decodeReply(t.array(t.unknown), 'FT.INFO', info);
  const valueOf = (name: string): number => numberIn(name, list[list.indexOf(name) + 1]);
  if (valueOf('indexing') !== 0) throw blissdataError('IndexIncomplete', { index, percent: Math.floor(valueOf('percent_indexed') * 100) });
}

/** As text or as a number: that has changed from one version to another. */
function numberIn(name: string, value: unknown): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number === 'number' && number >= 0) return number;
  throw blissdataError('UnexpectedReply', { command: 'FT.INFO', problems: [`expected a number ${name}, received ${String(value)}`] });
}

/** No time limit: RediSearch's own, half a second, would leave results out without a word. */
function queryArguments(criteria: readonly Criterion[], limit: number, content: readonly string[]): readonly string[] {
  const { text, parameters } = searchQuery(criteria);
  const named = parameters.length === 0 ? [] : ['PARAMS', String(parameters.length), ...parameters];
  return [text, ...named, ...content, 'LIMIT', '0', String(limit), 'TIMEOUT', '0', 'DIALECT', '2'];
}

const plainSearch: Way = {
  command: ({ prefix, criteria }, limit) => ['FT.SEARCH', indexName(prefix), ...queryArguments(criteria, limit, ['NOCONTENT'])],
  decode: (reply) => {
    const [count, ...keys] = counted('FT.SEARCH', reply);
    return { count, keys: decodeReply(t.array(t.string), 'FT.SEARCH', keys), complete: true };
  },
};

const profiledSearch: Way = {
  command: ({ prefix, criteria }, limit) => ['FT.PROFILE', indexName(prefix), 'SEARCH', 'LIMITED', 'QUERY', ...queryArguments(criteria, limit, ['NOCONTENT'])],
  decode: (reply, criteria) => {
    const [results, profile] = decodeReply(t.tuple([t.unknown, t.unknown]), 'FT.PROFILE', reply);
    return { ...plainSearch.decode(results, criteria), complete: !warns(profile) };
  },
};

/** Whether a `Warning` in the profile, which is lists of names and values at every level, says that a wildcard was not expanded in full. */
function warns(profile: unknown): boolean {
  if (!Array.isArray(profile)) return false;
  return profile.some((item: unknown, i) => (item === 'Warning' && /prefix expansion/i.test(String(profile[i + 1]))) || warns(item));
}

const searchByIdentities: Way = {
  command: ({ prefix, criteria }, limit) => {
    const indexed = criteria.filter((criterion) => !isWildcard(criterion));
    return ['FT.SEARCH', indexName(prefix), ...queryArguments(indexed, limit, ['RETURN', '3', '$.id', 'AS', 'identity'])];
  },
  decode: (reply, criteria) => {
    const [count, ...rest] = counted('FT.SEARCH', reply);
    const keys: Key[] = [];
    for (let i = 0; i + 1 < rest.length; i += 2) {
      const [key, fields] = decodeReply(t.tuple([t.string, t.union([t.null, t.array(t.string)])]), 'FT.SEARCH', rest.slice(i, i + 2));
      if (meetsCriteria(identityIn(fields?.[1]), criteria)) keys.push(key);
    }
    return { count, keys, complete: true };
  },
};

/** The JSON of an identity; a document without one has none of its fields. */
function identityIn(json: string | undefined): Readonly<Record<string, unknown>> {
  const identity: unknown = json === undefined ? undefined : JSON.parse(json);
  const decoded = t.UnknownRecord.decode(identity);
  return E.isRight(decoded) ? decoded.right : {};
}

const counted = (command: string, reply: unknown): readonly [number, ...unknown[]] => {
  const [count, ...rest] = decodeReply(t.array(t.unknown), command, reply);
  return [decodeReply(t.number, command, count), ...rest];
};
