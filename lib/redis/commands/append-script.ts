/** The server-side script that appends a window of entries to a stream: all of them, or none. */

/**
 * KEYS: the stream, the scan that owns it.
 * ARGV: the id that must be the stream's last one, the deletion limit in ms, then `index`, `len`, `payload` of each entry.
 * Answers `{'appended', last id}`, `{'conflict', found id}`, `{'sealed', id}` or `{'scanDeleted', ''}`.
 *
 * The comparison fences off a second writer and notices a server that lost data; looking at the scan keeps a late writer
 * from recreating a stream that was deleted with its scan. Redis refuses the script as a whole when memory is short, and
 * nothing interrupts it, so there is never half a window.
 *
 * XINFO tells the last id of a stream that was trimmed to nothing, too, but would copy the payloads of the first and of the last entry.
 */
export const appendScript = `
local ttl = redis.call('PTTL', KEYS[2])
if ttl == -2 or (ttl >= 0 and ttl <= tonumber(ARGV[2])) then return {'scanDeleted', ''} end
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
`;
