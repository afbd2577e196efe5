/** The server-side script that writes a scan's JSON and its state together. */

/**
 * KEYS: the scan, its state stream, and to announce a new scan the history. ARGV: JSON, state, deletion limit in ms, history length.
 * Answers `{'committed', id of the state's entry}` or `{'scanGone', ''}`.
 *
 * Redis does not roll a MULTI back: a JSON.SET that it refuses would leave the state appended. A script stops at the
 * first refusal, and the JSON comes first.
 */
export const commitScript = `
if #KEYS == 2 then
  local ttl = redis.call('PTTL', KEYS[1])
  if ttl == -2 or (ttl >= 0 and ttl <= tonumber(ARGV[3])) then return {'scanGone', ''} end
end
redis.call('JSON.SET', KEYS[1], '$', ARGV[1])
if #KEYS == 3 then
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'key', KEYS[1])
end
return {'committed', redis.call('XADD', KEYS[2], '*', 'state', ARGV[2])}
`;
