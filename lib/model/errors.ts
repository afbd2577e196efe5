/** Every way blissdata-rx can fail, as one tagged union: `BlissdataError`. */
import { listed } from './listed.js';
import { scanStateName, type ScanState } from './scan-state.js';

/** What each error carries besides `_tag`, `message`, `retriable` and `cause`. */
export interface ErrorFields {
  /** The URL given to connect or init is not one that names a Redis server. */
  InvalidUrl: { readonly expected: string; readonly received: string };
  /** No connection, or it broke; `url` never holds a password. */
  Disconnected: { readonly url: string; readonly reason: string };
  /** The two ends could not agree on TLS: a certificate is not trusted, has expired or is somebody else's, or the server speaks no TLS. `code` is Node's. */
  TlsFailed: { readonly url: string; readonly code: string; readonly reason: string };
  /** The connection broke while a write travelled: it may or may not have happened. */
  OutcomeUnknown: { readonly key: string; readonly reason: string };
  /** The server answered a command with an error. `code` is the reply's first word (WRONGTYPE, NOPERM, ...). */
  ServerError: { readonly command: string; readonly code: string; readonly reply: string };
  /** The server cannot answer now: it loads its data (LOADING), is kept busy by a script (BUSY), or has lost its master (MASTERDOWN). Nothing was done. */
  ServerBusy: { readonly command: string; readonly code: string; readonly reply: string };
  /** The server is a replica, perhaps the master of before: it takes no writes, and nothing was written. The next attempt is made over a new connection. */
  ReadOnlyReplica: { readonly url: string; readonly key: string };
  /** The server refuses writes because `maxmemory` is reached. */
  OutOfMemory: { readonly key: string };
  /** The server answered something that this SDK cannot make sense of. */
  UnexpectedReply: { readonly command: string; readonly problems: readonly string[] };
  /** The database was never set up for blissdata (`DataStore.init`, `blissdata-rx serve`). */
  NotInitialized: { readonly url: string };
  ProtocolVersionMismatch: { readonly url: string; readonly expected: number; readonly found: string };
  /** `init` refuses a database that holds keys already. */
  DatabaseNotEmpty: { readonly url: string; readonly keys: number };
  /** The server lacks Redis modules that blissdata needs. */
  MissingModule: { readonly url: string; readonly missing: readonly string[] };
  /** The server may use all memory there is: without `maxmemory` a memory tracker cannot tell what is too much. */
  NoMemoryLimit: { readonly url: string };
  /** No embedded Redis could be found or started; `tried` says what was attempted, one line each. */
  NoServer: { readonly tried: readonly string[]; readonly advice: string };
  PortInUse: { readonly port: number };
  /** The store was closed while this was going on, or before it began. */
  StoreClosed: Record<never, never>;

  /**
   * Scans may have been created after `since` that the scan history, which is capped, has lost. It is complete after `completeAfter`:
   * `scansSince(completeAfter)` gives all it still has.
   */
  HistoryGap: { readonly since: string; readonly completeAfter: string };

  /** An argument of a call is not what the call takes. */
  InvalidArgument: { readonly argument: string; readonly expected: string; readonly received: string };
  /** RediSearch is still building its index, after a restart for example, and would leave scans out; `percent` says how much is done. */
  IndexIncomplete: { readonly index: string; readonly percent: number };
  /** A search that RediSearch cannot answer. */
  UnsupportedQuery: { readonly field: string; readonly expected: string; readonly received: string };

  ScanNotFound: { readonly key: string };
  /** The scan exists but its JSON is not a scan of this identity model. */
  ScanValidation: { readonly key: string; readonly problems: readonly string[] };
  /** A scan is deleted only once it is CLOSED, unless that is forced. */
  ScanNotClosed: { readonly key: string; readonly state: ScanState };
  UnauthorizedStateTransition: { readonly key: string; readonly from: ScanState; readonly to: ScanState };
  /** Somebody else has taken the scan to another state since this writer did: what it asked for was not written, unless it was to close the scan. */
  ScanConflict: { readonly key: string; readonly expected: ScanState; readonly found: string };
  /** `writer.info` was changed before a transition that does not upload it. */
  InfoNotWritable: { readonly key: string; readonly to: ScanState };
  MetadataTooLarge: { readonly key: string; readonly size: number; readonly limit: number };

