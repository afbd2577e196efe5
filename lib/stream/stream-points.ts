/** Where the points of a stream come from: the few methods that all reading of a stream is made of. */
import type { Observable, Unsubscribable } from 'rxjs';
import type { ChunkData, PacedChunk, PointValue, StreamType } from '../model/stream-type.js';
import type { NextOptions } from '../reading/reader/demand.js';
import type { ReaderOptions } from '../reading/reader/reader-options.js';
import type { ReaderStatus } from '../reading/reader-status.js';
import type { Where } from '../wire/encoding/encoding.js';
import type { SliceBounds } from './random-access.js';

/** Gets a chunk. Not an observer, for small chunks cost little more than what hands them on. One of these is called, once, and must not throw. */
export interface ChunkTaker<T extends StreamType = StreamType> {
  chunk(chunk: PacedChunk<T>): void;
  /** The end of the stream, or there is nothing yet and the demand does not wait. */
  none(): void;
  error(error: unknown): void;
}

/** A position in a stream, from which chunks are read one by one. */
export interface PointReader<T extends StreamType = StreamType> {
  /** Whether everything up to the end of the stream has been delivered. */
  readonly ended: boolean;
  readonly status: ReaderStatus;
  /** How many bytes the last chunk takes. */
  readonly lastBytes: number;
  /** Gives the memory of the last chunk back, if it is lent: call it when the consumer is done with the chunk. */
  readonly lent?: (() => void) | undefined;
  /** Emits one chunk and completes; completes without one at the end of the stream, and if there is nothing yet and it does not wait. */
  next(options?: NextOptions): Observable<PacedChunk<T>>;
  /** The same without an Observable, where a reader has it. `close` withdraws the demand as well. */
  demand?(options: NextOptions, taker: ChunkTaker<T>): Unsubscribable;
  close(): void;
}

/**
 * The points of a stream, wherever they lie. What a stream kind makes of a stream: `declared.entries(type)`, `mapPoints` and
 * `countedPoints` return it.
 */
export interface StreamPoints<T extends StreamType = StreamType> {
  /** Where else points may be that were trimmed off, for errors. */
  readonly hint?: string;
  /** Names the stream in errors. */
  readonly where?: Where | undefined;
  /** @throws InvalidArgument for an invalid index, credit or policy. */
  reader(options: ReaderOptions): PointReader<T>;
  /** How many points were published so far. Emits once. */
  length(): Observable<number>;
  /** The point at an index. Emits once. */
  at(index: number): Observable<PointValue<T>>;
  /** The points of a Python slice. Emits once. */
  slice(bounds: SliceBounds): Observable<ChunkData<T>>;
}
