/** Points that are saved where this store cannot read them: errors for those that Redis has lost say where. */
import { catchError, throwError, type Observable } from 'rxjs';
import { blissdataError, isIndexNoMoreThere } from '../../model/errors.js';
import type { ChunkData, PointValue, StreamType } from '../../model/stream-type.js';
import type { ReaderOptions } from '../../reading/reader/reader-options.js';
import type { SliceBounds } from '../../stream/random-access.js';
import type { PointReader, StreamPoints } from '../../stream/stream-points.js';
import type { Where } from '../../wire/encoding/encoding.js';

export class HintedPoints<T extends StreamType> implements StreamPoints<T> {
  constructor(
    private readonly points: StreamPoints<T>,
    readonly hint: string,
  ) {}

  get where(): Where | undefined {
    return this.points.where;
  }

  reader(options: ReaderOptions): PointReader<T> {
    return this.points.reader(options);
  }

  length(): Observable<number> {
    return this.points.length();
  }

  at(index: number): Observable<PointValue<T>> {
    return this.hinted(this.points.at(index));
  }

  slice(bounds: SliceBounds): Observable<ChunkData<T>> {
    return this.hinted(this.points.slice(bounds));
  }

  private hinted<A>(source$: Observable<A>): Observable<A> {
    return source$.pipe(
      catchError((error: unknown) => {
        if (!isIndexNoMoreThere(error)) return throwError(() => error);
        const { key, stream, index } = error;
        return throwError(() => blissdataError('IndexNoMoreThere', { key, stream, index, hint: this.hint }, error));
      }),
    );
  }
}
