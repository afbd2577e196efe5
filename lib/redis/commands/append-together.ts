/** Appends small windows of several data streams by one command: each of them as a whole, or not at all. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import type { AppendResult, AppendWindow } from '../../ports/streams.js';
import { deletionMs } from '../../wire/protocol.js';
import { entryId } from '../../wire/stream-id.js';
import { decodeReply } from '../connection/decode-reply.js';
import type { RequestBytes } from '../connection/request-bytes.js';
import { requireOrder } from './append.js';
import { emptiedLua, scanLua } from './lua.js';
import { Script } from './script.js';

/**
 * KEYS: each scan, followed by the streams of its windows.
 * ARGV: the deletion limit in ms, the number of scans, and how many windows each has. Then for each window the expected last id, and `id`
 * and `payload` of its entry; or, unless it has one entry of one point: `*`, the expected last id, the number of entries, and `id`, `len`,
 * `payload` of each.
 * Returns what was not appended: the number of the window, `conflict`, `sealed`, `scanDeleted` or `sendAlone`, and the actual last id.
 *
 * For the comparisons see append.ts. An error of one stream, such as another type of value or a missing permission, must not keep the
 * script from the windows after it. What concerns the server as a whole, memory above all, is decided before the first write: such an
 * error is the script's.
 */
const appendTogether = new Script(`${scanLua}${emptiedLua}
local KEYS, ARGV, call, try = KEYS, ARGV, redis.call, redis.pcall
local sealed = '18446744073709551615-18446744073709551615'
local refused, written, number, k = {}, false, 0, 0

local function lastId(key)
  local newest = try('XREVRANGE', key, '+', '-', 'COUNT', '1')
  if newest[1] then return newest[1][1] end
  if newest.err then return nil end
  return call('EXISTS', key) == 1 and emptied(key) or '0-0'
end

local function refuse(tag, last)
  local n = #refused
  refused[n + 1], refused[n + 2], refused[n + 3] = number, tag, last or ''
end

local scans = tonumber(ARGV[2])
local at = 3 + scans
for scan = 1, scans do
  k = k + 1
  local deleted = scanDeleted(KEYS[k], ARGV[1])
  for _ = 1, tonumber(ARGV[2 + scan]) do
    k, number = k + 1, number + 1
    local key, expected, first, step, after = KEYS[k], ARGV[at], at + 1, 2, at + 3
    if expected == '*' then
      expected, first, step = ARGV[at + 1], at + 3, 3
      after = first + 3 * tonumber(ARGV[at + 2])
    end
    local last = not deleted and lastId(key)
    if last ~= expected or last == sealed then
      refuse(deleted and 'scanDeleted' or last == nil and 'sendAlone' or last == sealed and 'sealed' or 'conflict', last)
    else
      local add = try
      for i = first, after - 1, step do
        local added
        if step == 2 then
          added = add('XADD', key, ARGV[i], 'payload', ARGV[i + 1])
        elseif ARGV[i + 1] == '1' then
          added = add('XADD', key, ARGV[i], 'payload', ARGV[i + 2])
        else
          added = add('XADD', key, ARGV[i], 'payload', ARGV[i + 2], 'len', ARGV[i + 1])
        end
        if added ~= ARGV[i] then
          if not written then return added end
          refuse('sendAlone')
          break
        end
        add, written = call, true
      end
    end
    at = after
  end
end
return refused
`);

/** The most bytes that an entry's arguments, or a window's others, take. */
const argumentBytes = 160;

const Refused = t.array(t.union([t.number, t.string]));

export async function appendWindows(redis: Redis, windows: readonly AppendWindow[]): Promise<readonly AppendResult[]> {
  const byScan = new Map<string, { readonly window: AppendWindow; readonly place: number }[]>();
  windows.forEach((window, place) => {
    const present = byScan.get(window.scan);
    if (present === undefined) byScan.set(window.scan, [{ window, place }]);
    else present.push({ window, place });
  });
  const sent = [...byScan.values()].flat();
  const keys = [...byScan].flatMap(([scan, owned]) => [scan, ...owned.map(({ window }) => window.key)]);
  const encode = (request: RequestBytes): void => {
    request.integer(deletionMs);
    request.integer(byScan.size);
    for (const { length } of byScan.values()) request.integer(length);
    for (const { window } of sent) encodeWindow(request, window);
  };
  const count = sent.reduce((sum, { window }) => sum + argumentsOf(window), 2 + byScan.size);
  const bytes = windows.reduce((sum, window) => sum + bytesOf(window), 0);
  const refused = decodeReply(Refused, 'EVALSHA append', await appendTogether.runEncoded(redis, keys, { count, bytes, encode }));
  const results = windows.map(appended);
  for (let i = 0; i < refused.length; i += 3) results[sent[Number(refused[i]) - 1]?.place ?? NaN] = refusal(String(refused[i + 1]), String(refused[i + 2]));
  return results;
}

function appended({ expected, entries }: AppendWindow): AppendResult {
  const last = entries.at(-1);
  return { _tag: 'appended', lastId: last === undefined ? expected : entryId(last.index) };
}

/** Whether it has one entry of one point, which takes fewer arguments. */
const isPoint = ({ entries }: AppendWindow): boolean => entries.length === 1 && entries[0]?.len === 1;

const argumentsOf = (window: AppendWindow): number => (isPoint(window) ? 3 : 3 + 3 * window.entries.length);

/** At the most, with its keys. */
const bytesOf = ({ key, scan, entries }: AppendWindow): number => entries.reduce((sum, { payload }) => sum + argumentBytes + payload.length, argumentBytes + key.length + scan.length);

function encodeWindow(request: RequestBytes, window: AppendWindow): void {
  const { expected, entries } = window;
  requireOrder(entries);
  const isAlone = isPoint(window);
  if (!isAlone) request.text('*');
  request.text(expected);
  if (!isAlone) request.integer(entries.length);
  for (const { index, len, payload } of entries) {
    request.entryId(index);
    if (!isAlone) request.integer(len);
    request.payload(payload);
  }
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
