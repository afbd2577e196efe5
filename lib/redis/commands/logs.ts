/** Reads streams of small records: the scan history and the states of scans. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import type { Id, Key } from '../../ports/keys.js';
import type { HistoryPage, LogEntry } from '../../ports/logs.js';
import { historyKey } from '../../wire/protocol.js';
import { compareIds, predecessor } from '../../wire/stream-id.js';
import { decodeReply } from '../connection/decode-reply.js';
import { isReplyError } from '../connection/redis-errors.js';
import { logEntries, logEntry, pipelineReplies, textEntries } from './replies.js';

/** @param track whether CLIENT CACHING YES, which applies to the next command, makes the server track the key */
export async function readLog(redis: Redis, key: Key, after: Id, count: number, track: boolean): Promise<readonly LogEntry[]> {
  const pipeline = redis.pipeline();
  if (track) pipeline.call('CLIENT', ['CACHING', 'YES']);
  pipeline.xread('COUNT', count, 'STREAMS', key, after);
  const replies = pipelineReplies(await pipeline.exec(), track ? 2 : 1);
  return xreadEntries(replies.at(-1));
}

/** Nil when there is nothing. */
function xreadEntries(reply: unknown): readonly LogEntry[] {
  const streams = decodeReply(t.union([t.null, t.tuple([t.tuple([t.string, textEntries])])]), 'XREAD', reply);
  return streams === null ? [] : streams[0][1].map(logEntry);
}

export async function readLogTail(redis: Redis, key: Key, max: Id, count: number): Promise<readonly LogEntry[]> {
  return logEntries('XREVRANGE', await redis.xrevrange(key, max, '-', 'COUNT', count));
}

/**
 * The entries and the state of the stream in one transaction: otherwise entries could be trimmed between the two commands, unseen by
 * both. With `track`, the server tracks the transaction's keys.
 */
export async function readHistory(redis: Redis, after: Id, count: number, track: boolean): Promise<HistoryPage> {
  const pipeline = redis.pipeline();
  if (track) pipeline.call('CLIENT', ['CACHING', 'YES']);
  pipeline.call('MULTI').xread('COUNT', count, 'STREAMS', historyKey, after).call('XINFO', ['STREAM', historyKey]).call('EXEC');
  const replies = pipelineReplies(await pipeline.exec(), track ? 5 : 4);
  const [entries, info] = decodeReply(t.tuple([t.unknown, t.unknown]), 'EXEC', replies.at(-1));
  if (isReplyError(entries)) throw entries;
  const lostUntil = lastLost(info);
  return { entries: xreadEntries(entries), ...(lostUntil === undefined ? {} : { lostUntil }) };
}

const streamInfo = t.type({
  length: t.number,
  'last-generated-id': t.string,
  'max-deleted-entry-id': t.string,
  'entries-added': t.number,
  'first-entry': t.union([t.null, t.tuple([t.string, t.unknown])]),
});

/** XADD MAXLEN and XTRIM remove entries from the front, XDEL any: lost entries precede the first one left, or end with the last one deleted. */
function lastLost(info: unknown): Id | undefined {
  if (isReplyError(info)) {
    if (info.message === 'ERR no such key') return undefined;
    throw info;
  }
  const stream = decodeReply(streamInfo, 'XINFO', pairsOf(info));
  if (stream['entries-added'] <= stream.length) return undefined;
  const first = stream['first-entry'];
  if (first === null) return stream['last-generated-id'];
  const [deleted, trimmed] = [stream['max-deleted-entry-id'], predecessor(first[0])];
  return compareIds(deleted, trimmed) > 0 ? deleted : trimmed;
}

/** A flat list of names and values as an object. */
function pairsOf(info: unknown): Readonly<Record<string, unknown>> {
  const list = decodeReply(t.array(t.unknown), 'XINFO', info);
  return Object.fromEntries(list.flatMap((name, i) => (i % 2 === 0 ? [[String(name), list[i + 1]]] : [])));
}
