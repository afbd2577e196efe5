/** Appends small windows of several data streams by one command: each of them as a whole, or not at all. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import type { AppendResult, AppendWindow } from '../../ports/streams.js';
import { deletionMs } from '../../wire/protocol.js';
import { entryId } from '../../wire/stream-id.js';
import { decodeReply } from '../connection/decode-reply.js';
import { CommandEncoder } from '../connection/encoded-command.js';
import { requireRising } from './append.js';
import { emptiedLua, scanLua } from './lua.js';
import { Script } from './script.js';

/**
 * KEYS: the scans, then the stream of each window.
 * ARGV: the deletion limit in ms, the number of scans, then for each window which scan owns it, the expected last id, the number of
 * entries, and `id`, `len`, `payload` of each entry.
 * Returns what was not appended: the number of the window, `conflict`, `sealed`, `scanDeleted` or `sendAlone`, and the actual last id.
 *
 * For the comparisons see append.ts. An error of one stream, such as another type of value or a missing permission, must not keep the
 * script from the windows after it. What concerns the server as a whole, memory above all, is decided before the first write: such an
 * error is the script's.
 */
const appendTogether = new Script(`${scanLua}${emptiedLua}
local call, try, scans = redis.call, redis.pcall, tonumber(ARGV[2])
local deleted, refused, written, at = {}, {}, false, 3
for i = 1, scans do deleted[tostring(i)] = scanDeleted(KEYS[i], ARGV[1]) end
for k = scans + 1, #KEYS do
  local key, after = KEYS[k], at + 3 + 3 * tonumber(ARGV[at + 2])
  local tag, last = nil, '0-0'
  if deleted[ARGV[at]] then
    tag = 'scanDeleted'
  else
    local newest = try('XREVRANGE', key, '+', '-', 'COUNT', 1)
    if newest[1] then
      last = newest[1][1]
    elseif newest.err then
      tag = 'sendAlone'
    elseif call('EXISTS', key) == 1 then
      last = emptied(key)
    end
    if tag == nil then
      if last == '18446744073709551615-18446744073709551615' then
        tag = 'sealed'
      elseif last ~= ARGV[at + 1] then
        tag = 'conflict'
      end
    end
  end
  if tag == nil then
    local add = try
    for i = at + 3, after - 1, 3 do
      local added
      if ARGV[i + 1] == '1' then
        added = add('XADD', key, ARGV[i], 'payload', ARGV[i + 2])
      else
        added = add('XADD', key, ARGV[i], 'payload', ARGV[i + 2], 'len', ARGV[i + 1])
      end
      if type(added) == 'table' then
        if not written then return added end
        tag = 'sendAlone'
        break
      end
      add, written = call, true
    end
  end
  if tag then
    refused[#refused + 1] = k - scans
    refused[#refused + 1] = tag
    refused[#refused + 1] = last
  end
  at = after
end
return refused
`);

const Refused = t.array(t.union([t.number, t.string]));

export async function appendWindows(redis: Redis, windows: readonly AppendWindow[]): Promise<readonly AppendResult[]> {
  const scans = new Map<string, string>();
  for (const { scan } of windows) if (!scans.has(scan)) scans.set(scan, String(scans.size + 1));
  const args = new CommandEncoder();
  args.add(scans.size + windows.length);
  for (const scan of scans.keys()) args.add(scan);
  for (const { key } of windows) args.add(key);
  args.add(deletionMs);
  args.add(scans.size);
  for (const { scan, expected, entries } of windows) {
    requireRising(entries);
    args.add(scans.get(scan) ?? '');
    args.add(expected);
    args.add(entries.length);
    for (const { index, len, payload } of entries) {
      args.add(entryId(index));
      args.add(len);
      args.addBytes(payload);
    }
  }
  const refused = decodeReply(Refused, 'EVALSHA append', await appendTogether.runEncoded(redis, args));
  const results: AppendResult[] = windows.map(({ expected, entries }) => {
    const last = entries.at(-1);
    return { _tag: 'appended', lastId: last === undefined ? expected : entryId(last.index) };
  });
  for (let i = 0; i < refused.length; i += 3) results[Number(refused[i]) - 1] = refusal(String(refused[i + 1]), String(refused[i + 2]));
  return results;
}

function refusal(tag: string, found: string): AppendResult {
  switch (tag) {
    case 'conflict':
      return { _tag: 'conflict', found };
    case 'sealed':
    case 'scanDeleted':
    case 'sendAlone':
      return { _tag: tag };
    default:
      throw blissdataError('UnexpectedReply', { command: 'EVALSHA append', problems: [`unknown outcome ${tag}`] });
  }
}
