/** Points that lie elsewhere, such as images: the entries of the stream only count them. */
import { defer, finalize, map, of, reduce, repeat, switchMap, takeWhile, toArray, type Observable } from 'rxjs';
import { pointCount, pointOf } from '../../model/chunk-data.js';
import { blissdataError } from '../../model/errors.js';
import { requireInteger } from '../../model/integer-arguments.js';
import type { ChunkData, PointValue, StreamType } from '../../model/stream-type.js';
import type { ReaderOptions } from '../../reading/reader/reader-options.js';
import { requireBounds, type SliceBounds } from '../../stream/random-access.js';
import type { PointReader, StreamPoints } from '../../stream/stream-points.js';
import type { Where } from '../../wire/encoding/encoding.js';
import { codecOf } from '../../wire/encoding/codec.js';
import { CountedReader } from './counted-reader.js';
import type { CountedSource, CountedStream } from './counted-source.js';
import type { DeclaredStream } from '../../stream/stream-kind.js';

/**
 * Points that the newest entry of a stream counts, and that are read from elsewhere.
 *
 * @throws DtypeMismatch if the stream's entries are of another type
 * @example
 * const type = numeric('uint16', [512, 512]);
 * const points = countedPoints(declared, { entries: 'uint32', type, count: (newest) => newest, read: (first, stop) => download(first, stop) });
 */
export function countedPoints<E extends StreamType, T extends StreamType>(declared: DeclaredStream, source: CountedSource<E, T>): StreamPoints<T> {
  const { core, source: stream } = declared.readable;
  return new CountedPoints({ ...source, core, where: { key: stream.key, stream: stream.name }, newest: declared.entries(source.entries) });
}

class CountedPoints<E extends StreamType, T extends StreamType> implements StreamPoints<T> {
  constructor(private readonly counted: CountedStream<E, T>) {}

  get where(): Where {
    return this.counted.where;
  }

  reader(options: ReaderOptions): PointReader<T> {
    return new CountedReader(this.counted, options);
  }

  length(): Observable<number> {
    return this.reading((reader) => of(reader.count));
  }

  at(wanted: number): Observable<PointValue<T>> {
    const { where } = this.counted;
    return this.reading((reader) => {
      requireInteger('index', wanted);
      const { count: length, sealed } = reader;
      if (wanted < 0 && !sealed) throw blissdataError('IndexNotYetThere', { ...where, index: wanted });
      const index = wanted < 0 ? wanted + length : wanted;
      if (index < 0) throw blissdataError('IndexOutOfRange', { ...where, index: wanted, length });
      if (index >= length) throw sealed ? blissdataError('IndexWontBeThere', { ...where, index, length }) : blissdataError('IndexNotYetThere', { ...where, index });
      return reader.range(index, index + 1).pipe(map((data) => pointOf<T>(data, 0)));
    });
  }

  slice({ start = 0, stop, step = 1 }: SliceBounds): Observable<ChunkData<T>> {
    const { where, type } = this.counted;
    return this.reading((reader) => {
      requireBounds({ start, step, ...(stop === undefined ? {} : { stop }) });
      const { count, sealed } = reader;
      const bound = [start, stop ?? count].find((index) => index < 0);
      if (bound !== undefined && !sealed) throw blissdataError('IndexNotYetThere', { ...where, index: bound });
      const [first = 0, end = 0] = [start, stop ?? count].map((index) => Math.max(0, Math.min(index < 0 ? index + count : index, count)));
      if (end <= first || step < 0) return of(codecOf(type.encoding).empty());
      // One read after another, without a list of the indices: the count comes from an entry and may be any number.
      let next = first;
      return defer(() => reader.range(next, step === 1 ? end : next + 1)).pipe(
        map((part) => ({ part, next: (next = step === 1 ? end : next + step) })),
        repeat(),
        takeWhile((read) => read.next < end, true),
        map(({ part }) => part),
        toArray(),
        map((parts) => codecOf(type.encoding).concat(parts.filter((part) => pointCount(part) > 0))),
      );
    });
  }

  /** Runs `use` with a reader that knows how many points there are. */
  private reading<A>(use: (reader: CountedReader<E, T>) => Observable<A>): Observable<A> {
    const { core } = this.counted;
    return core.untilClosed(
      defer(() => {
        const reader = new CountedReader(this.counted, {});
        return reader.refresh().pipe(
          // Once it knows.
          reduce(() => null, null),
          switchMap(() => use(reader)),
          finalize(() => reader.close()),
        );
      }),
    );
  }
}
