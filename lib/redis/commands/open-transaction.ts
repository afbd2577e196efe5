/**
 * Begins the transaction in which a window is appended: watches its keys and checks that nothing keeps it out of its stream.
 *
 * ```
 * window a:  WATCH check MULTI     XADD … EXEC
 * window b:                                    WATCH check MULTI     XADD … EXEC
 * ```
 *
 * For a stream whose windows follow each other, it is begun behind the EXEC of the window before, so that the next entries go out as soon as
 * that has been answered: the server would have nothing to do meanwhile.
 */
import type { Redis } from 'ioredis';
import type { AppendResult, AppendWindow } from '../../ports/streams.js';
import { deletionMs } from '../../wire/protocol.js';
import { afterTurn } from '../connection/after-turn.js';
import { together } from '../connection/encoded-command.js';
import { isReplyError, replyCode, saysLost } from '../connection/redis-errors.js';
import { inTurn } from '../connection/turns.js';
import { verdictOf } from './append-result.js';
import { refusalLua } from './lua.js';
import { Script } from './script.js';

/** Where a window goes. */
export type Place = Pick<AppendWindow, 'key' | 'scan' | 'expected'>;

/** Undefined if the server refuses any of the commands, or only the script can say. */
export type Verdict = AppendResult | { readonly _tag: 'ready' } | undefined;

/** A transaction that was begun before its window was there. */
export interface Ahead extends Place {
  /** Undefined until the server has answered, and if it refused. */
  verdict: Verdict;
  readonly answered: Promise<void>;
}

/**
 * KEYS and ARGV: as those of the script that appends, without entries. Returns the same, or `{'ready', ''}`; `{'unsure', ''}` if an entry at
 * the end was deleted: Redis then refuses ids that are not greater than the deleted one, of a transaction those alone.
 *
 * Of all payloads, XINFO with FULL and COUNT copies only the first.
 */
const check = new Script(`${refusalLua}
local function endsWith(stream, expected)
  if redis.call('EXISTS', stream) == 0 then return false end
  local info, last, deleted = redis.call('XINFO', 'STREAM', stream, 'FULL', 'COUNT', 1), nil, nil
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = info[i + 1] end
    if info[i] == 'max-deleted-entry-id' then deleted = info[i + 1] end
  end
  return last == expected and deleted ~= expected
end
local sealed = '18446744073709551615-18446744073709551615'
if ARGV[2] ~= sealed and not scanDeleted(KEYS[2], ARGV[1]) and endsWith(KEYS[1], ARGV[2]) then return {'ready', ''} end
return refusal(KEYS[1], KEYS[2], ARGV[1], ARGV[2]) or {'unsure', ''}`, 'reads');

/** Connections over which the server refuses what a transaction needs. */
const refusing = new WeakSet<Redis>();

export const refusesTransactions = (redis: Redis): boolean => refusing.has(redis);

export function refuseTransactions(redis: Redis): void {
  refusing.add(redis);
}

/** What was begun ahead on a connection. */
const begun = new WeakMap<Redis, Ahead>();

/** Begins a transaction behind the commands that were sent last. */
export function openAhead(redis: Redis, { key, scan, expected }: Place): Ahead {
  const note = (verdict: Verdict): void => {
    ahead.verdict = verdict;
  };
  // An error concerns the window before as well, or is met again when the window is there.
  const ahead: Ahead = { key, scan, expected, verdict: undefined, answered: begin(redis, { key, scan, expected }).then(note, () => note(undefined)) };
  begun.set(redis, ahead);
  return ahead;
}

/** Ends a transaction that was begun ahead, unless its window comes before the event loop turns. */
export function endUnlessUsed(redis: Redis, ahead: Ahead): void {
  const isUnused = (): boolean => begun.get(redis) === ahead;
  const end = async (): Promise<void> => {
    if (!isUnused()) return;
    begun.delete(redis);
    await endTransaction(redis);
  };
  afterTurn(() => {
    if (!isUnused()) return;
    inTurn(redis, end).catch((error: unknown) => {
      // With the connection, the transaction is over as well.
      if (!saysLost(error)) throw error;
    });
  });
}

/** The verdict on a window whose transaction was begun ahead and has been answered. */
export function takeAhead(redis: Redis, place: Place): Verdict {
  const ahead = begun.get(redis);
  if (ahead?.verdict === undefined || !isFor(ahead, place)) return undefined;
  begun.delete(redis);
  return ahead.verdict;
}

/** Watches, checks, and begins a transaction. */
export async function openTransaction(redis: Redis, place: Place): Promise<Verdict> {
  const ahead = begun.get(redis);
  if (ahead !== undefined) {
    if (isFor(ahead, place)) await ahead.answered;
    begun.delete(redis);
    if (isFor(ahead, place) && ahead.verdict !== undefined) return ahead.verdict;
    const [, verdict] = await Promise.all([endTransaction(redis), open(redis, place)]);
    return verdict;
  }
  return open(redis, place);
}

async function open(redis: Redis, place: Place, inFull = false): Promise<Verdict> {
  try {
    return await begin(redis, place, inFull);
  } catch (error) {
    if (!isReplyError(error)) throw error;
    const code = replyCode(error);
    if (code === 'NOSCRIPT') {
      await endTransaction(redis);
      return open(redis, place, true);
    }
    if (code === 'NOPERM' || code === 'ERR') refuseTransactions(redis);
    return undefined;
  }
}

/** @param inFull whether the check is sent as its text, which the server knows from then on */
async function begin(redis: Redis, { key, scan, expected }: Place, inFull = false): Promise<Verdict> {
  const keys = [key, scan];
  const [, verdict] = await Promise.all(together(redis, () => [redis.call('WATCH', keys), check.call(redis, keys, [deletionMs, expected], inFull), redis.call('MULTI')]));
  const outcome = verdictOf('EVALSHA_RO check', verdict);
  return outcome._tag === 'unsure' ? undefined : outcome;
}

/** Ends a transaction in which nothing was queued, and the watch. */
export async function endTransaction(redis: Redis): Promise<void> {
  try {
    await redis.call('EXEC');
  } catch (error) {
    // Whatever the reply says, there is no transaction any more.
    if (!isReplyError(error)) throw error;
  }
}

const isFor = (ahead: Place, { key, scan, expected }: Place): boolean => ahead.key === key && ahead.scan === scan && ahead.expected === expected;
