/** Every way blissdata-rx can fail, as one tagged union: `BlissdataError`. */
import type { ErrorFields } from './error-fields.js';
import { listed } from './describe.js';
import { scanStateName } from './scan-state.js';

export type { ErrorFields } from './error-fields.js';

export type ErrorTag = keyof ErrorFields;

/** One member of the union, by its tag (or several): an `Error` with `_tag`, `retriable`, `cause` and the tag's own fields. */
export type BlissdataErrorOf<Tag extends ErrorTag> = Tag extends ErrorTag
  ? Error & {
      readonly _tag: Tag;
      /** Whether the same call may succeed later without the caller changing anything. */
      readonly retriable: boolean;
      readonly cause?: unknown;
    } & ErrorFields[Tag]
  : never;

/**
 * Every failure of this package. Observables error with it, Promises reject with it.
 * Tell members apart by {@link isBlissdataError}, `_tag` or {@link foldError}, never by the message.
 */
export type BlissdataError = BlissdataErrorOf<ErrorTag>;

const messages: { readonly [Tag in ErrorTag]: (e: ErrorFields[Tag]) => string } = {
  InvalidUrl: (e) => `Invalid URL: expected ${e.expected}, received ${e.received}`,
  Disconnected: (e) => `No connection to ${e.url}: ${e.reason}`,
  TlsFailed: (e) => `No secure connection to ${e.url}: ${e.reason}`,
  OutcomeUnknown: (e) => `The connection broke during a write to ${e.key}, which may or may not have happened: ${e.reason}`,
  ServerError: (e) => `Redis refused ${e.command}: ${e.reply}`,
  ServerBusy: (e) => `Redis cannot answer ${e.command} now: ${e.reply}`,
  ReadOnlyReplica: (e) => `The server at ${e.url} is a read-only replica: nothing was written to ${e.key}`,
  OutOfMemory: (e) => `Redis is out of memory: nothing was written to ${e.key}`,
  RequestTooLarge: (e) => `A write of ${e.size} bytes to ${e.key} is too large for the server: ${e.reason}`,
  InternalError: (e) => `${e.where} failed unexpectedly: ${e.reason}`,
  UnexpectedReply: (e) => `Unexpected reply to ${e.command}: ${e.problems.join('; ')}`,
  NotInitialized: (e) => `The database at ${e.url} is not initialized for blissdata: run DataStore.init on an empty database`,
  ProtocolVersionMismatch: (e) => `The database at ${e.url} uses blissdata protocol ${e.found}, this package supports ${e.expected}`,
  DatabaseNotEmpty: (e) => `The database at ${e.url} is not empty (${e.keys} keys): only an empty database can be initialized`,
  MissingModule: (e) => `The Redis server at ${e.url} lacks the modules ${e.missing.join(', ')}`,
  NoMemoryLimit: (e) => `The Redis server at ${e.url} has no memory limit: set maxmemory in its configuration`,
  NoServer: (e) => `No Redis server with RedisJSON and RediSearch could be started.\n${e.tried.map((line) => `  - ${line}`).join('\n')}\n${e.advice}`,
  PortInUse: (e) => `Port ${e.port} is in use: choose another one, or 0 for any free port`,
  StoreClosed: () => 'The store is closed',
  AccessDenied: (e) => `The gateway at ${e.url} denied access: ${e.reason}`,
  GatewayLimit: (e) => `The gateway allows at most ${e.limit} ${e.what}`,
  GatewayMismatch: (e) => `The gateway at ${e.url} uses protocol ${e.found}, this package supports ${e.expected}`,
  HistoryGap: (e) => `The scan history may have lost scans created after ${e.since}: it is complete after ${e.completeAfter}`,
  InvalidArgument: (e) => `Invalid ${e.argument}: expected ${e.expected}, received ${e.received}`,
  IndexIncomplete: (e) => `The search index ${e.index} is still being built: it covers ${e.percent} % of the scans`,
  UnsupportedQuery: (e) => `Cannot search by ${e.field}: expected ${e.expected}, received ${e.received}`,
  ScanNotFound: (e) => `No scan at ${e.key}: it was deleted, or the key is wrong`,
  ScanValidation: (e) => `The scan at ${e.key} is not valid: ${e.problems.join('; ')}`,
  ScanNotClosed: (e) => `Scan ${e.key} is ${scanStateName(e.state)}: only a CLOSED scan can be deleted, unless forced`,
  UnauthorizedStateTransition: (e) => `Scan ${e.key} cannot go from ${scanStateName(e.from)} to ${scanStateName(e.to)}`,
  ScanConflict: (e) => `Another client changed the state of scan ${e.key}: expected ${e.expected} (${scanStateName(e.expected)}), found ${e.found}`,
  InfoNotWritable: (e) => `The info of scan ${e.key} was changed, but the transition to ${scanStateName(e.to)} does not upload it: only prepare() and close() do`,
  MetadataTooLarge: (e) => `The info of scan ${e.key} takes ${e.size} characters of JSON, the limit is ${e.limit}`,
  StreamNotFound: (e) => `Scan ${e.key} has no stream "${e.stream}": it has ${listed(e.streams)}`,
  StreamAlreadyExists: (e) => `Scan ${e.key} already has a stream "${e.stream}"`,
  DtypeMismatch: (e) => `Stream "${e.stream}" (${e.key}) was requested as ${e.expected}, but holds ${e.received}`,
  UnsupportedDtype: (e) => `Stream "${e.stream}" (${e.key}): dtype ${e.dtype} is not supported`,
  UnknownEncoding: (e) => `Stream "${e.stream}" (${e.key}): expected the encoding ${e.expected}, received ${e.received}`,
  MissingPlugin: (e) => `Stream "${e.stream}" (${e.key}) needs the plugin "${e.plugin}", which is not registered`,
  BrokenPlugin: (e) => `The plugin "${e.plugin}" failed to open stream "${e.stream}" (${e.key}): ${e.reason}`,
  InvalidEntry: (e) => `Stream "${e.stream}" (${e.key}), entry at index ${e.index}: expected ${e.expected}, received ${e.received}`,
  InvalidPoint: (e) => `Invalid point for stream "${e.stream}" (${e.key}): expected ${e.expected}, received ${e.received}`,
  PointTooLarge: (e) => `Stream "${e.stream}" (${e.key}): the point at index ${e.index}, of ${e.size} bytes, is too large for the server: ${e.reason}`,
  IndexNotYetThere: (e) => `Stream "${e.stream}" (${e.key}): index ${e.index} is not published yet`,
  IndexWontBeThere: (e) => `Stream "${e.stream}" (${e.key}) is sealed with ${e.length} points: index ${e.index} will never exist`,
  IndexNoMoreThere: (e) => `Stream "${e.stream}" (${e.key}): index ${e.index} was trimmed off${e.hint === undefined ? '' : `; ${e.hint}`}`,
  IndexOutOfRange: (e) => `Stream "${e.stream}" (${e.key}): index ${e.index} is out of range for ${e.length} points`,
  NotInFile: (e) => `Stream "${e.stream}" (${e.key}): index ${e.index} was trimmed off, and ${e.dataset || 'the image list'} in ${e.file} holds ${e.length} points`,
  PointsMismatch: (e) => `Stream "${e.stream}" (${e.key}), index ${e.index} from ${e.origin}: expected ${e.expected}, received ${e.received}`,
  StreamDeleted: (e) => `Stream "${e.stream}" (${e.key}) was deleted`,
  StreamRewound: (e) => `Stream "${e.stream}" (${e.key}) was rewound: expected index ${e.expected} next, but it has only ${e.found} points`,
  StreamOverlap: (e) => `Stream "${e.stream}" (${e.key}) has overlapping entries: expected index ${e.expected} next, found ${e.found}`,
  StreamSealed: (e) => `Stream "${e.stream}" (${e.key}) is sealed: no points can be added`,
  WriteConflict: (e) => `Another client wrote to stream "${e.stream}" (${e.key}): expected ${e.expected} as the last entry, found ${e.found}`,
  Overflow: (e) => `Stream "${e.stream}" (${e.key}): more than ${e.limit} bytes are waiting for the server`,
  TooFarAhead: (e) => `Source "${e.source}" is more than ${e.limit} points ahead of the slowest source it is aligned with, and cannot be paused`,
  FileNotReadable: (e) => `Cannot read ${e.path}: ${e.reason}`,
  PathNotAllowed: (e) => `Access to ${e.path} is not allowed: it is not under ${e.roots.join(' or ')}`,
  UnsupportedFile: (e) => `${e.path}: expected ${e.expected}, received ${e.received}`,
  InvalidImage: (e) => `Cannot decode this ${e.format} image: expected ${e.expected}, received ${e.received}`,
  MissingPackage: (e) => `This needs the package ${e.package}: ${e.advice}`,
};

