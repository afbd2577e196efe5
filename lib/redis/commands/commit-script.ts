/** The server-side script that writes a scan's JSON and its state together. */
import { scanKeysLua } from './scan-keys-lua.js';

/**
 * KEYS: the scan, its state stream, and to announce a new scan the history. ARGV: JSON, state, deletion limit in ms, history length, the
 * id of the newest state that the writer knows of.
 * Answers `{'committed', id of the state's entry, state}`, `{'conflict', id of the newest state's entry, that state}` or `{'scanDeleted', '', ''}`.
 *
 * Redis does not roll a MULTI back: a JSON.SET that it refuses would leave the state appended. A script stops at the
 * first refusal, and the JSON comes first.
 *
 * A request may come twice, the second time long after, when its answer got lost: where there is a newer state nothing is written. If it is
 * the one asked for, or the scan that was to be created is there, then the first request did it.
 */
export const commitScript = `${scanKeysLua}
local announce = #KEYS == 3
if not announce and isGone(KEYS[1], ARGV[3]) then return {'scanDeleted', '', ''} end
local newest = redis.call('EXISTS', KEYS[1]) == 1 and redis.call('XREVRANGE', KEYS[2], '+', '(' .. ARGV[5], 'COUNT', 1)[1]
if newest then
  local state = ''
  for i = 1, #newest[2], 2 do
    if newest[2][i] == 'state' then state = newest[2][i + 1] end
  end
  return {(announce or state == ARGV[2]) and 'committed' or 'conflict', newest[1], state}
end
redis.call('JSON.SET', KEYS[1], '$', ARGV[1])
if announce then
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'key', KEYS[1])
end
return {'committed', redis.call('XADD', KEYS[2], '*', 'state', ARGV[2]), ARGV[2]}
`;
