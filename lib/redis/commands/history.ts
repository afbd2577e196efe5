/** Reading the scan history: its entries, and up to where it has lost some, as of the same moment. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import type { Id } from '../../ports/keys.js';
import type { HistoryPage } from '../../ports/logs.js';
import { historyKey } from '../../wire/protocol.js';
import { compareIds, predecessor } from '../../wire/stream-id.js';
import { isReplyError } from '../connection/redis-errors.js';
import { decodeReply, pipelineReplies, xreadLogEntries } from './replies.js';

/**
 * The entries and the state of the stream come in one transaction: between two looks entries may be trimmed off that neither has
 * seen. Where tracking works, CLIENT CACHING YES before the transaction arms a wake.
 */
export async function readHistory(redis: Redis, after: Id, count: number, arm: boolean): Promise<HistoryPage> {
  const pipeline = redis.pipeline();
  if (arm) pipeline.call('CLIENT', ['CACHING', 'YES']);
  pipeline.call('MULTI').xread('COUNT', count, 'STREAMS', historyKey, after).call('XINFO', ['STREAM', historyKey]).call('EXEC');
  const replies = pipelineReplies(await pipeline.exec(), arm ? 5 : 4);
  const [entries, info] = decodeReply(t.tuple([t.unknown, t.unknown]), 'EXEC', replies.at(-1));
  if (isReplyError(entries)) throw entries;
  const lostUntil = lastLost(info);
  return { entries: xreadLogEntries(entries), ...(lostUntil === undefined ? {} : { lostUntil }) };
}

const standing = t.type({
  length: t.number,
  'last-generated-id': t.string,
  'max-deleted-entry-id': t.string,
  'entries-added': t.number,
  'first-entry': t.union([t.null, t.tuple([t.string, t.unknown])]),
});

/** XADD MAXLEN and XTRIM take entries from the front, XDEL any; what was lost lies before the first that is left or the last one deleted. */
function lastLost(info: unknown): Id | undefined {
  if (isReplyError(info)) {
    if (info.message === 'ERR no such key') return undefined;
    throw info;
  }
  const stream = decodeReply(standing, 'XINFO', pairsOf(info));
  if (stream['entries-added'] <= stream.length) return undefined;
  const first = stream['first-entry'];
  if (first === null) return stream['last-generated-id'];
  const [deleted, trimmed] = [stream['max-deleted-entry-id'], predecessor(first[0])];
  return compareIds(deleted, trimmed) > 0 ? deleted : trimmed;
}

/** A flat list of names and values. */
function pairsOf(info: unknown): Readonly<Record<string, unknown>> {
  const list = decodeReply(t.array(t.unknown), 'XINFO', info);
  return Object.fromEntries(list.flatMap((name, i) => (i % 2 === 0 ? [[String(name), list[i + 1]]] : [])));
}
