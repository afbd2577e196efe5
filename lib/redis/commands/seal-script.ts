/** The server-side script that seals a stream, and the function of the same purpose that Python clients call. */

/** Reads the length of a stream from its last entry; field names are looked for in pairs, since a payload may read `len` too. */
export const lengthOfStream = `
local seal = '18446744073709551615-18446744073709551615'
local function field(entry, name)
  for i = 1, #entry[2], 2 do
    if entry[2][i] == name then return entry[2][i + 1] end
  end
end
local function points(entry)
  return tonumber(string.match(entry[1], '^(%d+)')) + tonumber(field(entry, 'len') or 1)
end`;

/** `emptied(stream)`: of one that is there and of which everything was trimmed off, its last id and how many points it had at least. */
export const lengthOfEmptied = `
local function emptied(stream)
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return info[i + 1], tonumber(string.match(info[i + 1], '^(%d+)')) + 1 end
  end
end`;

/**
 * KEYS: the stream, the scan that owns it. ARGV: the deletion limit in ms, the number of points the writer knows of
 * (it counts where everything was trimmed off, unless the last id tells that there were more). Where the seal itself was trimmed off, that number is all there is. A stream that is not there has none. Answers `{'sealed', number of points}`, also if it was sealed before, or `{'scanDeleted', 0}`.
 */
export const sealScript = `${lengthOfStream}
${lengthOfEmptied}
local ttl = redis.call('PTTL', KEYS[2])
if ttl == -2 or (ttl >= 0 and ttl <= tonumber(ARGV[1])) then return {'scanDeleted', 0} end
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
`;

/** The function library under the names by which Python clients seal: \`FCALL seal_stream 1 <stream>\` answers the number of points. */
export const sealLibrary = `#!lua name=mylib
${lengthOfStream}
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