  StreamNotFound: { readonly key: string; readonly stream: string; readonly streams: readonly string[] };
  StreamAlreadyExists: { readonly key: string; readonly stream: string };
  /** A stream was asked for as one type and holds another. */
  DtypeMismatch: { readonly key: string; readonly stream: string; readonly expected: string; readonly received: string };
  /** A dtype that JavaScript cannot hold without loss (long double) or that is no dtype at all. */
  UnsupportedDtype: { readonly key: string; readonly stream: string; readonly dtype: string };
  UnknownEncoding: { readonly key: string; readonly stream: string; readonly expected: string; readonly received: string };
  /** `info.plugin` names a stream kind that is not registered. */
  MissingPlugin: { readonly key: string; readonly stream: string; readonly plugin: string };
  /** The stream kind of that name failed to open the stream; `cause` is what it threw. */
  BrokenPlugin: { readonly key: string; readonly stream: string; readonly plugin: string; readonly reason: string };
  /** An entry of a stream is not what its encoding says. */
  InvalidEntry: { readonly key: string; readonly stream: string; readonly index: number; readonly expected: string; readonly received: string };
  /** A point given to a writer does not fit the stream's dtype or shape. */
  InvalidPoint: { readonly key: string; readonly stream: string; readonly expected: string; readonly received: string };

  IndexNotYetThere: { readonly key: string; readonly stream: string; readonly index: number };
  IndexWontBeThere: { readonly key: string; readonly stream: string; readonly index: number; readonly length: number };
  /** The point is not in Redis any more; `hint`, if there is one, says where else it was looked for, or could be. */
  IndexNoMoreThere: { readonly key: string; readonly stream: string; readonly index: number; readonly hint?: string };
  IndexOutOfRange: { readonly key: string; readonly stream: string; readonly index: number; readonly length: number };

  /** The point is not in Redis any more, and the file that should hold it has only `length` points: not written yet, or never. */
  NotInFile: { readonly key: string; readonly stream: string; readonly index: number; readonly file: string; readonly dataset: string; readonly length: number };
  /** The numbers in a file, or from a detector, are not what the stream says that its points are. */
  PointsMismatch: { readonly key: string; readonly stream: string; readonly index: number; readonly origin: string; readonly expected: string; readonly received: string };

  /** The stream's key vanished while it was being read. */
  StreamDeleted: { readonly key: string; readonly stream: string };
  /**
   * The stream is not the one any more that was read, or written: it restarted, or the server came back with less than it had. `expected`
   * is the index that was to come next, `found` the number of points there are now.
   */
  StreamRewound: { readonly key: string; readonly stream: string; readonly expected: number; readonly found: number };
  /** An entry starts inside the one before it: two writers were at work. */
  StreamOverlap: { readonly key: string; readonly stream: string; readonly expected: number; readonly found: number };
  /** A point was sent to a stream that is sealed. */
  StreamSealed: { readonly key: string; readonly stream: string };
  /** Somebody else wrote to the stream: this writer is fenced off and nothing of the window was written. */
  WriteConflict: { readonly key: string; readonly stream: string; readonly expected: string; readonly found: string };
  /** A push source outran the server beyond the high-water mark. */
  Overflow: { readonly key: string; readonly stream: string; readonly limit: number };
  /** An Observable ran ahead of the slowest that it is aligned with by more than `limit` points; `source` is its name or its place. */
  TooFarAhead: { readonly source: string; readonly limit: number };

  /** A file, or a dataset in it, cannot be read now: it is not there, not complete, or being written. */
  FileNotReadable: { readonly path: string; readonly reason: string };
  /** A file lies outside the folders that may be read, or a link in a file leads out of them. */
  PathNotAllowed: { readonly path: string; readonly roots: readonly string[] };
  /** A file holds something else than was looked for, or in a form that cannot be read here. */
  UnsupportedFile: { readonly path: string; readonly expected: string; readonly received: string };
  /** Bytes that should be an image (`format` says of which kind) are not one that can be decoded. */
  InvalidImage: { readonly format: string; readonly expected: string; readonly received: string };
  /** An optional package is needed for this, and is not installed. */
  MissingPackage: { readonly package: string; readonly advice: string };
}

export type ErrorTag = keyof ErrorFields;

/** One member of the union, by its tag (or several): an `Error` with `_tag`, `retriable`, `cause` and the tag's own fields. */
export type BlissdataErrorOf<Tag extends ErrorTag> = Tag extends ErrorTag
  ? Error & {
      readonly _tag: Tag;
      /** True when the same call may succeed later without anything being mended by the caller. */
      readonly retriable: boolean;
      readonly cause?: unknown;
    } & ErrorFields[Tag]
  : never;

