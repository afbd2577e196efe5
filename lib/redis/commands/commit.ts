/** Writes a scan's JSON and its state together. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import type { Commit, CommitResult } from '../../ports/scans.js';
import { deletionMs, historyKey, historyLength } from '../../wire/protocol.js';
import { decodeReply } from '../connection/decode-reply.js';
import { fieldLua, scanLua } from './lua.js';
import { Script } from './script.js';

/**
 * KEYS: the scan, its state stream, and the history to announce a new scan.
 * ARGV: JSON, state, deletion limit in ms, history length, the id of the newest state that the writer knows.
 * Returns `{'committed', id of the state's entry, state}`, `{'conflict', id of the newest state's entry, that state}` or `{'scanDeleted', '', ''}`.
 *
 * Redis does not roll a MULTI back: a refused JSON.SET would leave the state appended. A script stops at the first error, and the JSON
 * comes first.
 *
 * A request whose answer was lost may be repeated much later: if there is a newer state, nothing is written. If that state is the
 * requested one, or the scan to be created exists, the first request did succeed.
 */
const commit = new Script(`${scanLua}${fieldLua}
local announce = #KEYS == 3
if not announce and scanDeleted(KEYS[1], ARGV[3]) then return {'scanDeleted', '', ''} end
local newest = redis.call('EXISTS', KEYS[1]) == 1 and redis.call('XREVRANGE', KEYS[2], '+', '(' .. ARGV[5], 'COUNT', 1)[1]
if newest then
  local state = field(newest, 'state', '')
  return {(announce or state == ARGV[2]) and 'committed' or 'conflict', newest[1], state}
end
redis.call('JSON.SET', KEYS[1], '$', ARGV[1])
if announce then
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'key', KEYS[1])
end
return {'committed', redis.call('XADD', KEYS[2], '*', 'state', ARGV[2]), ARGV[2]}
`);

export async function commitScan(redis: Redis, { key, json, stateKey, state, after, announce }: Commit): Promise<CommitResult> {
  const keys = announce ? [key, stateKey, historyKey] : [key, stateKey];
  const reply = await commit.run(redis, keys, [json, state, deletionMs, historyLength, after]);
  const [tag, id, newest] = decodeReply(t.tuple([t.string, t.string, t.string]), 'EVALSHA commit', reply);
  switch (tag) {
    case 'committed':
      return { _tag: 'committed', id };
    case 'conflict':
      return { _tag: 'conflict', id, state: newest };
    case 'scanDeleted':
      return { _tag: 'scanDeleted' };
    default:
      throw blissdataError('UnexpectedReply', { command: 'EVALSHA commit', problems: [`unknown outcome ${tag}`] });
  }
}
