/** What ioredis rejects with, as members of `BlissdataError`. The only place that looks at the text of an error. */
import { blissdataError, isBlissdataError, type BlissdataError, type BlissdataErrorOf } from '../../model/errors.js';
import { plainError, textOf } from './secrets.js';
import { noTls, noTlsCode, tlsWanted, tlsWantedCode } from './tls-doubts-connect.js';

/** What was going on when a command failed. */
export interface CommandContext {
  readonly url: string;
  readonly command: string;
  /** For writes: the key, so that a connection that broke under way says its outcome is unknown. */
  readonly writes?: string;
}

/** Not `instanceof Error`: an error may come from another realm, as Node's own do inside a test runner. */
const isError = (error: unknown): error is Error => typeof error === 'object' && error !== null && 'message' in error;

export const isReplyError = (error: unknown): error is Error => isError(error) && error.name === 'ReplyError';

/** An error reply of a connection that ioredis does not parse, as ioredis would reject with it. */
export const errorReply = (text: string): Error => Object.assign(new Error(text), { name: 'ReplyError' });

/** The first word of an error reply, which is its code: `WRONGTYPE`, `NOSCRIPT`, `OOM`, ... */
export const replyCode = (error: Error): string => error.message.split(' ', 1)[0] ?? '';

/** A command's failure. Replies of the server carry no `cause`: ioredis hangs the arguments on it, payloads and passwords included. */
export function commandError(error: unknown, { url, command, writes }: CommandContext): BlissdataError {
  if (isBlissdataError(error)) return error;
  if (isReplyError(error)) return replyError(replyBehind(error), { url, command, ...(writes === undefined ? {} : { writes }) });
  if (!saysLost(error)) return internal(error, command);
  if (writes !== undefined) return blissdataError('OutcomeUnknown', { key: writes, reason: textOf(error) }, plainError(error));
  return disconnected(error, url);
}

/** By what Node says that it is the network, or the other end. */
const lostCode = /^(E(CONN\w+|PIPE|TIMEDOUT|NOTFOUND|AI_\w+|HOST(UNREACH|DOWN)|NET\w+|ADDR\w+|NOTCONN|NOENT|ACCES|PERM|MFILE|NFILE|NOBUFS|PROTO)|ERR_(STREAM_(DESTROYED|PREMATURE_CLOSE|WRITE_AFTER_END|UNABLE_TO_PIPE)|SOCKET_\w+))$/;
/** By what ioredis says so, to whatever was under way or asked for. */
const lostText = /^(Connection is closed|Stream isn't writeable|Socket timeout\. |no reply within |All sentinels are unreachable|Command queue state error|Unknown RESP type )/;
const lostName: ReadonlySet<string> = new Set(['AbortError', 'InterruptError', 'MaxRetriesPerRequestError', 'ParserError', 'ConnectionTimeoutError']);

/** How Redis refuses to read on: it closes the connection after that. */
export const saysMalformed = (reply: string): boolean => /^ERR Protocol error: /.test(reply);

/** Whether an error is known to say that a connection was lost, or could not be had: everything else no other connection mends. */
export function saysLost(error: unknown): boolean {
  if (!isError(error)) return false;
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0) return error.errors.every(saysLost);
  if (lostName.has(error.name) || lostText.test(error.message)) return true;
  const code = 'code' in error ? String(error.code) : '';
  return lostCode.test(code) || tlsCode.test(code);
}

const internal = (error: unknown, where: string): BlissdataErrorOf<'InternalError'> => blissdataError('InternalError', { where, reason: textOf(error) }, plainError(error));

/** The codes by which Node says that TLS has failed: of OpenSSL's verdicts on certificates, of alerts and of its own. */
const tlsCode = /^ERR_(SSL|OSSL|TLS)_|CERT|SELF_SIGNED|^UNABLE_TO_/;

/** Whether a server that was there hung up on us, or answered in what is not its protocol. */
export function isHangUp(error: unknown): boolean {
  if (!isError(error) || error.name === 'ReplyError') return false;
  return !('syscall' in error) || error.syscall === 'read' || error.syscall === 'write';
}

