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
import type { Key } from '../../ports/keys.js';
import type { AppendResult, AppendWindow } from '../../ports/streams.js';
import { entryId } from '../../wire/stream-id.js';
import { decodeReply } from '../connection/decode-reply.js';
import { afterTurn } from '../connection/after-turn.js';
import { sendEncoded, together } from '../connection/encoded-command.js';
import { codeBehind, isReplyError, saysLost } from '../connection/redis-errors.js';
import { copiedBytes, RequestBytes } from '../connection/request-bytes.js';
import { giveMemory, takeMemory } from '../connection/request-memory.js';
import { inTurn, type Turn } from '../connection/turns.js';
import { requireOrder } from './append.js';
import { endTransaction, endUnlessUsed, openAhead, openTransaction, refusesTransactions, refuseTransactions, takeAhead, type Ahead, type Verdict } from './open-transaction.js';

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

/** The stream of the window that was appended over a connection since the event loop turned. */
const justAppended = new WeakMap<Redis, Key>();

/** Undefined if the server refuses transactions, or others touch the keys again and again, or the connection is lost before an entry was sent: then the script is to append the window, or to say why not. */
export async function appendInTransaction(redis: Redis, window: AppendWindow): Promise<AppendResult | undefined> {
  requireOrder(window.entries);
  for (let i = 0; i < mostTries && !refusesTransactions(redis); i++) {
    const outcome = await inTurn(redis, (turn) => attempt(redis, window, turn));
    if (outcome !== 'touched') return outcome;
  }
  return undefined;
}

async function attempt(redis: Redis, window: AppendWindow, { release, isAwaited }: Turn): Promise<AppendResult | 'touched' | undefined> {
  // Without a turn of the event loop in between, the windows of a stream follow each other: there will be another one.
  const isFollowed = justAppended.get(redis) === window.key;
  // Not awaited if it is known: meanwhile the writer would copy more points, and the server wait.
  const verdict = takeAhead(redis, window) ?? (await openedTransaction(redis, window));
  if (verdict?._tag !== 'ready') {
    if (redis.stream.writable) await endTransaction(redis);
    return verdict;
  }
  const memory = takeMemory(redis, requestBytes(window));
  const { replied, refusal, ahead } = sent(redis, window, memory, isFollowed && !isAwaited());
  release();
  try {
    const outcome = await executed(redis, window, replied, refusal);
    giveMemory(redis, memory);
    if (outcome !== undefined && outcome !== 'touched') noteAppended(redis, window.key);
    return outcome;
  } finally {
    if (ahead !== undefined) endUnlessUsed(redis, ahead);
  }
}

/** Undefined as well if the connection is lost: no entry was sent, so the window has no part in that, and may go over another one. */
async function openedTransaction(redis: Redis, window: AppendWindow): Promise<Verdict> {
  try {
    return await openTransaction(redis, window);
  } catch (error) {
    if (saysLost(error)) return undefined;
    throw error;
  }
}

function noteAppended(redis: Redis, key: Key): void {
  justAppended.set(redis, key);
  afterTurn(() => justAppended.delete(redis));
}

interface Sent {
  /** The reply to EXEC. */
  readonly replied: Promise<unknown>;
  /** The first error of the commands that were to be queued. */
  readonly refusal: () => Error | undefined;
  /** The transaction of the next window. */
  readonly ahead: Ahead | undefined;
}

function sent(redis: Redis, { key, scan, entries }: AppendWindow, memory: Buffer, isFollowed: boolean): Sent {
  let ahead: Ahead | undefined;
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
    const reply = sendEncoded(redis, 'EXEC', request.end());
    const last = entries.at(-1);
    if (isFollowed && last !== undefined) ahead = openAhead(redis, { key, scan, expected: entryId(last.index) });
    return reply;
  });
  return { replied, refusal: () => refusal, ahead };
}

async function executed(redis: Redis, { entries }: AppendWindow, replied: Sent['replied'], refusal: Sent['refusal']): Promise<AppendResult | 'touched' | undefined> {
  let reply: unknown;
  try {
    reply = await replied;
  } catch (error) {
    if (!isReplyError(error)) throw error;
    if (codeBehind(error) !== 'NOPERM') throw refusal() ?? error;
    refuseTransactions(redis);
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
