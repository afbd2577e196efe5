/** `blissdata-rx/browser`: the same over a gateway or any database, without Redis, files and servers. */
export { DataStore, type ConnectOptions } from './browser/data-store.js';

export type { StoreOptions } from './store/store-options.js';
export type { CloseOptions } from './store/closing.js';
export type { RetryOptions } from './retry/policy.js';
export type { DeleteOptions } from './store/delete-scan.js';
export type { ScanReference } from './store/history.js';
export type { Database } from './ports/database.js';
export type { SearchResult } from './ports/search.js';
export type { Status } from './ports/status.js';

export { Scan } from './scan/scan.js';
export type { ScanSnapshot } from './scan/snapshot.js';
export { ScanWriter, type ScanInfo } from './scan/scan-writer.js';
export { json, numeric, type Encoder, type NumericType } from './wire/encoding/encoders.js';
export { canChangeState, ScanState, scanStateName } from './model/scan-state.js';
export {
  ESRFIdentity,
  identityModel,
  type ESRFIdentityFields,
  type Identity,
  type IdentityFields,
  type IdentityInput,
  type IdentityModel,
  type NumberRange,
  type SearchCriteria,
} from './model/identity-model.js';

export { Stream } from './stream/stream.js';
export { StreamCursor, type CursorOptions, type CursorResult, type ReadOptions } from './stream/cursor.js';
export type { ConsumeOptions } from './stream/consume.js';
export type { Credit, ReaderOptions, ReadPolicy } from './reading/reader/reader-options.js';
export type { ReaderStatistics, ReaderStatus } from './reading/reader-status.js';
export type { ReaderReport, ReadersOptions } from './store/readers.js';
export type { SliceBounds } from './stream/random-access.js';
export { StreamWriter, type StreamWriterOptions } from './stream/stream-writer.js';
export type { WriterStatus } from './stream/writer-progress.js';
export type { Encoding, JsonEncoding, NumericEncoding } from './wire/encoding/encoding.js';
export type { BatchInput, Chunk, ChunkData, DtypeOf, PacedChunk, Point, PointInput, PointValue, StreamType } from './model/stream-type.js';
export type { Complex, DataOf, Dtype, Dtypes, ScalarOf } from './model/dtype.js';
export { ndArray, type NdArray } from './model/nd-array.js';
export type { Json, JsonObject } from './model/json.js';

export {
  blissdataError,
  foldError,
  isBlissdataError,
  isInvalidUrl,
  isDisconnected,
  isTlsFailed,
  isOutcomeUnknown,
  isServerError,
  isServerBusy,
  isReadOnlyReplica,
  isOutOfMemory,
  isRequestTooLarge,
  isInternalError,
  isUnexpectedReply,
  isNotInitialized,
  isProtocolVersionMismatch,
  isDatabaseNotEmpty,
  isMissingModule,
  isNoMemoryLimit,
  isNoServer,
  isPortInUse,
  isStoreClosed,
  isAccessDenied,
  isGatewayLimit,
  isGatewayMismatch,
  isHistoryGap,
  isInvalidArgument,
  isIndexIncomplete,
  isUnsupportedQuery,
  isScanNotFound,
  isScanValidation,
  isScanNotClosed,
  isUnauthorizedStateTransition,
  isScanConflict,
  isInfoNotWritable,
  isMetadataTooLarge,
  isStreamNotFound,
  isStreamAlreadyExists,
  isDtypeMismatch,
  isUnsupportedDtype,
  isUnknownEncoding,
  isMissingPlugin,
  isBrokenPlugin,
  isInvalidEntry,
  isInvalidPoint,
  isPointTooLarge,
  isIndexNotYetThere,
  isIndexWontBeThere,
  isIndexNoMoreThere,
  isIndexOutOfRange,
  isNotInFile,
  isPointsMismatch,
  isStreamDeleted,
  isStreamRewound,
  isStreamOverlap,
  isStreamSealed,
  isWriteConflict,
  isOverflow,
  isTooFarAhead,
  isFileNotReadable,
  isPathNotAllowed,
  isUnsupportedFile,
  isInvalidImage,
  isMissingPackage,
  type BlissdataError,
  type BlissdataErrorOf,
  type ErrorFields,
  type ErrorTag,
} from './model/errors.js';
export { errorFromJson, errorToJson, type ErrorJson, type PlainValue } from './wire/error-json.js';
export { toTaskEither } from './model/to-task-either.js';
