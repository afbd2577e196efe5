/** Every error tag: what it means, and the fields it carries. */
import type { ScanState } from './scan-state.js';

/** The fields of each error besides `_tag`, `message`, `retriable` and `cause`. */
export interface ErrorFields {
  /** The URL given to connect or init does not name a Redis server. */
  InvalidUrl: { readonly expected: string; readonly received: string };
  /** There is no connection, or it broke. `url` never holds a password. */
  Disconnected: { readonly url: string; readonly reason: string };
  /** The TLS handshake failed: a certificate is not trusted, has expired or names another host, or the server does not speak TLS. `code` is Node's. */
  TlsFailed: { readonly url: string; readonly code: string; readonly reason: string };
  /** The connection broke during a write, which may or may not have happened. */
  OutcomeUnknown: { readonly key: string; readonly reason: string };
  /** The server answered a command with an error. `code` is the reply's first word (WRONGTYPE, NOPERM, ...). */
  ServerError: { readonly command: string; readonly code: string; readonly reply: string };
  /** The server cannot answer now: it is loading its data (LOADING), running a script (BUSY), or has lost its master (MASTERDOWN). Nothing was done. */
  ServerBusy: { readonly command: string; readonly code: string; readonly reply: string };
  /** The server is a replica, perhaps a former master, and refuses writes: nothing was written. The next attempt uses a new connection. */
  ReadOnlyReplica: { readonly url: string; readonly key: string };
  /** The server refuses writes because `maxmemory` is reached. */
  OutOfMemory: { readonly key: string };
  /**
   * A request of `size` bytes is too large for the server, or for a proxy in front of it: nothing was written. `reason` is the server's
   * reply or, if it sent none, what happened to the connection.
   */
  RequestTooLarge: { readonly key: string; readonly size: number; readonly reason: string };
  /** A bug in this package or its dependencies, or a failure of the process (out of memory, ...); not of the connection. `cause` is what was thrown. */
  InternalError: { readonly where: string; readonly reason: string };
  /** The server sent a reply that this package cannot interpret. */
  UnexpectedReply: { readonly command: string; readonly problems: readonly string[] };
  /** The database was never initialized for blissdata (`DataStore.init`, `blissdata-rx serve`). */
  NotInitialized: { readonly url: string };
  ProtocolVersionMismatch: { readonly url: string; readonly expected: number; readonly found: string };
  /** `init` refuses a database that already holds keys. */
  DatabaseNotEmpty: { readonly url: string; readonly keys: number };
  /** The server lacks Redis modules that blissdata needs. */
  MissingModule: { readonly url: string; readonly missing: readonly string[] };
  /** The server has no `maxmemory`: without it a memory tracker cannot tell how much is too much. */
  NoMemoryLimit: { readonly url: string };
  /** No embedded Redis could be found or started; `tried` has one line for each attempt. */
  NoServer: { readonly tried: readonly string[]; readonly advice: string };
  PortInUse: { readonly port: number };
  /** The store was closed before or during the operation. */
  StoreClosed: Record<never, never>;

  /** A gateway denied access: it was given no token, or one that is wrong, has expired, or does not grant this. */
  AccessDenied: { readonly url: string; readonly reason: string };
  /** A gateway's limit is reached: `what` is limited to `limit` for each connection. */
  GatewayLimit: { readonly what: string; readonly limit: number };
  /** A gateway speaks another version of its protocol than this package. */
  GatewayMismatch: { readonly url: string; readonly expected: string; readonly found: string };

  /**
   * The scan history, which is capped, may have lost scans created after `since`. It is complete after `completeAfter`:
   * `scansSince(completeAfter)` returns all it still has.
   */
  HistoryGap: { readonly since: string; readonly completeAfter: string };

  /** An argument of a call is invalid. */
  InvalidArgument: { readonly argument: string; readonly expected: string; readonly received: string };
  /** RediSearch is still building its index, for example after a restart, and would miss scans; `percent` is its progress. */
  IndexIncomplete: { readonly index: string; readonly percent: number };
  /** A search that RediSearch cannot answer. */
  UnsupportedQuery: { readonly field: string; readonly expected: string; readonly received: string };

  ScanNotFound: { readonly key: string };
  /** The key exists, but its JSON is not a scan of this identity model. */
  ScanValidation: { readonly key: string; readonly problems: readonly string[] };
  /** Only a CLOSED scan can be deleted, unless deletion is forced. */
  ScanNotClosed: { readonly key: string; readonly state: ScanState };
  UnauthorizedStateTransition: { readonly key: string; readonly from: ScanState; readonly to: ScanState };
  /** Another client has changed the scan's state since this writer did: the writer's transition was not written, unless it was to close the scan. */
  ScanConflict: { readonly key: string; readonly expected: ScanState; readonly found: string };
  /** `writer.info` was changed before a transition that does not upload it. */
  InfoNotWritable: { readonly key: string; readonly to: ScanState };
  MetadataTooLarge: { readonly key: string; readonly size: number; readonly limit: number };

