/** What each way to fail is, and says of itself. */
import type { ScanState } from './scan-state.js';

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
  /**
   * A request of `size` bytes is more than the server, or what lies before it, takes: nothing was written. `reason` is what the server
   * said or, where it said nothing, what became of the connection.
   */
  RequestTooLarge: { readonly key: string; readonly size: number; readonly reason: string };
  /** A fault of this package, of what it stands on or of the process (no memory, ...), not of the connection: `cause` is what was thrown. */
  InternalError: { readonly where: string; readonly reason: string };
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

  /** `streams` are those that there are. */
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

  /**
   * The point at `index`, of `size` bytes, is more than the server, or what lies before it, takes: it was not written, nor was any after it.
   * `reason` is what the server said or, where it said nothing, what became of the connection. Sizes known beforehand are `InvalidPoint`.
   */
  PointTooLarge: { readonly key: string; readonly stream: string; readonly index: number; readonly size: number; readonly reason: string };

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
