/** io-ts codecs of the replies of Redis that this adapter reads, and how a reply that does not fit is reported. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { blissdataError } from '../../model/errors.js';
import type { Id, Key } from '../../ports/keys.js';
import type { LogEntry } from '../../ports/logs.js';
import { problemsOf } from '../../wire/problems.js';

/** Decodes a reply, or throws `UnexpectedReply`. */
export function decodeReply<A>(codec: t.Decoder<unknown, A>, command: string, reply: unknown): A {
  const decoded = codec.decode(reply);
  if (E.isRight(decoded)) return decoded.right;
  throw blissdataError('UnexpectedReply', { command, problems: problemsOf(decoded.left) });
}

const bufferReply = new t.Type<Buffer, Buffer, unknown>('bytes', (u): u is Buffer => Buffer.isBuffer(u), (u, c) => (Buffer.isBuffer(u) ? t.success(u) : t.failure(u, c)), t.identity);

/** Entries with text fields: `[[id, [name, value, ...]], ...]`. */
const textEntries = t.array(t.tuple([t.string, t.array(t.string)]));

/** Entries with binary values. */
const binaryEntries = t.array(t.tuple([bufferReply, t.array(bufferReply)]));

const logEntry = ([id, pairs]: readonly [string, readonly string[]]): LogEntry => {
  const fields: [string, string][] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) fields.push([pairs[i] ?? '', pairs[i + 1] ?? '']);
  return { id, fields: Object.fromEntries(fields) };
};

export const logEntries = (command: string, reply: unknown): readonly LogEntry[] => decodeReply(textEntries, command, reply).map(logEntry);

/** XREAD over one stream: nil when there is nothing. */
export function xreadLogEntries(reply: unknown): readonly LogEntry[] {
  const streams = decodeReply(t.union([t.null, t.tuple([t.tuple([t.string, textEntries])])]), 'XREAD', reply);
  return streams === null ? [] : streams[0][1].map(logEntry);
}

/** XREAD over many streams, for the keys that have something and the id of the first entry of each: nil when there is nothing. */
export function xreadFirstIds(reply: unknown): readonly (readonly [Key, Id])[] {
  const streams = decodeReply(t.union([t.null, t.array(t.tuple([bufferReply, binaryEntries]))]), 'XREAD', reply) ?? [];
  return streams.flatMap(([key, [first]]) => (first === undefined ? [] : [[String(key), String(first[0])] as const]));
}

/** The replies of a pipeline or transaction: throws the first error among them. */
export function pipelineReplies(replies: unknown, count: number): readonly unknown[] {
  const pairs = decodeReply(t.array(t.tuple([t.unknown, t.unknown])), 'EXEC', replies);
  if (pairs.length !== count) throw blissdataError('UnexpectedReply', { command: 'EXEC', problems: [`expected ${count} replies, received ${pairs.length}`] });
  return pairs.map(([error, reply]) => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- ioredis puts an Error or null here
    if (error !== null) throw error;
    return reply;
  });
}
