/** The points of a stream that has a file behind it: those that Redis has from there, those that were trimmed off from the file. */
import { catchError, EMPTY, expand, forkJoin, map, of, switchMap, throwError, toArray, type Observable } from 'rxjs';
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
        // One from the end has no place where the seal is lost, too.
        if (!isIndexNoMoreThere(error) || error.index < 0) return throwError(() => error);
        // The error has the index counted from the start, also where it was asked for from the end.
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
        return forkJoin([core.database.heads([source]), core.database.range(source, { min: 0, count: 1, bare: true })]).pipe(
          switchMap(([[head], block]) => {
            // Without the seal only the bounds tell how far.
            if (lostItsSeal(head) && [bounds.start ?? 0, bounds.stop ?? -1].some((bound) => bound < 0)) return throwError(() => error);
            const length = lostItsSeal(head) ? Infinity : (head?.length ?? 0);
            const [start, stop] = [bounds.start ?? 0, bounds.stop ?? length].map((bound) => Math.max(0, Math.min(bound < 0 ? bound + length : bound, length)));
            const [first = Infinity] = block.firsts;
            // A hole in the middle of what Redis has is none of the file's business, but what was trimmed off between two pieces is.
            if (start === undefined || stop === undefined || (error.index !== start && first <= start)) return throwError(() => error);
            const firstThere = Math.max(first, start + 1);
            return this.fromBoth(start, Math.min(stop, firstThere), stop, bounds.step ?? 1);
          }),
        );
      }),
    );
  }

  /** Up to `there` from the file, from then on from Redis, which may have lost more by the time. */
  private fromBoth(start: number, there: number, stop: number, step: number): Observable<ChunkData<T>> {
    const fromFile$ = this.pieceFrom(start, there, step).pipe(
      expand(({ next }) => (next >= there ? EMPTY : this.pieceFrom(next, there, step))),
      map(({ part }) => part),
      toArray(),
    );
    const onwards = start + Math.ceil((there - start) / step) * step;
    return fromFile$.pipe(
      switchMap((parts) => {
        if (onwards >= stop) return of(parts);
        return this.slice({ start: onwards, stop, step }).pipe(map((rest) => [...parts, rest]));
      }),
      map((parts) => this.file.stream.codec.concat(parts)),
    );
  }

  /** Points `from`, `from + step`, ... of one piece, and where to go on. */
  private pieceFrom(from: number, stop: number, step: number): Observable<{ readonly next: number; readonly part: ChunkData<T> }> {
    return this.file.piece(from, step > this.file.perPiece ? from + 1 : stop).pipe(
      map((data) => ({ next: from + Math.ceil(pointCount(data) / step) * step, part: sliceData<T>(data, 0, Infinity, step) })),
    );
  }
}
