/** The server-side script that deletes a scan: it lets all that belongs to it expire, at once. */
import { scanKeysLua } from './scan-keys-lua.js';
import { lengthOfEmptied, lengthOfStream } from './seal-script.js';

/**
 * KEYS: the scan. ARGV: the deletion limit in ms, `1` to delete it whatever its state, the number of CLOSED, the end reason as JSON.
 * Answers `{'deleted', ''}`, `{'gone', ''}`, or `{'open', state}` for a scan that is not closed, `state` empty where it has none.
 *
 * One that is not closed yet is closed first, so that readers who wait see it end: its open streams are sealed, its info tells why.
 * The scan's expiry is the first write, for where memory is short Redis lets a script go on that has written already; and everything
 * gets its expiry last, for sealing may have created a stream.
 */
export const deleteScript = `${scanKeysLua}
${lengthOfStream}
${lengthOfEmptied}
local function sealed(stream)
  local entry = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  if entry then return entry[1] == seal, points(entry) end
  if redis.call('EXISTS', stream) == 0 then return false, 0 end
  local last, least = emptied(stream)
  return last == seal, least
end
local scan = KEYS[1]
local limit = math.floor(tonumber(ARGV[1]) / 1000)
if isGone(scan, ARGV[1]) then return {'gone', ''} end
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
`;
