/** Looks at keys that somebody waits for, without their payloads: what a blocking read does not tell. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import type { Id, Key } from '../../ports/database.js';
import { originId } from '../../wire/stream-id.js';
import { isReplyError, replyCode } from '../redis-errors.js';
import { decodeReply, lastGeneratedId } from '../replies.js';
import type { Armed, Found } from './armed-keys.js';

const outcomes = t.array(t.tuple([t.unknown, t.unknown]));
type Outcome = t.TypeOf<typeof outcomes>[number];

/** One pipeline over all keys; the answers come in the order of the keys. */
export async function lookAt(redis: Redis, keys: readonly (readonly [Key, Armed])[]): Promise<readonly Found[]> {
  const pipeline = redis.pipeline();
  // XINFO brings the first and the last entry along, payloads included: once after each arming, not at every look.
  const asksLastId = ([, { id, looked }]: readonly [Key, Armed]): boolean => looked === undefined && id !== originId;
  for (const entry of keys) {
    const [key] = entry;
    pipeline.call('PEXPIRETIME', [key]).xlen(key);
    if (asksLastId(entry)) pipeline.callBuffer('XINFO', ['STREAM', key]);
  }
  const replies = decodeReply(outcomes, 'EXEC', await pipeline.exec());
  let next = 0;
  return keys.map((entry) => {
    const expiry = numberIn(replies[next++]);
    const length = numberIn(replies[next++]);
    return { expiry, length, lastId: asksLastId(entry) ? lastIdIn(replies[next++]) : undefined };
  });
}

/** Undefined where the user may not ask, or where the key is no stream any more: that shows in its length being unknown. */
function numberIn(outcome: Outcome | undefined): number | undefined {
  return replyIn(outcome, (reply) => decodeReply(t.number, 'XLEN', reply));
}

function lastIdIn(outcome: Outcome | undefined): Id | undefined {
  return replyIn(outcome, lastGeneratedId);
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