const retriableTags: ReadonlySet<ErrorTag> = new Set<ErrorTag>(['Disconnected', 'ServerBusy', 'ReadOnlyReplica', 'OutOfMemory', 'IndexIncomplete', 'IndexNotYetThere', 'FileNotReadable', 'NotInFile']);

class BlissdataFailure extends Error {
  override readonly name = 'BlissdataError';
  readonly retriable: boolean;

  constructor(readonly _tag: ErrorTag, message: string, fields: object, options?: { cause: unknown }) {
    super(message, options);
    this.retriable = retriableTags.has(_tag);
    Object.assign(this, fields);
  }
}

/**
 * Makes a member of {@link BlissdataError}.
 *
 * @example
 * throw blissdataError('ScanNotFound', { key: 'esrf:scan:01J0000000000000000000000' });
 */
export function blissdataError<Tag extends ErrorTag>(_tag: Tag, fields: ErrorFields[Tag], cause?: unknown): BlissdataErrorOf<Tag> {
  const failure: Error = new BlissdataFailure(_tag, messages[_tag](fields), fields, cause === undefined ? undefined : { cause });
  return failure as BlissdataErrorOf<Tag>; // the constructor above has just given it the tag and the tag's fields
}

/**
 * Whether something thrown is an error of this package; with tags, whether it is an error of one of them, and it is narrowed to that.
 *
 * @example
 * if (isBlissdataError(error, 'Disconnected', 'TlsFailed')) console.warn(`${error.url}: ${error.reason}`);
 */
