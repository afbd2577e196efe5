/** Looks at keys that somebody waits for, without their payloads: what a blocking read does not tell. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import type { Id, Key } from '../../ports/keys.js';
import { lastIdsScript } from '../commands/read-scripts.js';
import { originId } from '../../wire/stream-id.js';
import { isReplyError, replyCode } from '../connection/redis-errors.js';
import { decodeReply } from '../commands/replies.js';
import { Script } from '../commands/script.js';
import type { Armed, Found } from './watched-keys.js';

const lastIds = new Script(lastIdsScript, 'reads');
const outcomes = t.array(t.tuple([t.unknown, t.unknown]));
type Outcome = t.TypeOf<typeof outcomes>[number];

/** One pipeline over all keys, and a script over those whose last ids are wanted; the answers come in the order of the keys. */
export async function lookAt(redis: Redis, keys: readonly (readonly [Key, Armed])[]): Promise<readonly Found[]> {
  const pipeline = redis.pipeline();
  for (const [key] of keys) pipeline.call('PEXPIRETIME', [key]).xlen(key);
  // Once after each arming, not at every look: the last entries are looked at for it.
  const asked = keys.flatMap(([key, { id, looked }]) => (looked === undefined && id !== originId ? [key] : []));
  const [found, ids] = await Promise.all([pipeline.exec(), lastIdsOf(redis, asked)]);
  const replies = decodeReply(outcomes, 'EXEC', found);
  return keys.map(([key], i) => ({ expiry: numberIn(replies[2 * i]), length: numberIn(replies[2 * i + 1]), lastId: ids.get(key) }));
}

/** Of those that are there; of none where the user may not run scripts. */
async function lastIdsOf(redis: Redis, keys: readonly Key[]): Promise<ReadonlyMap<Key, Id>> {
  if (keys.length === 0) return new Map();
  try {
    const ids = decodeReply(t.array(t.union([t.null, t.string])), 'EVALSHA_RO ids', await lastIds.run(redis, keys, []));
    return new Map(keys.flatMap((key, i) => (typeof ids[i] === 'string' ? [[key, ids[i]] as const] : [])));
  } catch (error) {
    if (isReplyError(error) && refusals.has(replyCode(error))) return new Map();
    throw error;
  }
}

/** Undefined where the user may not ask, or where the key is no stream any more: that shows in its length being unknown. */
function numberIn(outcome: Outcome | undefined): number | undefined {
  return replyIn(outcome, (reply) => decodeReply(t.number, 'XLEN', reply));
}

function replyIn<A>(outcome: Outcome | undefined, decode: (reply: unknown) => A): A | undefined {
  const [error, reply] = outcome ?? [null, undefined];
  if (error === null) return decode(reply);
  if (isReplyError(error) && refusals.has(replyCode(error))) return undefined;
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- ioredis puts an Error here
  throw error;
}

/** Not permitted, no stream any more, no such key: what the other answers tell as well. */
const refusals: ReadonlySet<string> = new Set(['NOPERM', 'WRONGTYPE', 'ERR']);