/**
 * Every failure of this package. Observables error with it, Promises reject with it.
 * Tell members apart by `_tag`, an `isX` guard or {@link foldError}, never by the message.
 */
export type BlissdataError = BlissdataErrorOf<ErrorTag>;

const messages: { readonly [Tag in ErrorTag]: (e: ErrorFields[Tag]) => string } = {
  InvalidUrl: (e) => `Invalid URL: expected ${e.expected}, received ${e.received}`,
  Disconnected: (e) => `No connection to ${e.url}: ${e.reason}`,
  TlsFailed: (e) => `No secure connection to ${e.url}: ${e.reason}`,
  OutcomeUnknown: (e) => `The connection broke while writing ${e.key}: it may or may not have been written (${e.reason})`,
  ServerError: (e) => `Redis refused ${e.command}: ${e.reply}`,
  ServerBusy: (e) => `Redis cannot answer ${e.command} now: ${e.reply}`,
  ReadOnlyReplica: (e) => `The server at ${e.url} is a replica that takes no writes: nothing was written to ${e.key}`,
  OutOfMemory: (e) => `Redis is out of memory, nothing was written to ${e.key}`,
  UnexpectedReply: (e) => `Redis answered ${e.command} with something unexpected: ${e.problems.join('; ')}`,
  NotInitialized: (e) => `The database at ${e.url} is not initialized for blissdata: run DataStore.init on an empty database`,
  ProtocolVersionMismatch: (e) => `The database at ${e.url} speaks blissdata protocol ${e.found}, this package speaks ${e.expected}`,
  DatabaseNotEmpty: (e) => `The database at ${e.url} is not empty (${e.keys} keys): only an empty database can be initialized`,
  MissingModule: (e) => `The Redis server at ${e.url} lacks the modules ${e.missing.join(', ')}`,
  NoMemoryLimit: (e) => `The Redis server at ${e.url} has no memory limit: set maxmemory in its configuration`,
  NoServer: (e) => `No Redis server with RedisJSON and RediSearch could be started.\n${e.tried.map((line) => `  - ${line}`).join('\n')}\n${e.advice}`,
  PortInUse: (e) => `Port ${e.port} is in use: choose another one, or 0 for any free port`,
  StoreClosed: () => 'The store is closed',
  HistoryGap: (e) => `The scan history has lost scans created after ${e.since}: it is complete after ${e.completeAfter}`,
  InvalidArgument: (e) => `Invalid ${e.argument}: expected ${e.expected}, received ${e.received}`,
  IndexIncomplete: (e) => `The search index ${e.index} is still being built: ${e.percent} % of the scans are in it`,
  UnsupportedQuery: (e) => `Cannot search by ${e.field}: expected ${e.expected}, received ${e.received}`,
  ScanNotFound: (e) => `No scan at ${e.key}: it was deleted, or the key is wrong`,
  ScanValidation: (e) => `The scan at ${e.key} is not valid: ${e.problems.join('; ')}`,
  ScanNotClosed: (e) => `Scan ${e.key} is ${scanStateName(e.state)}, not CLOSED: it is not deleted unless by force`,
  UnauthorizedStateTransition: (e) => `Scan ${e.key} cannot go from ${scanStateName(e.from)} to ${scanStateName(e.to)}`,
  ScanConflict: (e) => `The state of scan ${e.key} was changed by somebody else: expected ${e.expected} (${scanStateName(e.expected)}), found ${e.found}`,
  InfoNotWritable: (e) => `The info of scan ${e.key} was changed, but the step to ${scanStateName(e.to)} does not upload it: only prepare() and close() do`,
  MetadataTooLarge: (e) => `The info of scan ${e.key} takes ${e.size} characters of JSON, the limit is ${e.limit}`,
  StreamNotFound: (e) => `Scan ${e.key} has no stream "${e.stream}": it has ${listed(e.streams)}`,
  StreamAlreadyExists: (e) => `Scan ${e.key} already has a stream "${e.stream}"`,
  DtypeMismatch: (e) => `Stream "${e.stream}" (${e.key}): asked for ${e.expected}, but it holds ${e.received}`,
  UnsupportedDtype: (e) => `Stream "${e.stream}" (${e.key}): dtype ${e.dtype} cannot be held`,
  UnknownEncoding: (e) => `Stream "${e.stream}" (${e.key}): expected the encoding ${e.expected}, received ${e.received}`,
  MissingPlugin: (e) => `Stream "${e.stream}" (${e.key}) needs the plugin "${e.plugin}", which is not registered`,
  BrokenPlugin: (e) => `Stream "${e.stream}" (${e.key}) could not be opened by the plugin "${e.plugin}": ${e.reason}`,
  InvalidEntry: (e) => `Stream "${e.stream}" (${e.key}), entry at index ${e.index}: expected ${e.expected}, received ${e.received}`,
  InvalidPoint: (e) => `Stream "${e.stream}" (${e.key}) cannot take this point: expected ${e.expected}, received ${e.received}`,
  IndexNotYetThere: (e) => `Stream "${e.stream}" (${e.key}): index ${e.index} is not yet published`,
  IndexWontBeThere: (e) => `Stream "${e.stream}" (${e.key}) is sealed at ${e.length} points: there will be no index ${e.index}`,
  IndexNoMoreThere: (e) => `Stream "${e.stream}" (${e.key}): index ${e.index} has been trimmed off${e.hint === undefined ? '' : `; ${e.hint}`}`,
  IndexOutOfRange: (e) => `Stream "${e.stream}" (${e.key}): index ${e.index} is out of range for ${e.length} points`,
  NotInFile: (e) => `Stream "${e.stream}" (${e.key}): index ${e.index} has been trimmed off, and ${e.dataset || 'the image list'} in ${e.file} holds ${e.length} points`,
  PointsMismatch: (e) => `Stream "${e.stream}" (${e.key}), index ${e.index} from ${e.origin}: expected ${e.expected}, received ${e.received}`,
  StreamDeleted: (e) => `Stream "${e.stream}" (${e.key}) was deleted`,
  StreamRewound: (e) => `Stream "${e.stream}" (${e.key}) is not what it was: index ${e.expected} was to come next, and now it has ${e.found} points`,
  StreamOverlap: (e) => `Stream "${e.stream}" (${e.key}) has overlapping entries: expected index ${e.expected} next, found ${e.found}`,
  StreamSealed: (e) => `Stream "${e.stream}" (${e.key}) is sealed: no point can be added`,
  WriteConflict: (e) => `Stream "${e.stream}" (${e.key}) was written by somebody else: expected the last entry ${e.expected}, found ${e.found}`,
  Overflow: (e) => `Stream "${e.stream}" (${e.key}): more than ${e.limit} bytes are waiting for the server`,
  TooFarAhead: (e) => `Source "${e.source}" is more than ${e.limit} points ahead of the slowest that it is aligned with, and cannot be asked to wait`,
  FileNotReadable: (e) => `Cannot read ${e.path}: ${e.reason}`,
  PathNotAllowed: (e) => `${e.path} may not be read: it does not lie under ${e.roots.join(' or ')}`,
  UnsupportedFile: (e) => `${e.path}: expected ${e.expected}, received ${e.received}`,
  InvalidImage: (e) => `Not a ${e.format} image that can be decoded: expected ${e.expected}, received ${e.received}`,
  MissingPackage: (e) => `The package ${e.package} is needed for this: ${e.advice}`,
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

/** By its shape, not its class: the ESM and the CommonJS build may both be loaded, and each has its own. */
export const isBlissdataError = (error: unknown): error is BlissdataError =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'BlissdataError' && '_tag' in error;

/** The guard for one tag. The package exports one for each: `isScanNotFound`, `isIndexNoMoreThere`, ... */
const is =
  <Tag extends ErrorTag>(tag: Tag) =>
  (error: unknown): error is BlissdataErrorOf<Tag> =>
    isBlissdataError(error) && error._tag === tag;

/**
 * Takes an error apart by its tag; the compiler asks for every tag unless there is an `otherwise`.
 *
 * @example
 * foldError(error, { ScanNotFound: (e) => `gone: ${e.key}`, otherwise: (e) => e.message });
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
export const isUnexpectedReply = is('UnexpectedReply');
export const isNotInitialized = is('NotInitialized');
export const isProtocolVersionMismatch = is('ProtocolVersionMismatch');
export const isDatabaseNotEmpty = is('DatabaseNotEmpty');
export const isMissingModule = is('MissingModule');
export const isNoMemoryLimit = is('NoMemoryLimit');
export const isNoServer = is('NoServer');
export const isPortInUse = is('PortInUse');
export const isStoreClosed = is('StoreClosed');
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
