/** The points of a saved stream: from Redis what it still has, from the file what was trimmed off. */
import { catchError, EMPTY, expand, map, of, switchMap, throwError, toArray, type Observable } from 'rxjs';
import { pointCount, pointOf, sliceData } from '../../model/chunk-data.js';
import { isIndexNoMoreThere } from '../../model/errors.js';
import type { ChunkData, PointValue, StreamType } from '../../model/stream-type.js';
import type { ReaderOptions } from '../../reading/reader/reader-options.js';
import { lostItsSeal } from '../../reading/known-length.js';
import { EntryPoints } from '../../stream/entry-points.js';
import type { SliceBounds } from '../../stream/random-access.js';
import type { PointReader, StreamPoints } from '../../stream/stream-points.js';
import type { Where } from '../../wire/encoding/encoding.js';
import { FallbackReader } from './fallback-reader.js';
import type { FilePoints } from '../file-points.js';
import { both } from '../../reading/both.js';

export class FallbackPoints<T extends StreamType> implements StreamPoints<T> {
  private readonly entries: EntryPoints<T>;

  constructor(private readonly file: FilePoints<T>) {
    this.entries = new EntryPoints(file.stream);
  }

  get where(): Where {
    return this.entries.where;
  }

  reader(options: ReaderOptions): PointReader<T> {
    return new FallbackReader(this.file, options);
  }

  length(): Observable<number> {
    return this.entries.length();
  }

  at(index: number): Observable<PointValue<T>> {
    return this.entries.at(index).pipe(
      catchError((error: unknown) => {
        // The index is counted from the start, unless the seal is lost and with it the length.
        if (!isIndexNoMoreThere(error) || error.index < 0) return throwError(() => error);
        return this.file.piece(error.index, error.index + 1).pipe(map((data) => pointOf<T>(data, 0)));
      }),
    );
  }

  slice(bounds: SliceBounds): Observable<ChunkData<T>> {
    return this.entries.slice(bounds).pipe(
      catchError((error: unknown) => {
        if (!isIndexNoMoreThere(error)) return throwError(() => error);
        const { core, source, codec } = this.file.stream;
        if ((bounds.step ?? 1) < 0) return of(codec.empty());
        return both(core.database.heads([source]), core.database.range(source, { min: 0, count: 1, bare: true })).pipe(
          switchMap(([[head], block]) => {
            // Without the seal the length is unknown.
            if (lostItsSeal(head) && [bounds.start ?? 0, bounds.stop ?? -1].some((bound) => bound < 0)) return throwError(() => error);
            const length = lostItsSeal(head) ? Infinity : (head?.length ?? 0);
            const [start, stop] = [bounds.start ?? 0, bounds.stop ?? length].map((bound) => Math.max(0, Math.min(bound < 0 ? bound + length : bound, length)));
            const [first = Infinity] = block.firsts;
            // The file has what was trimmed off, also between two pieces of this read, but does not mend a hole in the middle of the entries.
            if (start === undefined || stop === undefined || (error.index !== start && first <= start)) return throwError(() => error);
            const firstInRedis = Math.max(first, start + 1);
            return this.fromBoth(start, Math.min(stop, firstInRedis), stop, bounds.step ?? 1);
          }),
        );
      }),
    );
  }

  /** From the file up to `inRedis`, and on from Redis, which may have lost more meanwhile. */
  private fromBoth(start: number, inRedis: number, stop: number, step: number): Observable<ChunkData<T>> {
    const fromFile$ = this.pieceFrom(start, inRedis, step).pipe(
      expand(({ next }) => (next >= inRedis ? EMPTY : this.pieceFrom(next, inRedis, step))),
      map(({ part }) => part),
      toArray(),
    );
    const onwards = start + Math.ceil((inRedis - start) / step) * step;
    return fromFile$.pipe(
      switchMap((parts) => {
        if (onwards >= stop) return of(parts);
        return this.slice({ start: onwards, stop, step }).pipe(map((rest) => [...parts, rest]));
      }),
      map((parts) => this.file.stream.codec.concat(parts)),
    );
  }

  /** The points `from`, `from + step`, ... of one piece, and where the next piece begins. */
  private pieceFrom(from: number, stop: number, step: number): Observable<{ readonly next: number; readonly part: ChunkData<T> }> {
    return this.file.piece(from, step > this.file.perPiece ? from + 1 : stop).pipe(
      map((data) => ({ next: from + Math.ceil(pointCount(data) / step) * step, part: sliceData<T>(data, 0, Infinity, step) })),
    );
  }
}
