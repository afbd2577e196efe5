/** The commands on scans: their JSON and state, whether they exist, creating and deleting. */
import * as O from 'fp-ts/lib/Option.js';
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../model/errors.js';
import type { Commit, CommitResult, Key, ScanRecord } from '../ports/database.js';
import { prefixOfScanKey, streamKey } from '../wire/keys.js';
import { deletionSeconds, historyKey, historyLength } from '../wire/protocol.js';
import { commitScript } from '../wire/scripts/commit-script.js';
import { decodeReply, logEntries, pipelineReplies } from './replies.js';
import { Script } from './script.js';

const commit = new Script(commitScript);

/** Missing, or about to expire: what blissdata counts as deleted. */
const isGone = (pttl: number): boolean => pttl === -2 || (pttl >= 0 && pttl <= deletionSeconds * 1000);

export async function readScan(redis: Redis, key: Key, knownStateKey?: Key): Promise<ScanRecord | null> {
  const stateKey = knownStateKey ?? (await findStateKey(redis, key));
  const multi = redis.multi().pttl(key).call('JSON.GET', [key]);
  if (stateKey !== undefined) multi.xrevrange(stateKey, '+', '-', 'COUNT', 1);
  const [pttl, json, states] = pipelineReplies(await multi.exec(), stateKey === undefined ? 2 : 3);
  if (json === null || isGone(decodeReply(t.number, 'PTTL', pttl))) return null;
  const [state] = states === undefined ? [] : logEntries('XREVRANGE', states);
  return { json: decodeReply(t.string, 'JSON.GET', json), ...(state === undefined ? {} : { state }) };
}

/** Where a scan's states are is written in its JSON, and never changes. */
async function findStateKey(redis: Redis, key: Key): Promise<Key | undefined> {
  const prefix = prefixOfScanKey(key);
  if (O.isNone(prefix)) return undefined;
  const reply = decodeReply(t.union([t.null, t.string]), 'JSON.GET', await redis.call('JSON.GET', [key, '$.state_stream.pk']));
  const [, pk] = /^\["([^"\\]+)"\]$/.exec(reply ?? '') ?? [];
  return pk === undefined ? undefined : streamKey(prefix.value, pk);
}

export async function scansExist(redis: Redis, keys: readonly Key[]): Promise<readonly boolean[]> {
  if (keys.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.pttl(key);
  return pipelineReplies(await pipeline.exec(), keys.length).map((pttl) => !isGone(decodeReply(t.number, 'PTTL', pttl)));
}

export async function commitScan(redis: Redis, { key, json, stateKey, state, announce }: Commit): Promise<CommitResult> {
  const keys = announce ? [key, stateKey, historyKey] : [key, stateKey];
  const reply = await commit.run(redis, keys, [json, state, deletionSeconds * 1000, historyLength]);
  const [tag, id] = decodeReply(t.tuple([t.string, t.string]), 'EVALSHA commit', reply);
  if (tag !== 'committed' && tag !== 'scanGone') {
    throw blissdataError('UnexpectedReply', { command: 'EVALSHA commit', problems: [`unknown outcome ${tag}`] });
  }
  return tag === 'committed' ? { _tag: 'committed', id } : { _tag: 'scanGone' };
}

export async function expireKeys(redis: Redis, keys: readonly Key[], seconds: number): Promise<void> {
  if (keys.length === 0) return;
  const multi = redis.multi();
  for (const key of keys) multi.expire(key, seconds);
  pipelineReplies(await multi.exec(), keys.length);
}
