/** The commands on data streams other than reading entries: where they stand, appending, sealing. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import type { Id, Key } from '../../ports/keys.js';
import type { AppendResult, AppendWindow, Block, Head, IndexRange, SealResult, Sealing } from '../../ports/streams.js';
import { deletionSeconds } from '../../wire/protocol.js';
import { appendScript } from './append-script.js';
import { entriesScript, headsScript } from './read-scripts.js';
import { sealScript } from './seal-script.js';
import { originId, sealId } from '../../wire/stream-id.js';
import { decodeReply } from './replies.js';
import { Script } from './script.js';

const append = new Script(appendScript);
const seal = new Script(sealScript);
const heads = new Script(headsScript, 'reads');
const entries = new Script(entriesScript, 'reads');
const deletionMs = deletionSeconds * 1000;

const numberOf = (text: string, what: string): number => {
  const value = text === '' ? NaN : Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw blissdataError('UnexpectedReply', { command: 'EVALSHA_RO', problems: [`expected ${what}, received ${text}`] });
};
const indexOf = (id: Id): number => numberOf(id.split('-', 1)[0] ?? '', 'an index as the id');
const pointsOf = (len: string): number => numberOf(len, 'a number of points as len');
const sealedLength = (text: string): number => numberOf(text, 'the number of points in the seal');

const headReplies = t.array(t.union([t.null, t.tuple([t.string, t.string, t.string])]));

/** Where streams stand, by one script: the last entry tells, and it may be an image. */
export async function readHeads(redis: Redis, keys: readonly Key[]): Promise<readonly Head[]> {
  if (keys.length === 0) return [];
  const replies = decodeReply(headReplies, 'EVALSHA_RO heads', await heads.run(redis, keys, []));
  return keys.map((key, i) => headOf(key, replies[i] ?? null));
}

function headOf(key: Key, found: readonly [string, string, string] | null): Head {
  if (found === null) return { key, exists: false, lastId: originId, length: 0, sealed: false };
  const [lastId, kind, text] = found;
  const head = { key, exists: true, lastId, sealed: lastId === sealId };
  if (kind === 'seal') return { ...head, length: sealedLength(text) };
  if (kind === 'points') return { ...head, length: indexOf(lastId) + pointsOf(text) };
  // Trimmed to nothing: the last id tells that there ever was a point, and at least how many. With the seal gone, only how many entries there were.
  return { ...head, length: head.sealed ? Math.max(Number(text) - 1, 0) : indexOf(lastId) + 1, emptied: true };
}

const entryReplies = t.array(t.tuple([t.string, t.string, t.string]));

/** How many bytes of payloads are looked at for entries without their payloads, beside the first. */
const lookedAt = 64 << 10;

/** The entries of a range without their payloads; at least one if there is any. */
export async function readBareEntries(redis: Redis, key: Key, { min, max, count = 1, reverse = false }: IndexRange): Promise<Block> {
  const [low, high] = [min === undefined ? '-' : String(min), max === undefined ? '+' : String(max)];
  const args = reverse ? ['XREVRANGE', high, low] : ['XRANGE', low, high];
  const found = [...decodeReply(entryReplies, 'EVALSHA_RO entries', await entries.run(redis, [key], [...args, count, lookedAt]))];
  if (reverse) found.reverse();
  const seal = found.find(([id]) => id === sealId);
  const points = found.filter(([id]) => id !== sealId);
  return {
    key,
    firsts: Float64Array.from(points, ([id]) => indexOf(id)),
    lens: Float64Array.from(points, ([, len]) => pointsOf(len)),
    ends: new Float64Array(points.length),
    bytes: new Uint8Array(0),
    ...(seal === undefined ? {} : { seal: sealedLength(seal[2]) }),
  };
}

export async function appendWindow(redis: Redis, { key, scan, expected, entries: added }: AppendWindow): Promise<AppendResult> {
  const args: (string | number | Uint8Array)[] = [expected, deletionMs];
  let next = 0;
  for (const { index, len, payload } of added) {
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
    case 'scanDeleted':
      return { _tag: tag };
    default:
      throw blissdataError('UnexpectedReply', { command: 'EVALSHA append', problems: [`unknown outcome ${tag}`] });
  }
}

export async function sealStream(redis: Redis, { key, scan, length }: Sealing): Promise<SealResult> {
  const [tag, points] = decodeReply(t.tuple([t.string, t.number]), 'EVALSHA seal', await seal.run(redis, [key, scan], [deletionMs, length]));
  return tag === 'scanDeleted' ? { _tag: 'scanDeleted' } : { _tag: 'sealed', length: points };
}
