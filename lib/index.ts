/** The public names of blissdata-rx. */
export { DataStore, type ConnectionOptions, type ConnectOptions, type SentinelOptions, type TlsOptions } from './store/data-store.js';
export type { StoreOptions } from './store/store-options.js';
export type { CloseOptions } from './store/closing.js';
export type { RetryOptions } from './polling/retry-policy.js';
export type { DeleteOptions } from './store/delete-scan.js';
export type { ScanReference } from './store/history.js';
export type { SearchResult, Status } from './ports/database.js';

export { Scan } from './scan/scan.js';
export type { ScanSnapshot } from './scan/snapshot.js';
export { ScanWriter, type ScanInfo } from './scan/scan-writer.js';
export { json, numeric, type Encoder, type NumericType } from './scan/encoders.js';
export { canChangeState, ScanState, scanStateName } from './model/scan-state.js';
export {
  ESRFIdentity,
  identityModel,
  integer,
  text,
  type ESRFIdentityFields,
  type Identity,
  type IdentityFields,
  type IdentityInput,
  type IdentityModel,
  type NumberRange,
  type SearchCriteria,
} from './model/identity-model.js';

export { Stream } from './stream/stream.js';
export type { PointReader, StreamPoints } from './stream/stream-points.js';
export type { DeclaredStream, OpenedStream, ScanOfStream, StreamKind } from './kinds/stream-kind.js';
export { hdf5Fallback, type FileFallback } from './kinds/hdf5-fallback.js';
export { lima, type LimaImages, type LimaStatus } from './kinds/lima/lima.js';
export { lima2, type Lima2Images } from './kinds/lima/lima2.js';
export { limaV2, type LimaV2Frames, type LimaV2Status } from './kinds/lima/lima-v2.js';
export type { ImageReference } from './kinds/lima/image-reference.js';
export { scanSequence, type SubScan, type SubScans } from './kinds/scan-sequence.js';
export { countedPoints, type CountedSource, type Progress } from './kinds/counted-points.js';
export { mapPoints, type MapPoints } from './kinds/map-points.js';
export type { ArrayFiles, ArrayPlace } from './ports/array-files.js';
export type { ImageServer, Lima2Server, LimaServer, LiveImages } from './ports/live-images.js';
export { StreamCursor, type CursorOptions, type ReadOptions } from './stream/cursor.js';
export type { ConsumeOptions } from './stream/consume.js';
export type { ReaderOptions } from './stream/reader-options.js';
export type { Credit } from './polling/credit.js';
export type { ReadPolicy } from './polling/read-policy.js';
export type { ReaderStatistics, ReaderStatus } from './polling/reader-status.js';
export type { ReaderReport, ReadersOptions } from './store/readers.js';
export type { SliceBounds } from './stream/random-access.js';
export { StreamWriter, type StreamWriterOptions } from './stream/stream-writer.js';
export type { WriterStatus } from './stream/writer-status.js';
export { publishTo, type Publisher, type PublishOptions } from './operators/publish-to.js';
export type { Encoding, JsonEncoding, NumericEncoding } from './wire/encoding/encoding.js';
export type { BatchInput, Chunk, ChunkData, DtypeOf, PacedChunk, Point, PointInput, PointValue, StreamType } from './model/stream-type.js';
export type { Complex, DataOf, Dtype, Dtypes, ScalarOf } from './model/dtype.js';
export { ndArray, type NdArray } from './model/nd-array.js';
export type { Json, JsonObject } from './model/json.js';
export { decodeDataArray } from './kinds/lima/data-array.js';
export { decodeVideoImage } from './kinds/lima/video-image.js';
export type { LimaImage } from './kinds/lima/lima-image.js';

export { closeOnSignal, type ClosableScan, type ClosableStore, type CloseOnSignalOptions, type SignalRegistration } from './signals/close-on-signal.js';
export type { Signal } from './signals/registry.js';
export { trackMemory, type TrackMemoryOptions } from './tracker/track-memory.js';
export type { TrackerEvent, TrackerRound } from './tracker/tracker-event.js';
export type { TrackerOptions } from './tracker/tracker-options.js';

export * from './model/errors.js';
export { errorFromJson, errorToJson, type ErrorJson, type PlainValue } from './wire/error-json.js';
export { toTaskEither } from './model/to-task-either.js';
