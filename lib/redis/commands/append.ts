/** Appends a window of entries to a data stream: all of them, or none. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import type { AppendResult, AppendWindow } from '../../ports/streams.js';
import { deletionMs } from '../../wire/protocol.js';
import { decodeReply } from '../connection/decode-reply.js';
import type { RequestBytes } from '../connection/request-bytes.js';
import { scanLua } from './lua.js';
import { Script } from './script.js';

/**
 * KEYS: the stream, the scan that owns it.
 * ARGV: the expected last id of the stream, the deletion limit in ms, then `index`, `len`, `payload` of each entry.
 * Returns `{'appended', last id}`, `{'conflict', actual last id}`, `{'sealed', id}` or `{'scanDeleted', ''}`.
 *
 * The comparison fences off a second writer and detects a server that lost data; the check of the scan keeps a late writer from
 * recreating a stream that was deleted with its scan. Redis refuses the whole script when memory is short, and nothing interrupts it,
 * so a window is never appended in part.
 *
 * XINFO also knows the last id of a stream that was trimmed to nothing, but copies the payloads of the first and the last entry: so it
 * comes second.
 */
const append = new Script(`${scanLua}
if scanDeleted(KEYS[2], ARGV[2]) then return {'scanDeleted', ''} end
local last = '0-0'
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if newest then
  last = newest[1]
elseif redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = info[i + 1] break end
  end
end
if last == '18446744073709551615-18446744073709551615' then return {'sealed', last} end
if last ~= ARGV[1] then return {'conflict', last} end
for i = 3, #ARGV, 3 do
  local id = ARGV[i] .. '-1'
  if ARGV[i + 1] == '1' then
    last = redis.call('XADD', KEYS[1], id, 'payload', ARGV[i + 2])
  else
    last = redis.call('XADD', KEYS[1], id, 'payload', ARGV[i + 2], 'len', ARGV[i + 1])
  end
end
return {'appended', last}
`);

/** The most bytes that an entry's arguments take, payload left out. */
const argumentsBytes = 64;
/** Payloads in large windows need no buffer, or a second one does. */
const mostBuffered = 4 << 20;

export async function appendWindow(redis: Redis, { key, scan, expected, entries }: AppendWindow): Promise<AppendResult> {
  let next = 0;
  let bytes = 0;
  for (const { index, len, payload } of entries) {
    // The script would only fail after appending the earlier entries.
    if (index < next) throw blissdataError('InvalidArgument', { argument: 'entries', expected: `an index from ${next}`, received: String(index) });
    next = index + len;
    bytes += argumentsBytes + payload.length;
  }
  const encode = (request: RequestBytes): void => {
    request.text(expected);
    request.integer(deletionMs);
    for (const { index, len, payload } of entries) {
      request.integer(index);
      request.integer(len);
      request.payload(payload);
    }
  };
  const reply = await append.runEncoded(redis, [key, scan], { count: 2 + 3 * entries.length, bytes: Math.min(bytes, mostBuffered), encode });
  const [tag, id] = decodeReply(t.tuple([t.string, t.string]), 'EVALSHA append', reply);
  switch (tag) {
    case 'appended':
      return { _tag: 'appended', lastId: id };
    case 'conflict':
      return { _tag: 'conflict', found: id };
    case 'sealed':
    case 'scanDeleted':
      return { _tag: tag };
    default:
      throw blissdataError('UnexpectedReply', { command: 'EVALSHA append', problems: [`unknown outcome ${tag}`] });
  }
}
