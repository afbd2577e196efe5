/** Appends a window of entries to a data stream by one script: all of them, or none. */
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import type { AppendResult, AppendWindow } from '../../ports/streams.js';
import { deletionMs } from '../../wire/protocol.js';
import { copiedBytes, type RequestBytes } from '../connection/request-bytes.js';
import { appendResult } from './append-result.js';
import { refusalLua } from './lua.js';
import { Script } from './script.js';

/**
 * KEYS: the stream, the scan that owns it.
 * ARGV: the deletion limit in ms, the expected last id of the stream, then `index`, `len`, `payload` of each entry.
 * Returns `{'appended', last id}`, `{'conflict', actual last id}`, `{'sealed', id}` or `{'scanDeleted', ''}`.
 *
 * The comparison fences off a second writer and detects a server that lost data; the check of the scan keeps a late writer from
 * recreating a stream that was deleted with its scan. Redis refuses the whole script when memory is short, and nothing interrupts it,
 * so a window is never appended in part.
 */
const append = new Script(`${refusalLua}
local refused = refusal(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
if refused then return refused end
local last = ARGV[2]
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

export async function appendWindow(redis: Redis, { key, scan, expected, entries }: AppendWindow): Promise<AppendResult> {
  requireOrder(entries);
  const bytes = entries.reduce((sum, { payload }) => sum + argumentsBytes + copiedBytes(payload), 0);
  const encode = (request: RequestBytes): void => {
    request.integer(deletionMs);
    request.text(expected);
    for (const { index, len, payload } of entries) {
      request.integer(index);
      request.integer(len);
      request.payload(payload);
    }
  };
  return appendResult('EVALSHA append', await append.runEncoded(redis, [key, scan], { count: 2 + 3 * entries.length, bytes, encode }));
}

/** Out of order, entries would be refused one by one, after earlier ones were appended. */
export function requireOrder(entries: AppendWindow['entries']): void {
  let next = 0;
  for (const { index, len } of entries) {
    if (index < next) throw blissdataError('InvalidArgument', { argument: 'entries', expected: `an index from ${next}`, received: String(index) });
    next = index + len;
  }
}
