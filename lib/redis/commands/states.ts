/** Reads the newest states of many scans. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import type { Key } from '../../ports/keys.js';
import type { ScanRecord } from '../../ports/scans.js';
import { deletionMs, stateField } from '../../wire/protocol.js';
import { decodeReply } from '../connection/decode-reply.js';
import { fieldLua, scanLua, streamsLua } from './lua.js';
import { Script } from './script.js';

/**
 * KEYS: scans. ARGV: the deletion limit in ms. Returns for each nil if the scan is deleted, otherwise `{}` or `{id, state}` of its newest state.
 *
 * A script, because a scan's JSON says which stream holds its states: two plain commands would take two round trips.
 */
const states = new Script(`${scanLua}${streamsLua}${fieldLua}
local states = {}
for i, key in ipairs(KEYS) do
  states[i] = false
  if not scanDeleted(key, ARGV[1]) then
    states[i] = {}
    local stream = streamsOf(key, '$.state_stream.pk')[1]
    local entry = stream and redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
    local state = entry and field(entry, 'state')
    if state then states[i] = {entry[1], state} end
  end
end
return states
`, 'reads');

const stateReplies = t.array(t.union([t.null, t.array(t.string)]));

/** How many scans one script reads: the server does nothing else meanwhile. */
const scansPerScript = 500;

export async function readStates(redis: Redis, keys: readonly Key[]): Promise<readonly (Pick<ScanRecord, 'state'> | null)[]> {
  const parts = Array.from({ length: Math.ceil(keys.length / scansPerScript) }, (_, i) => keys.slice(i * scansPerScript, (i + 1) * scansPerScript));
  // All are sent before the first reply.
  const replies = await Promise.all(parts.map((part) => states.run(redis, part, [deletionMs])));
  return replies.flatMap((reply) => decodeReply(stateReplies, 'EVALSHA states', reply)).map((entry) => {
    if (entry === null) return null;
    const [id, state] = entry;
    return id === undefined || state === undefined ? {} : { state: { id, fields: { [stateField]: state } } };
  });
}
