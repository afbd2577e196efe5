/**
 * Appends a window with large payloads by a transaction: all of its entries, or none. Lua would copy every payload twice.
 *
 * ```
 * WATCH stream scan | check | MULTI  →  its answers  →  XADD … | XADD … | EXEC
 * ```
 *
 * Redis carries EXEC out only if neither key has changed since WATCH, be it written, deleted, expired or replaced, and the check after
 * WATCH compares the last id as the script does. Entries are sent only after the check has passed and MULTI was answered: until EXEC they
 * are merely queued, and a connection that ends drops them. So whatever fails, nothing is appended; and nothing but the append itself is
 * ever seen by others, stored or replicated.
 */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import type { AppendResult, AppendWindow } from '../../ports/streams.js';
import { deletionMs } from '../../wire/protocol.js';
import { decodeReply } from '../connection/decode-reply.js';
import { sendEncoded, together } from '../connection/encoded-command.js';
import { codeBehind, isReplyError, replyCode } from '../connection/redis-errors.js';
import { copiedBytes, RequestBytes } from '../connection/request-bytes.js';
import { giveMemory, takeMemory } from '../connection/request-memory.js';
import { inTurn } from '../connection/turns.js';
import { verdictOf } from './append-result.js';
import { requireOrder } from './append.js';
import { refusalLua } from './lua.js';
import { Script } from './script.js';

/** KEYS and ARGV: as those of the script that appends, without entries. Returns the same, or `{'ready', ''}`. */
const check = new Script(`${refusalLua}
return refusal(KEYS[1], KEYS[2], ARGV[1], ARGV[2]) or {'ready', ''}`, 'reads');

/** A window that costs less by the script: there is one answer to wait for instead of two. */
const leastBytes = 128 << 10;
/** The least average payload: below, commands cost more than Lua's copies. */
const leastPayload = 1024;
/** How often a transaction is tried for which a watched key was touched without a conflict: trimmed, or the scan's JSON was changed. */
const mostTries = 3;
/** The most bytes that an entry's command takes, key and payload left out. */
const commandBytes = 128;

/** Whether the transaction is the faster way. A stream that may not exist yet is left to the script, as a transaction never makes a key. */
export const suitsTransaction = ({ expected, entries }: AppendWindow, size: number): boolean =>
  size >= leastBytes && size >= leastPayload * entries.length && expected !== '0-0';

/** Connections over which the server refuses what a transaction needs. */
const refusing = new WeakSet<Redis>();

/** Undefined if the server refuses transactions, or others touch the keys again and again: then the script is to append the window, or to say why not. */
export async function appendInTransaction(redis: Redis, window: AppendWindow): Promise<AppendResult | undefined> {
  requireOrder(window.entries);
  for (let i = 0; i < mostTries && !refusing.has(redis); i++) {
    const outcome = await inTurn(redis, (release) => attempt(redis, window, release));
    if (outcome !== 'touched') return outcome;
  }
  return undefined;
}

/** @param release to be called once others may send commands */
async function attempt(redis: Redis, window: AppendWindow, release: () => void): Promise<AppendResult | 'touched' | undefined> {
  const verdict = await opened(redis, window);
  if (verdict?._tag !== 'ready') {
    await abandoned(redis);
    return verdict;
  }
  const memory = takeMemory(redis, requestBytes(window));
  const { replied, refusal } = sent(redis, window, memory);
  release();
  const outcome = await executed(redis, window, replied, refusal);
  giveMemory(redis, memory);
  return outcome;
}

/** Watches, checks, and begins a transaction; undefined if the server refuses any of it. */
async function opened(redis: Redis, window: AppendWindow, inFull = false): Promise<AppendResult | { readonly _tag: 'ready' } | undefined> {
  const { key, scan, expected } = window;
  const keys = [key, scan];
  try {
    const [, verdict] = await Promise.all(together(redis, () => [redis.call('WATCH', keys), check.call(redis, keys, [deletionMs, expected], inFull), redis.call('MULTI')]));
    return verdictOf('EVALSHA_RO check', verdict);
  } catch (error) {
    if (!isReplyError(error)) throw error;
    const code = replyCode(error);
    if (code === 'NOSCRIPT') {
      await abandoned(redis);
      return opened(redis, window, true);
    }
    if (code === 'NOPERM' || code === 'ERR') refusing.add(redis);
    return undefined;
  }
}

/** Ends a transaction in which nothing was queued, and the watch. */
async function abandoned(redis: Redis): Promise<void> {
  try {
    await redis.call('EXEC');
  } catch (error) {
    // Whatever the reply says, there is no transaction any more.
    if (!isReplyError(error)) throw error;
  }
}

interface Sent {
  /** The reply to EXEC. */
  readonly replied: Promise<unknown>;
  /** The first error of the commands that were to be queued. */
  readonly refusal: () => Error | undefined;
}

function sent(redis: Redis, { key, entries }: AppendWindow, memory: Buffer): Sent {
  const request = new RequestBytes(memory);
  let refusal: Error | undefined;
  const note = (error: unknown): void => {
    // EXEC reports that a connection was lost.
    if (isReplyError(error)) refusal ??= error;
  };
  const replied = together(redis, () => {
    for (const { index, len, payload } of entries) {
      request.begin(len === 1 ? 6 : 8);
      for (const part of ['XADD', key, 'NOMKSTREAM']) request.text(part);
      request.entryId(index);
      request.text('payload');
      request.payload(payload);
      if (len !== 1) {
        request.text('len');
        request.integer(len);
      }
      sendEncoded(redis, 'XADD', request.cut()).catch(note);
    }
    request.begin(1);
    request.text('EXEC');
    return sendEncoded(redis, 'EXEC', request.end());
  });
  return { replied, refusal: () => refusal };
}

async function executed(redis: Redis, { entries }: AppendWindow, replied: Sent['replied'], refusal: Sent['refusal']): Promise<AppendResult | 'touched' | undefined> {
  let reply: unknown;
  try {
    reply = await replied;
  } catch (error) {
    if (!isReplyError(error)) throw error;
    if (codeBehind(error) !== 'NOPERM') throw refusal() ?? error;
    refusing.add(redis);
    return undefined;
  }
  const ids = decodeReply(t.union([t.null, t.array(t.unknown)]), 'EXEC', reply);
  if (ids === null) return 'touched';
  // The user lost a permission in the last moment, for all entries alike.
  const [refused] = ids.filter(isReplyError);
  if (refused !== undefined && ids.every(isReplyError)) throw refused;
  if (ids.length !== entries.length || !ids.every((id, i) => id === `${entries[i]?.index}-1`)) {
    throw blissdataError('UnexpectedReply', { command: 'EXEC', problems: [`${JSON.stringify(ids.slice(0, 3))} for ${entries.length} entries`] });
  }
  return { _tag: 'appended', lastId: String(ids.at(-1)) };
}

const requestBytes = ({ key, entries }: AppendWindow): number => entries.reduce((sum, { payload }) => sum + commandBytes + 3 * key.length + copiedBytes(payload), 0);
