/** Turns the errors of ioredis, Node and Redis into `BlissdataError`s. The only place that tells errors apart by their text. */
import { blissdataError, isBlissdataError, type BlissdataError, type BlissdataErrorOf } from '../../model/errors.js';
import { plainError, textOf } from './secrets.js';
import { noTls, noTlsCode, tlsWanted, tlsWantedCode } from './tls-probe.js';

/** The command that failed. */
interface CommandContext {
  readonly url: string;
  readonly command: string;
  /** The key of a write: if the connection breaks meanwhile, its outcome is unknown. */
  readonly writes?: string;
}

/** Not `instanceof Error`: an error may come from another realm, as Node's own do in a test runner. */
const isError = (error: unknown): error is Error => typeof error === 'object' && error !== null && 'message' in error;

export const isReplyError = (error: unknown): error is Error => isError(error) && error.name === 'ReplyError';

/** The error that ioredis would make of an error reply, for connections that ioredis does not parse. */
export const errorReply = (text: string): Error => Object.assign(new Error(text), { name: 'ReplyError' });

/** An error reply's first word, its code: `WRONGTYPE`, `NOSCRIPT`, `OOM`, ... */
export const replyCode = (error: Error): string => error.message.split(' ', 1)[0] ?? '';

/** A command's failure. Server errors carry no `cause`: ioredis attaches the arguments to it, payloads and passwords included. */
export function commandError(error: unknown, { url, command, writes }: CommandContext): BlissdataError {
  if (isBlissdataError(error)) return error;
  if (isReplyError(error)) return replyError(replyBehind(error), { url, command, ...(writes === undefined ? {} : { writes }) });
  if (!saysLost(error)) return internal(error, command);
  if (writes !== undefined) return blissdataError('OutcomeUnknown', { key: writes, reason: textOf(error) }, plainError(error));
  return disconnected(error, url);
}

/** Node's codes for failures of the network or the other end. */
const lostCode = /^(E(CONN\w+|PIPE|TIMEDOUT|NOTFOUND|AI_\w+|HOST(UNREACH|DOWN)|NET\w+|ADDR\w+|NOTCONN|NOENT|ACCES|PERM|MFILE|NFILE|NOBUFS|PROTO)|ERR_(STREAM_(DESTROYED|PREMATURE_CLOSE|WRITE_AFTER_END|UNABLE_TO_PIPE)|SOCKET_\w+))$/;
/** What ioredis says of the same to commands in flight and new ones. */
const lostText = /^(Connection is closed|Stream isn't writeable|Socket timeout\. |no reply within |All sentinels are unreachable|Command queue state error|Unknown RESP type )/;
const lostName: ReadonlySet<string> = new Set(['AbortError', 'InterruptError', 'MaxRetriesPerRequestError', 'ParserError', 'ConnectionTimeoutError']);

/** Redis refuses to read on, and closes the connection after this reply. */
export const saysMalformed = (reply: string): boolean => /^ERR Protocol error: /.test(reply);

/** Whether an error means that a connection was lost or could not be opened. Another connection mends nothing else. */
export function saysLost(error: unknown): boolean {
  if (!isError(error)) return false;
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0) return error.errors.every(saysLost);
  if (lostName.has(error.name) || lostText.test(error.message)) return true;
  const code = 'code' in error ? String(error.code) : '';
  return lostCode.test(code) || tlsCode.test(code);
}

const internal = (error: unknown, where: string): BlissdataErrorOf<'InternalError'> => blissdataError('InternalError', { where, reason: textOf(error) }, plainError(error));

/** Node's codes for failures of TLS: OpenSSL's verdicts on certificates, alerts, its own errors. */
const tlsCode = /^ERR_(SSL|OSSL|TLS)_|CERT|SELF_SIGNED|^UNABLE_TO_/;

/** Whether a reachable server hung up, or answered in another protocol. */
export function isHangUp(error: unknown): boolean {
  if (!isError(error) || error.name === 'ReplyError') return false;
  return !('syscall' in error) || error.syscall === 'read' || error.syscall === 'write';
}