// By its shape, not its class: the ESM and the CommonJS build may both be loaded, and each has a class of its own.
export const isBlissdataError = <Tag extends ErrorTag = ErrorTag>(error: unknown, ...tags: readonly Tag[]): error is BlissdataErrorOf<Tag> =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'BlissdataError' && '_tag' in error && (tags.length === 0 || tags.some((tag) => tag === error._tag));

/** The guard for one tag. The package exports one for each: `isScanNotFound`, `isIndexNoMoreThere`, ... */
/* @__NO_SIDE_EFFECTS__ */
function is<Tag extends ErrorTag>(tag: Tag) {
  return (error: unknown): error is BlissdataErrorOf<Tag> => isBlissdataError(error, tag);
}

/**
 * Handles an error by its tag; the compiler requires every tag unless there is an `otherwise`.
 *
 * @example
 * foldError(error, { ScanNotFound: (e) => `no scan ${e.key}`, otherwise: (e) => e.message });
 */
export function foldError<A>(
  error: BlissdataError,
  cases:
    | { readonly [Tag in ErrorTag]: (e: BlissdataErrorOf<Tag>) => A }
    | ({ readonly [Tag in ErrorTag]?: (e: BlissdataErrorOf<Tag>) => A } & { readonly otherwise: (e: BlissdataError) => A }),
): A {
  // Indexing by the tag picks the handler of that very member; TypeScript cannot correlate the two.
  const handler = cases[error._tag] as ((e: BlissdataError) => A) | undefined;
  if (handler !== undefined) return handler(error);
  return (cases as { readonly otherwise: (e: BlissdataError) => A }).otherwise(error);
}

