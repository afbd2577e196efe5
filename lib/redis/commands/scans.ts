/** The commands on scans: their JSON and state, whether they exist, creating and deleting. */
import * as O from 'fp-ts/lib/Option.js';
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import { ScanState } from '../../model/scan-state.js';
import type { Key } from '../../ports/keys.js';
import type { Commit, CommitResult, Deletion, DeletionResult, ScanRecord } from '../../ports/scans.js';
import { prefixOfScanKey, streamKey } from '../../wire/keys.js';
import { deletionReason, deletionSeconds, historyKey, historyLength, stateField } from '../../wire/protocol.js';
import { commitScript } from './commit-script.js';
import { deleteScript } from './delete-script.js';
import { statesScript } from './states-script.js';
import { decodeReply, logEntries, pipelineReplies } from './replies.js';
import { Script } from './script.js';

const commit = new Script(commitScript);
const states = new Script(statesScript, 'reads');
const deletion = new Script(deleteScript);

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

/** The same, deleted or not, as long as it is there. */
export async function readRemains(redis: Redis, key: Key, stateKey: Key): Promise<ScanRecord | null> {
  const [json, states] = pipelineReplies(await redis.multi().call('JSON.GET', [key]).xrevrange(stateKey, '+', '-', 'COUNT', 1).exec(), 2);
  if (json === null) return null;
  const [state] = logEntries('XREVRANGE', states);
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

export async function readIdentities(redis: Redis, keys: readonly Key[]): Promise<readonly (string | null)[]> {
  if (keys.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.pttl(key).call('JSON.GET', [key, '$.id']);
  const replies = pipelineReplies(await pipeline.exec(), keys.length * 2);
  return keys.map((_, i) => {
    const matches = decodeReply(t.union([t.null, t.string]), 'JSON.GET', replies[2 * i + 1]);
    if (matches === null || isGone(decodeReply(t.number, 'PTTL', replies[2 * i]))) return null;
    // A path with `$` answers an array of what matches: one value, or none.
    return matches.slice(1, -1) || 'null';
  });
}

/** How many scans one script looks up: nothing else is served while it runs. */
const statesPerScript = 500;

export async function readStates(redis: Redis, keys: readonly Key[]): Promise<readonly (Pick<ScanRecord, 'state'> | null)[]> {
  const parts = Array.from({ length: Math.ceil(keys.length / statesPerScript) }, (_, i) => keys.slice(i * statesPerScript, (i + 1) * statesPerScript));
  // All are on their way before the first is answered.
  const replies = await Promise.all(parts.map((part) => states.run(redis, part, [deletionSeconds * 1000])));
  return replies.flatMap((reply) => decodeReply(stateReplies, 'EVALSHA states', reply)).map((entry) => {
    if (entry === null) return null;
    const [id, state] = entry;
    return id === undefined || state === undefined ? {} : { state: { id, fields: { [stateField]: state } } };
  });
}

const stateReplies = t.array(t.union([t.null, t.array(t.string)]));

export async function deleteScan(redis: Redis, { key, force }: Deletion): Promise<DeletionResult> {
  const args = [deletionSeconds * 1000, force ? 1 : 0, ScanState.CLOSED, JSON.stringify(deletionReason)];
  const [tag, state] = decodeReply(t.tuple([t.string, t.string]), 'EVALSHA delete', await deletion.run(redis, [key], args));
  switch (tag) {
    case 'deleted':
      return { _tag: 'deleted' };
    case 'gone':
      return { _tag: 'scanDeleted' };
    case 'open':
      return { _tag: 'open', ...(state === '' ? {} : { state }) };
    default:
      throw blissdataError('UnexpectedReply', { command: 'EVALSHA delete', problems: [`unknown outcome ${tag}`] });
  }
}

export async function commitScan(redis: Redis, { key, json, stateKey, state, after, announce }: Commit): Promise<CommitResult> {
  const keys = announce ? [key, stateKey, historyKey] : [key, stateKey];
  const reply = await commit.run(redis, keys, [json, state, deletionSeconds * 1000, historyLength, after]);
  const [tag, id, found] = decodeReply(t.tuple([t.string, t.string, t.string]), 'EVALSHA commit', reply);
  switch (tag) {
    case 'committed':
      return { _tag: 'committed', id };
    case 'conflict':
      return { _tag: 'conflict', id, state: found };
    case 'scanDeleted':
      return { _tag: 'scanDeleted' };
    default:
      throw blissdataError('UnexpectedReply', { command: 'EVALSHA commit', problems: [`unknown outcome ${tag}`] });
  }
}