/** Why a connection could not be opened. */
export function connectError(error: unknown, url: string): BlissdataError {
  const code = isError(error) && 'code' in error ? String(error.code) : '';
  if (code === noTlsCode) return blissdataError('TlsFailed', { url, code, reason: noTls }, plainError(error));
  if (tlsCode.test(code) || (code === tlsWantedCode && textOf(error) === tlsWanted)) return blissdataError('TlsFailed', { url, code, reason: textOf(error) }, plainError(error));
  // ioredis wraps the reply of a Sentinel into the text of another error.
  const [, refused] = isError(error) ? (/ because ((?:WRONGPASS|NOAUTH|NOPERM) .*?)(?:; |$)/.exec(error.message) ?? []) : [];
  if (refused !== undefined) return replyError(refused, { url, command: 'SENTINEL' });
  return isReplyError(error) ? commandError(error, { url, command: 'connect' }) : disconnected(error, url);
}

/** The text of an error reply as an error. */
export function replyError(reply: string, { url, command, writes }: CommandContext): BlissdataError {
  const code = replyCode(errorReply(reply));
  if (code === 'OOM') return blissdataError('OutOfMemory', { key: writes ?? command });
  if (code === 'READONLY') return blissdataError('ReadOnlyReplica', { url, key: writes ?? command });
  // Sent instead of the first reply; then the server closes the connection.
  if (reply.startsWith('ERR max number of clients')) return blissdataError('Disconnected', { url, reason: reply });
  return busyCodes.has(code) ? blissdataError('ServerBusy', { command, code, reply }) : serverError(errorReply(reply), command);
}

/** The `ServerError` of an error reply. */
const serverError = (error: Error, command: string): BlissdataErrorOf<'ServerError'> => {
  // A script that lacks a permission reports it as an error of its own.
  const code = error.message.startsWith('ERR ACL failure') ? 'NOPERM' : replyCode(error);
  return blissdataError('ServerError', { command, code, reply: error.message });
};

/** Why a connection ended or could not be opened. A plain `Error` is one of this folder's own; one of the language (`TypeError`, ...) has nothing to do with the network. */
export function disconnected(error: unknown, url: string): BlissdataError {
  if (isBlissdataError(error)) return error;
  const isOurs = isError(error) && error.name === 'Error' && !('code' in error && String(error.code).startsWith('ERR_'));
  return isOurs || saysLost(error) ? blissdataError('Disconnected', { url, reason: textOf(error) }, plainError(error)) : internal(error, 'The connection');
}

/** Errors that pass by themselves. UNBLOCKED ends blocked commands when a master becomes a replica. */
const busyCodes: ReadonlySet<string> = new Set(['LOADING', 'BUSY', 'MASTERDOWN', 'TRYAGAIN', 'CLUSTERDOWN', 'UNBLOCKED']);

/** Whether an error means that the server is not, or no longer, a master: another server may be. */
export const saysReplica = (error: unknown): boolean => isReplyError(error) && /^(READONLY|UNBLOCKED|MASTERDOWN)\b/.test(replyBehind(error));

/** Whether RediSearch does not know the index. */
export const saysNoIndex = (error: unknown): boolean => isReplyError(error) && /no such index|unknown index name/i.test(replyBehind(error));

/** The reason for ending a connection over which a reply is overdue. */
export const silence = (ms: number): Error => new Error(`no reply within ${ms} ms`);

/** Whether a connection ended for that reason. */
export const saysSilence = (error: unknown): boolean => /^no reply within /.test(textOf(error));

/** The code of an error reply or, for a discarded transaction, of the error behind it. */
export const codeBehind = (error: Error): string => replyBehind(error).split(' ', 1)[0] ?? '';

/** For a discarded transaction the first error of its commands, or the reason that EXEC gives. */
function replyBehind(error: Error): string {
  if (replyCode(error) !== 'EXECABORT') return error.message;
  const first: unknown = 'previousErrors' in error && Array.isArray(error.previousErrors) ? error.previousErrors[0] : undefined;
  if (isError(first)) return first.message;
  const [, reason] = /because of: (\S+ .*)$/.exec(error.message) ?? [];
  return reason ?? error.message;
}
