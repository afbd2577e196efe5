/** What ioredis rejects with, as members of `BlissdataError`. The only place that looks at the text of an error. */
import { blissdataError, isBlissdataError, type BlissdataError, type BlissdataErrorOf } from '../model/errors.js';

/** What was going on when a command failed. */
export interface CommandContext {
  readonly url: string;
  readonly command: string;
  /** For writes: the key, so that a connection that broke under way says its outcome is unknown. */
  readonly writes?: string;
}

/** Not `instanceof Error`: an error may come from another realm, as Node's own do inside a test runner. */
const isError = (error: unknown): error is Error => typeof error === 'object' && error !== null && 'message' in error;

const textOf = (error: unknown): string => (isError(error) ? error.message : String(error));

export const isReplyError = (error: unknown): error is Error => isError(error) && error.name === 'ReplyError';

/** An error reply of a connection that ioredis does not parse, as ioredis would reject with it. */
export const errorReply = (text: string): Error => Object.assign(new Error(text), { name: 'ReplyError' });

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
  const error = errorReply(reply);
  return replyCode(error) === 'OOM' ? blissdataError('OutOfMemory', { key: writes ?? command }) : refusal(error, command);
}

/** That the server answered a command with an error. */
export const refusal = (error: Error, command: string): BlissdataErrorOf<'ServerError'> =>
  blissdataError('ServerError', { command, code: replyCode(error), reply: error.message });

export const disconnected = (error: unknown, url: string): BlissdataError =>
  isBlissdataError(error) ? error : blissdataError('Disconnected', { url, reason: textOf(error) }, error);