export const isInvalidUrl = is('InvalidUrl');
export const isDisconnected = is('Disconnected');
export const isTlsFailed = is('TlsFailed');
export const isOutcomeUnknown = is('OutcomeUnknown');
export const isServerError = is('ServerError');
export const isServerBusy = is('ServerBusy');
export const isReadOnlyReplica = is('ReadOnlyReplica');
export const isOutOfMemory = is('OutOfMemory');
export const isRequestTooLarge = is('RequestTooLarge');
export const isInternalError = is('InternalError');
export const isUnexpectedReply = is('UnexpectedReply');
export const isNotInitialized = is('NotInitialized');
export const isProtocolVersionMismatch = is('ProtocolVersionMismatch');
export const isDatabaseNotEmpty = is('DatabaseNotEmpty');
export const isMissingModule = is('MissingModule');
export const isNoMemoryLimit = is('NoMemoryLimit');
export const isNoServer = is('NoServer');
export const isPortInUse = is('PortInUse');
export const isStoreClosed = is('StoreClosed');
export const isAccessDenied = is('AccessDenied');
export const isGatewayLimit = is('GatewayLimit');
export const isGatewayMismatch = is('GatewayMismatch');
export const isHistoryGap = is('HistoryGap');
export const isInvalidArgument = is('InvalidArgument');
export const isIndexIncomplete = is('IndexIncomplete');
export const isUnsupportedQuery = is('UnsupportedQuery');
export const isScanNotFound = is('ScanNotFound');
export const isScanValidation = is('ScanValidation');
export const isScanNotClosed = is('ScanNotClosed');
export const isUnauthorizedStateTransition = is('UnauthorizedStateTransition');
export const isScanConflict = is('ScanConflict');
export const isInfoNotWritable = is('InfoNotWritable');
export const isMetadataTooLarge = is('MetadataTooLarge');
export const isStreamNotFound = is('StreamNotFound');
export const isStreamAlreadyExists = is('StreamAlreadyExists');
export const isDtypeMismatch = is('DtypeMismatch');
export const isUnsupportedDtype = is('UnsupportedDtype');
export const isUnknownEncoding = is('UnknownEncoding');
export const isMissingPlugin = is('MissingPlugin');
export const isBrokenPlugin = is('BrokenPlugin');
export const isInvalidEntry = is('InvalidEntry');
export const isInvalidPoint = is('InvalidPoint');
export const isPointTooLarge = is('PointTooLarge');
export const isIndexNotYetThere = is('IndexNotYetThere');
export const isIndexWontBeThere = is('IndexWontBeThere');
export const isIndexNoMoreThere = is('IndexNoMoreThere');
export const isIndexOutOfRange = is('IndexOutOfRange');
export const isNotInFile = is('NotInFile');
export const isPointsMismatch = is('PointsMismatch');
export const isStreamDeleted = is('StreamDeleted');
export const isStreamRewound = is('StreamRewound');
export const isStreamOverlap = is('StreamOverlap');
export const isStreamSealed = is('StreamSealed');
export const isWriteConflict = is('WriteConflict');
export const isOverflow = is('Overflow');
export const isTooFarAhead = is('TooFarAhead');
export const isFileNotReadable = is('FileNotReadable');
export const isPathNotAllowed = is('PathNotAllowed');
export const isUnsupportedFile = is('UnsupportedFile');
export const isInvalidImage = is('InvalidImage');
export const isMissingPackage = is('MissingPackage');
