/** Codecs of replies that several commands share. */
import * as t from 'io-ts';
import { blissdataError } from '../../model/errors.js';
import type { Id } from '../../ports/keys.js';
import type { LogEntry } from '../../ports/logs.js';
import { decodeReply } from '../connection/decode-reply.js';

/** Entries with text fields: `[[id, [name, value, ...]], ...]`. */
export const textEntries = t.array(t.tuple([t.string, t.array(t.string)]));

export const logEntry = ([id, pairs]: readonly [string, readonly string[]]): LogEntry => {
  const fields: [string, string][] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) fields.push([pairs[i] ?? '', pairs[i + 1] ?? '']);
  return { id, fields: Object.fromEntries(fields) };
};

export const logEntries = (command: string, reply: unknown): readonly LogEntry[] => decodeReply(textEntries, command, reply).map(logEntry);

/** The replies of a pipeline or transaction; throws the first error among them. */
export function pipelineReplies(replies: unknown, count: number): readonly unknown[] {
  const pairs = decodeReply(t.array(t.tuple([t.unknown, t.unknown])), 'EXEC', replies);
  if (pairs.length !== count) throw blissdataError('UnexpectedReply', { command: 'EXEC', problems: [`expected ${count} replies, received ${pairs.length}`] });
  return pairs.map(([error, reply]) => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- ioredis puts an Error or null here
    if (error !== null) throw error;
    return reply;
  });
}

// Numbers in the entries of data streams, as the scripts return them.
export const indexOfId = (id: Id): number => numberOf(id.split('-', 1)[0] ?? '', 'an index as the id');
export const pointsInLen = (len: string): number => numberOf(len, 'a number of points as len');
export const lengthInSeal = (text: string): number => numberOf(text, 'the number of points in the seal');

function numberOf(text: string, what: string): number {
  const value = text === '' ? NaN : Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw blissdataError('UnexpectedReply', { command: 'EVALSHA_RO', problems: [`expected ${what}, received ${text}`] });
}
