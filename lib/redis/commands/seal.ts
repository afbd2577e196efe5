/** Seals data streams: the script for writers here, and the function of the same purpose that Python clients call. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import type { SealResult, Sealing } from '../../ports/streams.js';
import { deletionMs } from '../../wire/protocol.js';
import { decodeReply } from '../connection/decode-reply.js';
import { emptiedLua, lengthLua, scanLua } from './lua.js';
import { Script } from './script.js';

/**
 * KEYS: the stream, the scan that owns it. ARGV: the deletion limit in ms, the writer's number of points.
 * Returns `{'sealed', number of points}`, also if the stream was sealed before, or `{'scanDeleted', 0}`.
 *
 * The last entry says how many points a stream has; a missing stream has none. Where every entry was trimmed, the writer's number counts,
 * unless the last id reveals more points; where the seal itself was trimmed, only the writer's number is left.
 */
const seal = new Script(`${scanLua}${lengthLua}${emptiedLua}
if scanDeleted(KEYS[2], ARGV[1]) then return {'scanDeleted', 0} end
local entry = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if entry and entry[1] == seal then return {'sealed', tonumber(field(entry, 'id'))} end
local length = 0
if entry then
  length = points(entry)
elseif redis.call('EXISTS', KEYS[1]) == 1 then
  local last, least = emptied(KEYS[1])
  if last == seal then return {'sealed', tonumber(ARGV[2])} end
  length = math.max(tonumber(ARGV[2]), least)
end
redis.call('XADD', KEYS[1], seal, 'id', string.format('%.0f', length))
return {'sealed', length}
`);

export async function sealStream(redis: Redis, { key, scan, length }: Sealing): Promise<SealResult> {
  const [tag, points] = decodeReply(t.tuple([t.string, t.number]), 'EVALSHA seal', await seal.run(redis, [key, scan], [deletionMs, length]));
  return tag === 'scanDeleted' ? { _tag: 'scanDeleted' } : { _tag: 'sealed', length: points };
}

/** The function library by the name that Python clients use: `FCALL seal_stream 1 <stream>` returns the number of points. */
export const sealLibrary = `#!lua name=mylib
${lengthLua}
local function seal_stream(keys)
  local entry = redis.call('XREVRANGE', keys[1], '+', '-', 'COUNT', 1)[1]
  if entry and entry[1] == seal then
    return redis.error_reply(keys[1] .. ' is already sealed.')
  end
  local length = entry and points(entry) or 0
  redis.call('XADD', keys[1], seal, 'id', string.format('%.0f', length))
  return length
end
redis.register_function('seal_stream', seal_stream)
`;