/** Why a connection could not be opened. */
export function connectError(error: unknown, url: string): BlissdataError {
  const code = isError(error) && 'code' in error ? String(error.code) : '';
  if (code === noTlsCode) return blissdataError('TlsFailed', { url, code, reason: noTls }, plainError(error));
  if (tlsCode.test(code) || (code === tlsWantedCode && textOf(error) === tlsWanted)) return blissdataError('TlsFailed', { url, code, reason: textOf(error) }, plainError(error));
  // What a Sentinel answers comes as the text of another error.
  const [, refused] = isError(error) ? (/ because ((?:WRONGPASS|NOAUTH|NOPERM) .*?)(?:; |$)/.exec(error.message) ?? []) : [];
  if (refused !== undefined) return replyError(refused, { url, command: 'SENTINEL' });
  return isReplyError(error) ? commandError(error, { url, command: 'connect' }) : disconnected(error, url);
}

/** A reply that begins with `-`, by its text. */
export function replyError(reply: string, { url, command, writes }: CommandContext): BlissdataError {
  const code = replyCode(errorReply(reply));
  if (code === 'OOM') return blissdataError('OutOfMemory', { key: writes ?? command });
  if (code === 'READONLY') return blissdataError('ReadOnlyReplica', { url, key: writes ?? command });
  // Sent, and the connection closed, in place of the first answer.
  if (reply.startsWith('ERR max number of clients')) return blissdataError('Disconnected', { url, reason: reply });
  return busyCodes.has(code) ? blissdataError('ServerBusy', { command, code, reply }) : refusal(errorReply(reply), command);
}

/** That the server answered a command with an error. */
const refusal = (error: Error, command: string): BlissdataErrorOf<'ServerError'> => {
  // A script that runs into the limits of its user says so as an error of its own.
  const code = error.message.startsWith('ERR ACL failure') ? 'NOPERM' : replyCode(error);
  return blissdataError('ServerError', { command, code, reply: error.message });
};

/** Why a connection ended, or could not be had. Here a plain `Error` is one of this folder, in its own words; one of the language (`TypeError`, ...) is no matter of the network. */
export function disconnected(error: unknown, url: string): BlissdataError {
  if (isBlissdataError(error)) return error;
  const isOurs = isError(error) && error.name === 'Error' && !('code' in error && String(error.code).startsWith('ERR_'));
  return isOurs || saysLost(error) ? blissdataError('Disconnected', { url, reason: textOf(error) }, plainError(error)) : internal(error, 'The connection');
}

/** Answers of a server that has something else to do, and that pass by themselves. UNBLOCKED ends what waits at a master that becomes a replica. */
const busyCodes: ReadonlySet<string> = new Set(['LOADING', 'BUSY', 'MASTERDOWN', 'TRYAGAIN', 'CLUSTERDOWN', 'UNBLOCKED']);

/** Whether an answer says that the server is no master (any more), so that another server may be one. */
export const saysReplica = (error: unknown): boolean => isReplyError(error) && /^(READONLY|UNBLOCKED|MASTERDOWN)\b/.test(replyBehind(error));

/** Whether RediSearch has no index of that name. */
export const saysNoIndex = (error: unknown): boolean => isReplyError(error) && /no such index|unknown index name/i.test(replyBehind(error));

/** What ends a connection over which nothing came though an answer was due. */
export const silence = (ms: number): Error => new Error(`no reply within ${ms} ms`);

/** Whether that is why a connection ended. */
export const saysSilence = (error: unknown): boolean => /^no reply within /.test(textOf(error));

/** Why a transaction was discarded: what its commands were answered, or its EXEC. */
function replyBehind(error: Error): string {
  if (replyCode(error) !== 'EXECABORT') return error.message;
  const first: unknown = 'previousErrors' in error && Array.isArray(error.previousErrors) ? error.previousErrors[0] : undefined;
  if (isError(first)) return first.message;
  const [, reason] = /because of: (\S+ .*)$/.exec(error.message) ?? [];
  return reason ?? error.message;
}
