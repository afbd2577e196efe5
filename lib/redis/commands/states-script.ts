/** The server-side script that looks up the states of many scans. */
import { scanKeysLua } from './scan-keys-lua.js';

/**
 * KEYS: scans. ARGV: the deletion limit in ms. Answers for each nil where the scan is gone, otherwise `{}`, or `{id, state}` of its newest state.
 *
 * A script, since where a scan's states are stands in its JSON: asking first for the one and then for the other takes two round trips.
 */
export const statesScript = `${scanKeysLua}
local states = {}
for i, key in ipairs(KEYS) do
  states[i] = false
  if not isGone(key, ARGV[1]) then
    states[i] = {}
    local stream = streamsOf(key, '$.state_stream.pk')[1]
    local entry = stream and redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
    for j = 1, entry and #entry[2] or 0, 2 do
      if entry[2][j] == 'state' then states[i] = {entry[1], entry[2][j + 1]} end
    end
  end
end
return states
`;
