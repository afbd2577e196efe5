/** The commands of housekeeping: memory and clock, the journal, trimming, expiry that is only ever brought forward. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import type { Id, Key } from '../../ports/keys.js';
import type { LogEntry } from '../../ports/logs.js';
import type { Memory, Trim } from '../../ports/housekeeping.js';
import { decodeReply } from '../connection/decode-reply.js';
import { logEntries, pipelineReplies } from './replies.js';

/** INFO rather than CONFIG GET, which managed servers and strict permissions refuse. */
export async function readMemory(redis: Redis): Promise<Memory> {
  const [info, time] = pipelineReplies(await redis.pipeline().info('memory').time().exec(), 2);
  const text = decodeReply(t.string, 'INFO', info);
  const [seconds, microseconds] = decodeReply(t.tuple([t.union([t.string, t.number]), t.union([t.string, t.number])]), 'TIME', time);
  const limit = infoNumber(text, 'maxmemory');
  return { used: infoNumber(text, 'used_memory'), limit: limit === 0 ? null : limit, now: Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000) };
}

function infoNumber(text: string, name: string): number {
  const [, digits] = new RegExp(`^${name}:(\\d+)\\r?$`, 'm').exec(text) ?? [];
  if (digits === undefined) throw blissdataError('UnexpectedReply', { command: 'INFO', problems: [`expected a number ${name} in the section memory`] });
  return Number(digits);
}

export async function addRecord(redis: Redis, log: Key, fields: LogEntry['fields']): Promise<Id> {
  return decodeReply(t.string, 'XADD', await redis.xadd(log, '*', ...Object.entries(fields).flat()));
}

export async function oldestRecord(redis: Redis, log: Key): Promise<LogEntry | null> {
  const [oldest] = logEntries('XRANGE', await redis.xrange(log, '-', '+', 'COUNT', 1));
  return oldest ?? null;
}

export async function forgetRecords(redis: Redis, log: Key, before: number): Promise<void> {
  await redis.xtrim(log, 'MINID', '=', `${before}-0`);
}

/** How many streams one pipeline covers: its replies are small, but the server does nothing else meanwhile. */
const streamsAtOnce = 500;

export async function trimStreams(redis: Redis, trims: readonly Trim[]): Promise<number> {
  let trimmed = 0;
  for (let i = 0; i < trims.length; i += streamsAtOnce) trimmed += await trimSome(redis, trims.slice(i, i + streamsAtOnce));
  return trimmed;
}

async function trimSome(redis: Redis, trims: readonly Trim[]): Promise<number> {
  const lengths = redis.pipeline();
  for (const { key } of trims) lengths.xlen(key);
  const entries = pipelineReplies(await lengths.exec(), trims.length).map((reply) => decodeReply(t.number, 'XLEN', reply));
  // The last entry stays: it says how long the stream is, even of a stream that started anew with smaller ids.
  const worthwhile = trims.flatMap((trim, i) => ((entries[i] ?? 0) > 1 ? [{ trim, others: (entries[i] ?? 0) - 1 }] : []));
  if (worthwhile.length === 0) return 0;
  const trimming = redis.pipeline();
  for (const { trim, others } of worthwhile) {
    if (trim.exactly) trimming.xtrim(trim.key, 'MINID', '=', trim.before);
    else trimming.xtrim(trim.key, 'MINID', '~', trim.before, 'LIMIT', others);
  }
  const replies = pipelineReplies(await trimming.exec(), worthwhile.length);
  return replies.reduce<number>((sum, reply) => sum + decodeReply(t.number, 'XTRIM', reply), 0);
}

export async function expireKeysSooner(redis: Redis, keys: readonly Key[], ms: number): Promise<void> {
  if (keys.length === 0) return;
  const multi = redis.multi();
  for (const key of keys) multi.expire(key, Math.ceil(ms / 1000), 'LT');
  pipelineReplies(await multi.exec(), keys.length);
}
