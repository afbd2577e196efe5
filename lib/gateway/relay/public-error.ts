/** Errors as they may leave a gateway: they say what happened to the client's request, and nothing of where the database is or who asks it. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, foldError, isBlissdataError, type BlissdataError, type ErrorTag } from '../../model/errors.js';
import { errorFields } from '../../wire/error-field-decoders.js';
import { errorToJson, type ErrorJson } from '../../wire/error-json.js';

/** About scans, streams, arguments and files: their fields come from the client or from what it may read. All that is not listed stays inside. */
const open: ReadonlySet<ErrorTag> = new Set<ErrorTag>([
  'OutOfMemory',
  'GatewayLimit',
  'HistoryGap',
  'InvalidArgument',
  'IndexIncomplete',
  'UnsupportedQuery',
  'ScanNotFound',
  'ScanValidation',
  'ScanNotClosed',
  'UnauthorizedStateTransition',
  'ScanConflict',
  'InfoNotWritable',
  'MetadataTooLarge',
  'StreamNotFound',
  'StreamAlreadyExists',
  'DtypeMismatch',
  'UnsupportedDtype',
  'UnknownEncoding',
  'MissingPlugin',
  'BrokenPlugin',
  'InvalidEntry',
  'InvalidPoint',
  'IndexNotYetThere',
  'IndexWontBeThere',
  'IndexNoMoreThere',
  'IndexOutOfRange',
  'NotInFile',
  'PointsMismatch',
  'StreamDeleted',
  'StreamRewound',
  'StreamOverlap',
  'StreamSealed',
  'WriteConflict',
  'Overflow',
  'TooFarAhead',
  'UnsupportedFile',
  'InvalidImage',
  'MissingPackage',
]);

const more = "the gateway's log says more";

/** Replies that name the gateway's user, or what it may do. */
const aboutUsers: ReadonlySet<string> = new Set(['NOPERM', 'NOAUTH', 'WRONGPASS', 'DENIED']);

/** URLs, addresses, hosts with a port, and paths of files. Looked for at the beginning of words only, or the time would grow with the square of a word's length. */
const addresses = [
  /(?<![a-z\d+.-])[a-z\d+.-]+:\/\/[^\s'"]+/gi,
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g,
  /\[?(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}\]?(?::\d+)?/gi,
  /(?<![\w.-])[\w.-]+:\d{2,5}\b/g,
  /(?<!\w)\/(?:[\w.-]+\/)+[\w.-]*/g,
];

const withoutAddresses = (text: string): string => addresses.reduce((left, address) => left.replace(address, '…'), text);

const replyOf = ({ code, reply }: { readonly code: string; readonly reply: string }): string => (aboutUsers.has(code) ? `${code}: ${more}` : withoutAddresses(reply));

const inside = (): BlissdataError => blissdataError('InternalError', { where: 'The gateway', reason: more });

/** The error that a client gets for one of the gateway's. @param name what clients call the database */
export function publicFailure(error: unknown, name: string): BlissdataError {
  if (!isBlissdataError(error) || !Object.hasOwn(errorFields, error._tag)) return inside();
  return foldError<BlissdataError>(error, {
    Disconnected: () => blissdataError('Disconnected', { url: name, reason: 'the gateway has no connection to it' }),
    // The gateway's own; the client's store is open.
    StoreClosed: () => blissdataError('Disconnected', { url: name, reason: 'the gateway closes' }),
    TlsFailed: ({ code }) => blissdataError('TlsFailed', { url: name, code: /^\w*$/.test(code) ? code : '', reason: 'the gateway has no secure connection to it' }),
    OutcomeUnknown: ({ key }) => blissdataError('OutcomeUnknown', { key, reason: 'the gateway lost its connection to the database' }),
    ServerError: ({ command, code, reply }) => blissdataError('ServerError', { command, code, reply: replyOf({ code, reply }) }),
    ServerBusy: ({ command, code, reply }) => blissdataError('ServerBusy', { command, code, reply: replyOf({ code, reply }) }),
    ReadOnlyReplica: ({ key }) => blissdataError('ReadOnlyReplica', { url: name, key }),
    RequestTooLarge: ({ key, size, reason }) => blissdataError('RequestTooLarge', { key, size, reason: withoutAddresses(reason) }),
    PointTooLarge: ({ reason, key, stream, index, size }) => blissdataError('PointTooLarge', { key, stream, index, size, reason: withoutAddresses(reason) }),
    UnexpectedReply: ({ command, problems }) => blissdataError('UnexpectedReply', { command, problems: problems.map(withoutAddresses) }),
    NotInitialized: () => blissdataError('NotInitialized', { url: name }),
    ProtocolVersionMismatch: ({ expected, found }) => blissdataError('ProtocolVersionMismatch', { url: name, expected, found }),
    AccessDenied: ({ reason }) => blissdataError('AccessDenied', { url: name, reason }),
    GatewayMismatch: ({ expected, found }) => blissdataError('GatewayMismatch', { url: name, expected, found }),
    // The path is the publisher's; Node's messages name the one that was opened.
    FileNotReadable: ({ path, reason }) => blissdataError('FileNotReadable', { path, reason: reason.includes('/') ? more : reason }),
    PathNotAllowed: ({ path }) => blissdataError('PathNotAllowed', { path, roots: ['a folder that the gateway serves'] }),
    otherwise: asItIs,
  });
}

/** Without its cause and what does not belong to its tag. */
function asItIs(error: BlissdataError): BlissdataError {
  if (!open.has(error._tag)) return inside();
  const fields = errorFields[error._tag].decode(error);
  return E.isLeft(fields) ? inside() : remade(error._tag, fields.right);
}

const remade = <Tag extends ErrorTag>(tag: Tag, fields: Parameters<typeof blissdataError<Tag>>[1]): BlissdataError => blissdataError<Tag>(tag, fields);

/** The same as the JSON of a message. */
export function publicError(error: unknown, name: string): ErrorJson {
  const { stack, ...json } = errorToJson(publicFailure(error, name));
  return json;
}
