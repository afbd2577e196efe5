/** `blissdata-rx/kinds`: the stream kinds that blissdata defines, and what it takes to write another one. */
export type { DeclaredStream, OpenedStream, ScanOfStream, StreamDeclaration, StreamKind } from './stream/stream-kind.js';
export type { PointReader, StreamPoints } from './stream/stream-points.js';
export { hdf5Fallback, type FileFallback } from './kinds/hdf5-fallback/hdf5-fallback.js';
export { lima, type LimaImages, type LimaStatus } from './kinds/lima/lima.js';
export { lima2, type Lima2Images } from './kinds/lima/lima2.js';
export { limaV2, type LimaV2Frames, type LimaV2Status } from './kinds/lima/lima-v2.js';
export type { ImageReference } from './kinds/lima/image-reference.js';
export { scanSequence, type SubScan, type SubScans } from './kinds/scan-sequence/scan-sequence.js';
export { countedPoints } from './kinds/counted/counted-points.js';
export type { CountedSource, Progress } from './kinds/counted/counted-source.js';
export { mapPoints, type MapPoints } from './kinds/map-points.js';
export type { ArrayFiles, ArrayPlace, PlaceOrigin } from './ports/files.js';
export type { ImageServer, Lima2Server, LimaServer, LiveImages } from './ports/live-images.js';
export { decodeDataArray } from './kinds/lima/data-array.js';
export { decodeVideoImage } from './kinds/lima/video-image.js';
export type { LimaImage } from './kinds/lima/lima-image.js';
