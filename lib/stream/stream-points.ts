/** Where the points of a stream come from: the little that all reading of a stream is made of. */
import type { Observable } from 'rxjs';
import type { ChunkData, PacedChunk, PointValue, StreamType } from '../model/stream-type.js';
import type { Ask } from '../reading/reader/stream-reader.js';
import type { ReaderStatus } from '../reading/reader/reader-status.js';
import type { ReaderOptions } from './reader-options.js';
import type { Where } from '../wire/encoding/encoding.js';
import type { SliceBounds } from './random-access.js';

/** A place in a stream, from which chunks are taken one by one. */
export interface PointReader<T extends StreamType = StreamType> {
  /** Whether the end of the stream has been seen, and everything before it given. */
  readonly ended: boolean;
  readonly status: ReaderStatus;
  /** How many bytes the last chunk takes. */
  readonly lastBytes: number;
  /** Gives the memory of the last chunk back, if that is only lent: to be called when the consumer is done with it. */
  readonly lent?: (() => void) | undefined;
  /** Emits one chunk and completes; completes without one at the end of the stream, and where it is asked not to wait and there is nothing. */
  next(ask?: Ask): Observable<PacedChunk<T>>;
  close(): void;
}

/**
 * The points of a stream, wherever they lie. What a stream kind gives: `declared.entries(type)`, `mapPoints` and
 * `countedPoints` make one.
 */
export interface StreamPoints<T extends StreamType = StreamType> {
  /** What to tell somebody who wants points that have been trimmed off. */
  readonly hint?: string;
  /** Which stream these are the points of, for errors. */
  readonly where?: Where | undefined;
  /** @throws InvalidArgument for a credit or a policy that is none. */
  reader(options: ReaderOptions): PointReader<T>;
  /** How many points were published so far. Emits once. */
  length(): Observable<number>;
  /** The point at an index. Emits once. */
  at(index: number): Observable<PointValue<T>>;
  /** The points of a Python slice. Emits once. */
  slice(bounds: SliceBounds): Observable<ChunkData<T>>;
}
