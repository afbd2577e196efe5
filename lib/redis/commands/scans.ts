/** Reads scans: their JSON and state, their identities, and whether they exist. */
import * as O from 'fp-ts/lib/Option.js';
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import type { Key } from '../../ports/keys.js';
import type { ScanRecord } from '../../ports/scans.js';
import { prefixOfScanKey, streamKey } from '../../wire/keys.js';
import { deletionMs } from '../../wire/protocol.js';
import { decodeReply } from '../connection/decode-reply.js';
import { logEntries, pipelineReplies } from './replies.js';

/** Missing, or about to expire: blissdata counts both as deleted. */
const isDeleted = (pttl: number): boolean => pttl === -2 || (pttl >= 0 && pttl <= deletionMs);

export async function readScan(redis: Redis, key: Key, knownStateKey?: Key): Promise<ScanRecord | null> {
  const stateKey = knownStateKey ?? (await findStateKey(redis, key));
  const multi = redis.multi().pttl(key).call('JSON.GET', [key]);
  if (stateKey !== undefined) multi.xrevrange(stateKey, '+', '-', 'COUNT', 1);
  const [pttl, json, states] = pipelineReplies(await multi.exec(), stateKey === undefined ? 2 : 3);
  if (json === null || isDeleted(decodeReply(t.number, 'PTTL', pttl))) return null;
  const [state] = states === undefined ? [] : logEntries('XREVRANGE', states);
  return { json: decodeReply(t.string, 'JSON.GET', json), ...(state === undefined ? {} : { state }) };
}

/** The same for a scan that may be deleted, as long as its keys exist. */
export async function readRemains(redis: Redis, key: Key, stateKey: Key): Promise<ScanRecord | null> {
  const [json, states] = pipelineReplies(await redis.multi().call('JSON.GET', [key]).xrevrange(stateKey, '+', '-', 'COUNT', 1).exec(), 2);
  if (json === null) return null;
  const [state] = logEntries('XREVRANGE', states);
  return { json: decodeReply(t.string, 'JSON.GET', json), ...(state === undefined ? {} : { state }) };
}

/** A scan's JSON says which stream holds its states; that never changes. */
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
  return pipelineReplies(await pipeline.exec(), keys.length).map((pttl) => !isDeleted(decodeReply(t.number, 'PTTL', pttl)));
}

export async function readIdentities(redis: Redis, keys: readonly Key[]): Promise<readonly (string | null)[]> {
  if (keys.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.pttl(key).call('JSON.GET', [key, '$.id']);
  const replies = pipelineReplies(await pipeline.exec(), keys.length * 2);
  return keys.map((_, i) => {
    const matches = decodeReply(t.union([t.null, t.string]), 'JSON.GET', replies[2 * i + 1]);
    if (matches === null || isDeleted(decodeReply(t.number, 'PTTL', replies[2 * i]))) return null;
    // A path with `$` answers an array of what matches: one value, or none.
    return matches.slice(1, -1) || 'null';
  });
}
