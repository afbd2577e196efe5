/** Points computed from a stream's entries, chunk by chunk. */
import { map, switchMap, type Observable } from 'rxjs';
import { pointCount, pointOf } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import type { ChunkData, PacedChunk, PointValue, StreamType } from '../model/stream-type.js';
import type { NextOptions } from '../reading/reader/demand.js';
import type { ReaderOptions } from '../reading/reader/reader-options.js';
import type { ReaderStatus } from '../reading/reader-status.js';
import type { SliceBounds } from '../stream/random-access.js';
import type { PointReader, StreamPoints } from '../stream/stream-points.js';
import { describe } from '../model/describe.js';
import type { Where } from '../wire/encoding/encoding.js';
import { countPoints, plainBooleans } from './foreign-points.js';

/**
 * Returns one point for each point it is given, in order; it may be given none. Reading errors with whatever it throws, and with
 * `PointsMismatch` if it returns another number of points or something else.
 */
export type MapPoints<S extends StreamType, T extends StreamType> = (data: ChunkData<S>) => ChunkData<T>;

/**
 * Applies a function to the points of a stream, a chunk at a time.
 *
 * @example
 * const kelvin = declared.entries('float64');
 * const celsius = mapPoints(kelvin, ({ shape, data }) => ndArray('float64', shape, data.map((value) => value - 273.15)));
 */
export const mapPoints = <S extends StreamType, T extends StreamType>(points: StreamPoints<S>, project: MapPoints<S, T>): StreamPoints<T> => new MappedPoints(points, project);

class MappedPoints<S extends StreamType, T extends StreamType> implements StreamPoints<T> {
  constructor(
    private readonly points: StreamPoints<S>,
    private readonly project: MapPoints<S, T>,
  ) {}

  get where(): Where | undefined {
    return this.points.where;
  }

  reader(options: ReaderOptions): PointReader<T> {
    return new MappedReader(this.points.reader(options), (data, index) => this.mapped(data, index));
  }

  length(): Observable<number> {
    return this.points.length();
  }

  at(index: number): Observable<PointValue<T>> {
    // `at` has the errors of a missing point, `slice` the chunk to map.
    return this.points.at(index).pipe(
      switchMap(() => this.slice(index === -1 ? { start: -1 } : { start: index, stop: index + 1 })),
      map((data) => pointOf<T>(data, 0)),
    );
  }

  slice(bounds: SliceBounds): Observable<ChunkData<T>> {
    return this.points.slice(bounds).pipe(map((data) => this.mapped(data, bounds.start ?? 0)));
  }

  private mapped(data: ChunkData<S>, index: number): ChunkData<T> {
    const mapped = this.project(data);
    const points = pointCount(data);
    if (countPoints(mapped) === points) return plainBooleans<T>(mapped);
    const { key = '', stream = '' } = this.where ?? {};
    throw blissdataError('PointsMismatch', { key, stream, index, origin: 'the project function of mapPoints', expected: `${points} points`, received: describe(mapped) });
  }
}

class MappedReader<S extends StreamType, T extends StreamType> implements PointReader<T> {
  constructor(
    private readonly reader: PointReader<S>,
    private readonly project: (data: ChunkData<S>, index: number) => ChunkData<T>,
  ) {}

  get ended(): boolean {
    return this.reader.ended;
  }

  get status(): ReaderStatus {
    return this.reader.status;
  }

  get lastBytes(): number {
    return this.reader.lastBytes;
  }

  next(options?: NextOptions): Observable<PacedChunk<T>> {
    return this.reader.next(options).pipe(map((chunk) => ({ ...chunk, data: this.project(chunk.data, chunk.index + chunk.expired) })));
  }

  close(): void {
    this.reader.close();
  }
}