  /** `streams` are the names that exist. */
  StreamNotFound: { readonly key: string; readonly stream: string; readonly streams: readonly string[] };
  StreamAlreadyExists: { readonly key: string; readonly stream: string };
  /** The stream was requested as one type but holds another. */
  DtypeMismatch: { readonly key: string; readonly stream: string; readonly expected: string; readonly received: string };
  /** A dtype that JavaScript cannot hold without loss (long double), or that is not numeric. */
  UnsupportedDtype: { readonly key: string; readonly stream: string; readonly dtype: string };
  UnknownEncoding: { readonly key: string; readonly stream: string; readonly expected: string; readonly received: string };
  /** `info.plugin` names a stream kind that is not registered. */
  MissingPlugin: { readonly key: string; readonly stream: string; readonly plugin: string };
  /** The stream kind failed to open the stream; `cause` is what it threw. */
  BrokenPlugin: { readonly key: string; readonly stream: string; readonly plugin: string; readonly reason: string };
  /** An entry of the stream does not match its encoding. */
  InvalidEntry: { readonly key: string; readonly stream: string; readonly index: number; readonly expected: string; readonly received: string };
  /** A point given to a writer does not fit the stream's dtype or shape. */
  InvalidPoint: { readonly key: string; readonly stream: string; readonly expected: string; readonly received: string };

  /**
   * The point at `index`, of `size` bytes, is too large for the server, or for a proxy in front of it: neither it nor any point after it
   * was written. `reason` is the server's reply or, if it sent none, what happened to the connection. A point over a limit that is already
   * known is `InvalidPoint`.
   */
  PointTooLarge: { readonly key: string; readonly stream: string; readonly index: number; readonly size: number; readonly reason: string };

  IndexNotYetThere: { readonly key: string; readonly stream: string; readonly index: number };
  IndexWontBeThere: { readonly key: string; readonly stream: string; readonly index: number; readonly length: number };
  /** The point is no longer in Redis; `hint`, if present, says where else it may be found. */
  IndexNoMoreThere: { readonly key: string; readonly stream: string; readonly index: number; readonly hint?: string };
  IndexOutOfRange: { readonly key: string; readonly stream: string; readonly index: number; readonly length: number };

  /** The point is no longer in Redis, and the file that should hold it has only `length` points: it is not written yet, or never will be. */
  NotInFile: { readonly key: string; readonly stream: string; readonly index: number; readonly file: string; readonly dataset: string; readonly length: number };
  /** The numbers in a file, or from a detector, do not match the stream's type. */
  PointsMismatch: { readonly key: string; readonly stream: string; readonly index: number; readonly origin: string; readonly expected: string; readonly received: string };

  /** The stream's key vanished while it was being read. */
  StreamDeleted: { readonly key: string; readonly stream: string };
  /**
   * The stream has fewer points than were read or written: it was started anew, or the server came back with less than it had. `expected`
   * is the next index, `found` the number of points there are now.
   */
  StreamRewound: { readonly key: string; readonly stream: string; readonly expected: number; readonly found: number };
  /** An entry starts inside the one before it: the stream has two writers. */
  StreamOverlap: { readonly key: string; readonly stream: string; readonly expected: number; readonly found: number };
  /** A point was sent to a sealed stream. */
  StreamSealed: { readonly key: string; readonly stream: string };
  /** Another client wrote to the stream: this writer is fenced off, and nothing of its window was written. */
  WriteConflict: { readonly key: string; readonly stream: string; readonly expected: string; readonly found: string };
  /** A push source was faster than the server, beyond the high-water mark. */
  Overflow: { readonly key: string; readonly stream: string; readonly limit: number };
  /** An Observable is more than `limit` points ahead of the slowest one it is aligned with; `source` is its name or position. */
  TooFarAhead: { readonly source: string; readonly limit: number };

  /** A file, or a dataset in it, cannot be read now: it does not exist, is incomplete, or is being written. */
  FileNotReadable: { readonly path: string; readonly reason: string };
  /** A file lies outside the readable folders, or a link in a file leads out of them. */
  PathNotAllowed: { readonly path: string; readonly roots: readonly string[] };
  /** A file does not hold what was expected, or in a form that cannot be read. */
  UnsupportedFile: { readonly path: string; readonly expected: string; readonly received: string };
  /** The bytes of an image in this format cannot be decoded. */
  InvalidImage: { readonly format: string; readonly expected: string; readonly received: string };
  /** This needs an optional package that is not installed. */
  MissingPackage: { readonly package: string; readonly advice: string };
}
