/** Lua that scripts on scans begin with: whether a scan is there, and where its streams are. */

/**
 * `isGone(key, limit)`: missing, or with no more ms to live than the limit, which counts as deleted.
 * `streamsOf(key, path)`: the keys of the streams whose pks the path finds in the scan's JSON.
 */
export const scanKeysLua = `
local function isGone(key, limit)
  local ttl = redis.call('PTTL', key)
  return ttl == -2 or (ttl >= 0 and ttl <= tonumber(limit))
end
local function streamsOf(key, path)
  local prefix = string.match(key, '^(.+):scan:')
  local keys = {}
  for pk in string.gmatch(redis.call('JSON.GET', key, path) or '', '"([^"]+)"') do
    keys[#keys + 1] = prefix .. ':stream:' .. pk
  end
  return keys
end`;
