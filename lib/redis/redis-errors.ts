/** What ioredis rejects with, as members of `BlissdataError`. The only place that looks at the text of an error. */
import { ReplyError } from 'ioredis';
import { blissdataError, isBlissdataError, type BlissdataError } from '../model/errors.js';

/** What was going on when a command failed. */
export interface CommandContext {
  readonly url: string;
  readonly command: string;
  /** For writes: the key, so that a connection that broke under way says its outcome is unknown. */
  readonly writes?: string;
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const isReplyError = (error: unknown): error is Error => error instanceof ReplyError;

/** The first word of an error reply, which is its code: `WRONGTYPE`, `NOSCRIPT`, `OOM`, ... */
export const replyCode = (error: Error): string => error.message.split(' ', 1)[0] ?? '';

/** A command's failure. Replies of the server carry no `cause`: ioredis hangs the arguments on it, payloads and passwords included. */
export function commandError(error: unknown, { url, command, writes }: CommandContext): BlissdataError {
  if (isBlissdataError(error)) return error;
  if (isReplyError(error)) return replyError(error.message, { url, command, ...(writes === undefined ? {} : { writes }) });
  if (writes !== undefined) return blissdataError('OutcomeUnknown', { key: writes, reason: textOf(error) }, error);
  return disconnected(error, url);
}

/** A reply that begins with `-`, by its text. */
export function replyError(reply: string, { command, writes }: CommandContext): BlissdataError {
  const code = reply.split(' ', 1)[0] ?? '';
  if (code === 'OOM') return blissdataError('OutOfMemory', { key: writes ?? command });
  return blissdataError('ServerError', { command, code, reply });
}

export const disconnected = (error: unknown, url: string): BlissdataError =>
  isBlissdataError(error) ? error : blissdataError('Disconnected', { url, reason: textOf(error) }, error);
