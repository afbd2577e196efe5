/** Reads where data streams stand. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import type { Key } from '../../ports/keys.js';
import type { Head } from '../../ports/streams.js';
import { originId, sealId } from '../../wire/stream-id.js';
import { decodeReply } from '../connection/decode-reply.js';
import { lengthLua } from './lua.js';
import { indexOfId, lengthInSeal, pointsInLen } from './replies.js';
import { Script } from './script.js';

/**
 * KEYS: streams. Returns for each nil if it is missing, otherwise `{last id, kind, text}`: `points` and the `len` of the last entry, `seal`
 * and its number of points, or, if no entry is left, `none` and the number of entries ever added.
 *
 * A script, because the last entry may be an image: its payload stays on the server.
 */
const heads = new Script(`${lengthLua}
local heads = {}
for i, key in ipairs(KEYS) do
  heads[i] = false
  local entry = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  if entry and entry[1] == seal then
    heads[i] = {seal, 'seal', field(entry, 'id', '')}
  elseif entry then
    heads[i] = {entry[1], 'points', field(entry, 'len', '1')}
  elseif redis.call('EXISTS', key) == 1 then
    local info = redis.call('XINFO', 'STREAM', key)
    local last, added = '0-0', '0'
    for j = 1, #info, 2 do
      if info[j] == 'last-generated-id' then last = info[j + 1] end
      if info[j] == 'entries-added' then added = string.format('%.0f', info[j + 1]) end
    end
    heads[i] = {last, 'none', added}
  end
end
return heads
`, 'reads');

const headReplies = t.array(t.union([t.null, t.tuple([t.string, t.string, t.string])]));

export async function readHeads(redis: Redis, keys: readonly Key[]): Promise<readonly Head[]> {
  if (keys.length === 0) return [];
  const replies = decodeReply(headReplies, 'EVALSHA_RO heads', await heads.run(redis, keys, []));
  return keys.map((key, i) => headOf(key, replies[i] ?? null));
}

function headOf(key: Key, reply: readonly [string, string, string] | null): Head {
  if (reply === null) return { key, exists: false, lastId: originId, length: 0, sealed: false };
  const [lastId, kind, text] = reply;
  const head = { key, exists: true, lastId, sealed: lastId === sealId };
  if (kind === 'seal') return { ...head, length: lengthInSeal(text) };
  if (kind === 'points') return { ...head, length: indexOfId(lastId) + pointsInLen(text) };
  // Every entry was trimmed: the last id is a lower bound of the length. Without the seal, only the number of entries is left.
  return { ...head, length: head.sealed ? Math.max(Number(text) - 1, 0) : indexOfId(lastId) + 1, emptied: true };
}
