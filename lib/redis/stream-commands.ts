/** The commands on data streams other than reading entries: where they stand, appending, sealing. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../model/errors.js';
import type { AppendResult, AppendWindow, Head, Key, Sealing, SealResult } from '../ports/database.js';
import { deletionSeconds } from '../wire/protocol.js';
import { appendScript } from '../wire/scripts/append-script.js';
import { sealScript } from '../wire/scripts/seal-script.js';
import { originId, sealId } from '../wire/stream-id.js';
import { isReplyError } from './redis-errors.js';
import { binaryEntries, decodeReply, lastGeneratedId, pipelineReplies } from './replies.js';
import { Script } from './script.js';

const append = new Script(appendScript);
const seal = new Script(sealScript);
const deletionMs = deletionSeconds * 1000;

type BinaryEntry = t.TypeOf<typeof binaryEntries>[number];

function fieldOf([, pairs]: BinaryEntry, name: string): Buffer | undefined {
  for (let i = 0; i + 1 < pairs.length; i += 2) if (pairs[i]?.equals(Buffer.from(name)) === true) return pairs[i + 1];
  return undefined;
}

const numberOf = (text: Buffer | undefined, what: string): number => {
  const value = Number(String(text));
  if (Number.isInteger(value) && value >= 0) return value;
  throw blissdataError('UnexpectedReply', { command: 'XREVRANGE', problems: [`expected ${what}, received ${String(text)}`] });
};
const entryIndex = (entry: BinaryEntry): number => numberOf(Buffer.from(String(entry[0]).split('-', 1)[0] ?? ''), 'an index as the id');
const entryLen = (entry: BinaryEntry): number => {
  const len = fieldOf(entry, 'len');
  return len === undefined ? 1 : numberOf(len, 'a number of points as len');
};
const sealedLength = (entry: BinaryEntry): number => numberOf(fieldOf(entry, 'id'), 'the number of points in the seal');

/** Existence, last entry and last id of each stream, in one transaction. */
export async function readHeads(redis: Redis, keys: readonly Key[]): Promise<readonly Head[]> {
  if (keys.length === 0) return [];
  const multi = redis.multi();
  for (const key of keys) multi.callBuffer('XREVRANGE', [key, '+', '-', 'COUNT', '1']).exists(key);
  const replies = pipelineReplies(await multi.exec(), keys.length * 2);
  return await Promise.all(
    keys.map(async (key, i) => {
      const [last] = decodeReply(binaryEntries, 'XREVRANGE', replies[2 * i]);
      if (last !== undefined) return headOf(key, last);
      const exists = decodeReply(t.number, 'EXISTS', replies[2 * i + 1]) === 1;
      return exists ? await readEmptiedHead(redis, key) : missing(key);
    }),
  );
}

function headOf(key: Key, last: BinaryEntry): Head {
  const sealed = last[0].equals(Buffer.from(sealId));
  return { key, exists: true, lastId: String(last[0]), length: sealed ? sealedLength(last) : entryIndex(last) + entryLen(last), sealed };
}

const missing = (key: Key): Head => ({ key, exists: false, lastId: originId, length: 0, sealed: false });

/** Trimmed to nothing: only the last id tells that there ever was a point, and at least how many. */
async function readEmptiedHead(redis: Redis, key: Key): Promise<Head> {
  try {
    const lastId = lastGeneratedId(await redis.call('XINFO', ['STREAM', key]));
    return { key, exists: true, lastId, length: Number(lastId.split('-', 1)[0]) + 1, sealed: lastId === sealId };
  } catch (error) {
    // Deleted since the transaction, which is no less true than what that saw.
    if (isReplyError(error) && error.message === 'ERR no such key') return missing(key);
    throw error;
  }
}

export async function appendWindow(redis: Redis, { key, scan, expected, entries }: AppendWindow): Promise<AppendResult> {
  const args: (string | number | Uint8Array)[] = [expected, deletionMs];
  let next = 0;
  for (const { index, len, payload } of entries) {
    // The script would notice only after it had appended those before.
    if (index < next) throw blissdataError('InvalidArgument', { argument: 'entries', expected: `an index from ${next}`, received: String(index) });
    next = index + len;
    args.push(index, len, payload);
  }
  const [tag, id] = decodeReply(t.tuple([t.string, t.string]), 'EVALSHA append', await append.run(redis, [key, scan], args));
  switch (tag) {
    case 'appended':
      return { _tag: 'appended', lastId: id };
    case 'conflict':
      return { _tag: 'conflict', found: id };
    case 'sealed':
    case 'scanGone':
      return { _tag: tag };
    default:
      throw blissdataError('UnexpectedReply', { command: 'EVALSHA append', problems: [`unknown outcome ${tag}`] });
  }
}

export async function sealStream(redis: Redis, { key, scan, length }: Sealing): Promise<SealResult> {
  const [tag, points] = decodeReply(t.tuple([t.string, t.number]), 'EVALSHA seal', await seal.run(redis, [key, scan], [deletionMs, length]));
  return tag === 'scanGone' ? { _tag: 'scanGone' } : { _tag: 'sealed', length: points };
}
