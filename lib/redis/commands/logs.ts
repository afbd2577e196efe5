/** The commands on streams of small records: the scan history and the scans' states. */
import type { Redis } from 'ioredis';
import type { Id, Key } from '../../ports/keys.js';
import type { LogEntry } from '../../ports/logs.js';
import { logEntries, pipelineReplies, xreadLogEntries } from './replies.js';

/** Reads a log and, where tracking works, arms a wake for it: CLIENT CACHING YES speaks of the command right after it. */
export async function readLog(redis: Redis, key: Key, after: Id, count: number, arm: boolean): Promise<readonly LogEntry[]> {
  const pipeline = redis.pipeline();
  if (arm) pipeline.call('CLIENT', ['CACHING', 'YES']);
  pipeline.xread('COUNT', count, 'STREAMS', key, after);
  const replies = pipelineReplies(await pipeline.exec(), arm ? 2 : 1);
  return xreadLogEntries(replies.at(-1));
}

export async function readLogTail(redis: Redis, key: Key, max: Id, count: number): Promise<readonly LogEntry[]> {
  return logEntries('XREVRANGE', await redis.xrevrange(key, max, '-', 'COUNT', count));
}
