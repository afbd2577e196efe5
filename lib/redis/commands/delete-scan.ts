/** Deletes scans: everything that belongs to a scan gets an expiry, in one step. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import { ScanState } from '../../model/scan-state.js';
import type { Deletion, DeletionResult } from '../../ports/scans.js';
import { deletionMs, deletionReason } from '../../wire/protocol.js';
import { decodeReply } from '../connection/decode-reply.js';
import { emptiedLua, lengthLua, scanLua, streamsLua } from './lua.js';
import { Script } from './script.js';

/**
 * KEYS: the scan. ARGV: the deletion limit in ms, `1` to delete it in any state, the number of CLOSED, the end reason as JSON.
 * Returns `{'deleted', ''}`, `{'scanDeleted', ''}`, or `{'open', state}` for a scan that is not closed, `state` empty if it has none.
 *
 * An open scan is closed first, so that waiting readers see it end: its open streams are sealed, its info holds the reason. The scan's
 * expiry is the first write, since Redis only refuses scripts that have not written yet when memory is short; the other expiries come
 * last, since sealing may create a stream.
 */
const deletion = new Script(`${scanLua}${streamsLua}${lengthLua}${emptiedLua}
local function sealed(stream)
  local entry = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  if entry then return entry[1] == seal, points(entry) end
  if redis.call('EXISTS', stream) == 0 then return false, 0 end
  local last, least = emptied(stream)
  return last == seal, least
end
local scan = KEYS[1]
local limit = math.floor(tonumber(ARGV[1]) / 1000)
if scanDeleted(scan, ARGV[1]) then return {'scanDeleted', ''} end
local states = streamsOf(scan, '$.state_stream.pk')
local entry = states[1] and redis.call('XREVRANGE', states[1], '+', '-', 'COUNT', 1)[1]
local state = entry and field(entry, 'state') or ''
if state ~= ARGV[3] and ARGV[2] ~= '1' then return {'open', state} end
local streams = streamsOf(scan, '$.data_streams.*.pk')
local open = {}
for i, stream in ipairs(state ~= ARGV[3] and streams or {}) do
  local isSealed, length = sealed(stream)
  if not isSealed then open[#open + 1] = {stream, string.format('%.0f', length)} end
end
redis.call('EXPIRE', scan, limit)
if state ~= ARGV[3] then
  for _, one in ipairs(open) do redis.call('XADD', one[1], seal, 'id', one[2]) end
  redis.call('JSON.SET', scan, '$.info.end_reason', ARGV[4])
  if states[1] then redis.call('XADD', states[1], '*', 'state', ARGV[3]) end
end
for _, keys in ipairs({streams, states, {scan}}) do
  for _, key in ipairs(keys) do redis.call('EXPIRE', key, limit) end
end
return {'deleted', ''}
`);

export async function deleteScan(redis: Redis, { key, force }: Deletion): Promise<DeletionResult> {
  const args = [deletionMs, force ? 1 : 0, ScanState.CLOSED, JSON.stringify(deletionReason)];
  const [tag, state] = decodeReply(t.tuple([t.string, t.string]), 'EVALSHA delete', await deletion.run(redis, [key], args));
  switch (tag) {
    case 'deleted':
    case 'scanDeleted':
      return { _tag: tag };
    case 'open':
      return { _tag: 'open', ...(state === '' ? {} : { state }) };
    default:
      throw blissdataError('UnexpectedReply', { command: 'EVALSHA delete', problems: [`unknown outcome ${tag}`] });
  }
}
