/** What `countedPoints` takes: how the newest entry counts the points, and how points are read. */
import type { Observable } from 'rxjs';
import type { ChunkData, PointValue, StreamType } from '../../model/stream-type.js';
import type { Core } from '../../reading/core.js';
import type { StreamPoints } from '../../stream/stream-points.js';
import type { Encoder } from '../../wire/encoding/encoders.js';
import type { Where } from '../../wire/encoding/encoding.js';

/** What the newest entry of a stream says. */
export interface Progress<E extends StreamType> {
  /** How many points there are. */
  readonly count: number;
  readonly newest: PointValue<E>;
  /** Whether the stream is sealed, so that there will be no more. */
  readonly sealed: boolean;
}

export interface CountedSource<E extends StreamType, T extends StreamType> {
  /** The type of the entries. */
  readonly entries: E;
  /** The type of the points. */
  readonly type: Encoder<T>;
  /** How many points there are, by the newest entry. */
  readonly count: (newest: PointValue<E>) => number;
  /**
   * Reads points from `first` up to but not including `stop`: at least one; the rest is requested by another call. Emits `null` where the first
   * one is not available yet: it is requested again after the next entry, and at the seal. Errors for points that are lost.
   *
   * Only the first value counts. Reading errors with `PointsMismatch` if it completes without one, for no or too many points, for points of another
   * type, and for an error that is not a `BlissdataError`.
   */
  readonly read: (first: number, stop: number, progress: Progress<E>) => Observable<ChunkData<NoInfer<T>> | null>;
}

/** A source together with the stream whose entries count its points. */
export interface CountedStream<E extends StreamType, T extends StreamType> extends CountedSource<E, T> {
  readonly core: Core;
  readonly where: Where;
  readonly newest: StreamPoints<E>;
}
