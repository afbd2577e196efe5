/** Reads entries of a data stream without their payloads. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import type { Key } from '../../ports/keys.js';
import type { Block, IndexRange } from '../../ports/streams.js';
import { sealId } from '../../wire/stream-id.js';
import { decodeReply } from '../connection/decode-reply.js';
import { indexOfId, lengthInSeal, pointsInLen } from './replies.js';
import { Script } from './script.js';

/**
 * KEYS: a stream. ARGV: `XRANGE` or `XREVRANGE`, the two ids in that command's order, the maximal number of entries, the bytes of payloads
 * after which no further entry is read. Returns `{id, len, number of points in the seal or ''}` of each, in that command's order.
 *
 * One entry at a time: the server copies each payload that it reads, and does nothing else meanwhile.
 */
const entries = new Script(`
local from, entries, bytes = ARGV[2], {}, 0
while #entries < tonumber(ARGV[4]) and bytes <= tonumber(ARGV[5]) do
  local entry = redis.call(ARGV[1], KEYS[1], from, ARGV[3], 'COUNT', 1)[1]
  if not entry then break end
  local len, id = '1', ''
  for i = 1, #entry[2], 2 do
    local name, value = entry[2][i], entry[2][i + 1]
    if name == 'len' then len = value elseif name == 'id' then id = value else bytes = bytes + #value end
  end
  entries[#entries + 1] = {entry[1], len, id}
  from = '(' .. entry[1]
end
return entries
`, 'reads');

const entryReplies = t.array(t.tuple([t.string, t.string, t.string]));

/** After how many bytes of payloads the server stops. */
const payloadBytes = 64 << 10;

/** At least one entry if there is any. */
export async function readBareEntries(redis: Redis, key: Key, { min, max, count = 1, reverse = false }: IndexRange): Promise<Block> {
  const [low, high] = [min === undefined ? '-' : String(min), max === undefined ? '+' : String(max)];
  const args = reverse ? ['XREVRANGE', high, low] : ['XRANGE', low, high];
  const replies = [...decodeReply(entryReplies, 'EVALSHA_RO entries', await entries.run(redis, [key], [...args, count, payloadBytes]))];
  if (reverse) replies.reverse();
  const seal = replies.find(([id]) => id === sealId);
  const points = replies.filter(([id]) => id !== sealId);
  return {
    key,
    firsts: Float64Array.from(points, ([id]) => indexOfId(id)),
    lens: Float64Array.from(points, ([, len]) => pointsInLen(len)),
    ends: new Float64Array(points.length),
    bytes: new Uint8Array(0),
    ...(seal === undefined ? {} : { seal: lengthInSeal(seal[2]) }),
  };
}
