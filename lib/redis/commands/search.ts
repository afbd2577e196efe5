/** Searches scans by their identity: by one RediSearch query, or by comparing identities here where RediSearch would omit results. */
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
import { decodeReply } from '../connection/decode-reply.js';
import { saysNoIndex } from '../connection/redis-errors.js';
import { logEntries, pipelineReplies } from './replies.js';

/** How many results the first query requests. */
const firstLimit = 1000;

/**
 * The keys that meet the criteria, and the timetag of the same moment. Rejects with `IndexIncomplete` while RediSearch builds its index,
 * when it would silently omit scans, and with `NotInitialized` where there is no index.
 *
 * RediSearch expands a wildcard to a limited number of terms (MAXPREFIXEXPANSIONS), those of deleted documents included, and silently omits
 * the rest; only its profile says so. In that case the identities of all scans that meet the other criteria are compared here.
 */
export async function search(redis: Redis, search: Search, url: string): Promise<SearchResult> {
  try {
    const results = await searchAll(redis, search, search.criteria.some(isWildcard) ? profiledQuery : plainQuery);
    const { timetag, keys } = results.complete ? results : await searchAll(redis, search, queryOfIdentities);
    return { timetag, keys };
  } catch (error) {
    throw saysNoIndex(error) ? blissdataError('NotInitialized', { url }) : error;
  }
}

const isWildcard = (criterion: Criterion): boolean => criterion._tag === 'text' && criterion.kind !== 'equals';

interface Results {
  readonly keys: readonly Key[];
  /** Whether RediSearch omitted nothing. */
  readonly complete: boolean;
}

/** A kind of query: its command for at most `limit` results, and the decoder of its reply. */
interface Query {
  readonly command: (search: Search, limit: number) => readonly [string, ...string[]];
  readonly decode: (reply: unknown, criteria: readonly Criterion[]) => Results & { readonly count: number };
}

/** Timetag, query and the state of the index in one transaction; repeated with a higher limit if there were more results. */
async function searchAll(redis: Redis, search: Search, query: Query): Promise<SearchResult & Results> {
  for (let limit = firstLimit; ; ) {
    const [command, ...args] = query.command(search, limit);
    const index = indexName(search.prefix);
    const replies = await redis.multi().xrevrange(historyKey, '+', '-', 'COUNT', 1).call(command, args).call('FT.INFO', [index]).exec();
    const [history, reply, info] = pipelineReplies(replies, 3);
    requireBuilt(index, info);
    const { count, keys, complete } = query.decode(reply, search.criteria);
    if (count <= limit || !complete) {
      const [newest] = logEntries('XREVRANGE', history);
      return { timetag: newest?.id ?? originId, keys, complete };
    }
    limit = count;
  }
}

/** FT.INFO answers with a flat list of names and values. In the query's transaction, it says whether that query saw every scan. */
function requireBuilt(index: string, info: unknown): void {
  const list = decodeReply(t.array(t.unknown), 'FT.INFO', info);
  const valueOf = (name: string): number => numberIn(name, list[list.indexOf(name) + 1]);
  if (valueOf('indexing') !== 0) throw blissdataError('IndexIncomplete', { index, percent: Math.floor(valueOf('percent_indexed') * 100) });
}

/** A text or a number: that differs between versions. */
function numberIn(name: string, value: unknown): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number === 'number' && number >= 0) return number;
  throw blissdataError('UnexpectedReply', { command: 'FT.INFO', problems: [`expected a number ${name}, received ${String(value)}`] });
}

/** TIMEOUT 0, because RediSearch's own limit of half a second would silently omit results. */
function queryArguments(criteria: readonly Criterion[], limit: number, content: readonly string[]): readonly string[] {
  const { text, parameters } = searchQuery(criteria);
  const named = parameters.length === 0 ? [] : ['PARAMS', String(parameters.length), ...parameters];
  return [text, ...named, ...content, 'LIMIT', '0', String(limit), 'TIMEOUT', '0', 'DIALECT', '2'];
}

const plainQuery: Query = {
  command: ({ prefix, criteria }, limit) => ['FT.SEARCH', indexName(prefix), ...queryArguments(criteria, limit, ['NOCONTENT'])],
  decode: (reply) => {
    const [count, ...keys] = counted('FT.SEARCH', reply);
    return { count, keys: decodeReply(t.array(t.string), 'FT.SEARCH', keys), complete: true };
  },
};

const profiledQuery: Query = {
  command: ({ prefix, criteria }, limit) => ['FT.PROFILE', indexName(prefix), 'SEARCH', 'LIMITED', 'QUERY', ...queryArguments(criteria, limit, ['NOCONTENT'])],
  decode: (reply, criteria) => {
    const [results, profile] = decodeReply(t.tuple([t.unknown, t.unknown]), 'FT.PROFILE', reply);
    return { ...plainQuery.decode(results, criteria), complete: !warns(profile) };
  },
};

/** Whether a `Warning` in the profile (nested lists of names and values) says that a wildcard was not expanded in full. */
function warns(profile: unknown): boolean {
  if (!Array.isArray(profile)) return false;
  return profile.some((item: unknown, i) => (item === 'Warning' && /prefix expansion/i.test(String(profile[i + 1]))) || warns(item));
}

const queryOfIdentities: Query = {
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

/** Decodes an identity; a document without one has no fields. */
function identityIn(json: string | undefined): Readonly<Record<string, unknown>> {
  const identity: unknown = json === undefined ? undefined : JSON.parse(json);
  const decoded = t.UnknownRecord.decode(identity);
  return E.isRight(decoded) ? decoded.right : {};
}

const counted = (command: string, reply: unknown): readonly [number, ...unknown[]] => {
  const [count, ...rest] = decodeReply(t.array(t.unknown), command, reply);
  return [decodeReply(t.number, command, count), ...rest];
};
