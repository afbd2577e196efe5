/** Lua that several scripts share. */

/** `scanDeleted(key, limit)`: whether a scan is missing, or will expire within the limit in ms, which counts as deleted. */
export const scanLua = `
local function scanDeleted(key, limit)
  local ttl = redis.call('PTTL', key)
  return ttl == -2 or (ttl >= 0 and ttl <= tonumber(limit))
end`;

/** `emptied(stream)`: for an existing stream without entries its last id, and a lower bound of its number of points. */
export const emptiedLua = `
local function emptied(stream)
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return info[i + 1], tonumber(string.match(info[i + 1], '^(%d+)')) + 1 end
  end
end`;

/**
 * `refusal(stream, scan, limit, expected)`: what keeps a window out of a stream, `{'conflict', actual last id}`, `{'sealed', id}` or
 * `{'scanDeleted', ''}`; nil if nothing does.
 *
 * XINFO also knows the last id of a stream that was trimmed to nothing, but copies the payloads of the first and the last entry: so it
 * comes second.
 */
export const refusalLua = `${scanLua}${emptiedLua}
local function refusal(stream, scan, limit, expected)
  if scanDeleted(scan, limit) then return {'scanDeleted', ''} end
  local last = '0-0'
  local newest = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  if newest then
    last = newest[1]
  elseif redis.call('EXISTS', stream) == 1 then
    last = emptied(stream)
  end
  if last == '18446744073709551615-18446744073709551615' then return {'sealed', last} end
  if last ~= expected then return {'conflict', last} end
end`;

/** `streamsOf(key, path)`: the keys of the streams whose primary keys the path finds in the scan's JSON. */
export const streamsLua = `
local function streamsOf(key, path)
  local prefix = string.match(key, '^(.+):scan:')
  local keys = {}
  for pk in string.gmatch(redis.call('JSON.GET', key, path) or '', '"([^"]+)"') do
    keys[#keys + 1] = prefix .. ':stream:' .. pk
  end
  return keys
end`;

/** `field(entry, name, otherwise)`: an entry's field. Names are every other item: a payload may read `len`, too. */
export const fieldLua = `
local function field(entry, name, otherwise)
  for i = 1, #entry[2], 2 do
    if entry[2][i] == name then return entry[2][i + 1] end
  end
  return otherwise
end`;

/** `seal`: the id of seals. `points(entry)`: a stream's number of points, by its last entry. */
export const lengthLua = `${fieldLua}
local seal = '18446744073709551615-18446744073709551615'
local function points(entry)
  return tonumber(string.match(entry[1], '^(%d+)')) + tonumber(field(entry, 'len', 1))
end`;
