/** Read-only scripts that say where entries of data streams lie: their payloads, which may be images, stay on the server. */

/**
 * KEYS: streams. Answers for each nil where there is none, otherwise `{last id, kind, text}`: `points` and the `len` of the last entry,
 * `seal` and the number of points in it, or where no entry is left `none` and how many entries were ever added.
 *
 * Field names are looked for in pairs, since a payload may read `len` too.
 */
export const headsScript = `
local seal = '18446744073709551615-18446744073709551615'
local function field(entry, name, otherwise)
  for i = 1, #entry[2], 2 do
    if entry[2][i] == name then return entry[2][i + 1] end
  end
  return otherwise
end
local heads = {}
for i, key in ipairs(KEYS) do
  heads[i] = false
  local entry = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  if entry and entry[1] == seal then
    heads[i] = {seal, 'seal', field(entry, 'id', '')}
  elseif entry then
    heads[i] = {entry[1], 'points', field(entry, 'len', '1')}
  elseif redis.call('EXISTS', key) == 1 then
    local info = redis.call('XINFO', 'STREAM', key)
    local last, added = '0-0', '0'
    for j = 1, #info, 2 do
      if info[j] == 'last-generated-id' then last = info[j + 1] end
      if info[j] == 'entries-added' then added = string.format('%.0f', info[j + 1]) end
    end
    heads[i] = {last, 'none', added}
  end
end
return heads
`;

/**
 * KEYS: a stream. ARGV: `XRANGE` or `XREVRANGE`, the two ids in that command's order, the greatest number of entries, the bytes of
 * payloads beyond which no further entry is looked at. Answers `{id, len, number of points in the seal or ''}` of each, in that command's order.
 *
 * One entry after another: the payloads that are looked at are copied, and the server does nothing else meanwhile.
 */
export const entriesScript = `
local from, found, bytes = ARGV[2], {}, 0
while #found < tonumber(ARGV[4]) and bytes <= tonumber(ARGV[5]) do
  local entry = redis.call(ARGV[1], KEYS[1], from, ARGV[3], 'COUNT', 1)[1]
  if not entry then break end
  local len, id = '1', ''
  for i = 1, #entry[2], 2 do
    local name, value = entry[2][i], entry[2][i + 1]
    if name == 'len' then len = value elseif name == 'id' then id = value else bytes = bytes + #value end
  end
  found[#found + 1] = {entry[1], len, id}
  from = '(' .. entry[1]
end
return found
`;

/** KEYS: streams. Answers for each the id that was added last, nil where there is no stream, or where the user may not look. */
export const lastIdsScript = `
local ids = {}
for i, key in ipairs(KEYS) do
  ids[i] = false
  local newest = redis.pcall('XREVRANGE', key, '+', '-', 'COUNT', 1)
  if newest[1] then
    ids[i] = newest[1][1]
  elseif not newest.err then
    local info = redis.pcall('XINFO', 'STREAM', key)
    for j = 1, #info, 2 do
      if info[j] == 'last-generated-id' then ids[i] = info[j + 1] end
    end
  end
end
return ids
`;
