/** Aligns several streams by index. */
import { Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import { requireCount } from '../model/integer-arguments.js';
import type { Chunk, PointValue, StreamType } from '../model/stream-type.js';
import type { Stream } from '../stream/stream.js';
import type { Indexed, Item } from './point-or-chunk.js';
import { ZippedSource } from './zip-by-index/zipped-source.js';

/** A stream, or an Observable of points or chunks of one (`points$.pipe(...)`). */
export type RowSource = Stream | Observable<Chunk> | Observable<Indexed>;

/** The value of a source in a row. */
export type RowValue<S> = S extends Stream<infer T extends StreamType> ? PointValue<T> : S extends Observable<infer A> ? ItemValue<A> : never;

type ItemValue<A> = A extends Chunk<infer T extends StreamType> ? PointValue<T> : A extends Indexed<infer V> ? V : never;

/** The points of all sources at one index. */
export interface Row<V> {
  readonly index: number;
  readonly values: V;
}

export interface ZipOptions {
  /**
   * How many points a source may be ahead of the slowest one; 1,000,000 by default. At the limit a Stream is not read until the
   * others catch up; an Observable cannot be held back, so exceeding it is the error `TooFarAhead`.
   */
  readonly maxAhead?: number;
  /** When one source ends before the others: complete (default), or error with `IndexWontBeThere`. */
  readonly ended?: 'complete' | 'error';
  /** When one source lacks a point: error with `IndexNoMoreThere` (default), or skip the row. */
  readonly expired?: 'error' | 'skip';
}

const defaultMaxAhead = 1_000_000;

/**
 * Emits a row for every index, as soon as all sources have delivered that point.
 *
 * In plain words: where was the motor when the diode measured this?
 *
 * ```
 * a:                    0-1-2--------3-4-|
 * b:                    ---0----1-2----|
 * zipByIndex([a, b]):   ---x----y-z----|
 *                       x: {index: 0, values: [a0, b0]}, y: 1, z: 2
 * ```
 *
 * - Emits {@link Row}s in the order of their indices, with the values in an array for an array of sources, in an object for an
 *   object. Arrays have memory of their own.
 * - Completes after the last row of the shortest source, at once for no sources. With `ended: 'error'` it completes only if all
 *   have the same length.
 * - Errors with `IndexNoMoreThere` where one source lacks a point (it was trimmed, or an Observable skips its index), once all have
 *   got that far; with `expired: 'skip'` the row is skipped, as its successor's index shows.
 * - Errors with `IndexWontBeThere` with `ended: 'error'`, as soon as one source has more points than another that ended.
 * - Errors with `TooFarAhead` when an Observable is more than `maxAhead` points ahead, `StreamOverlap` when its indices do not rise,
 *   and when a source errors. An Observable's errors have its position or name as `stream`, and an empty `key`.
 *
 * With Streams, memory is bounded whatever their speeds: a fast one is not read while it is `maxAhead` points or 8 chunks (of up to
 * about 2 MB) ahead, and its backlog stays in Redis. With Observables at most `maxAhead` points and one chunk are held. Prefer Streams,
 * and process the rows.
 *
 * @param sources streams or Observables of their points or chunks, in an array or by name
 * @throws InvalidArgument at the call for a `maxAhead` below 1.
 * @example
 * zipByIndex({ motor, diode }).subscribe(({ index, values: { motor, diode } }) => console.log(index, motor, diode));
 */
export function zipByIndex<S extends readonly RowSource[]>(sources: readonly [...S], options?: ZipOptions): Observable<Row<{ readonly [K in keyof S]: RowValue<S[K]> }>>;
export function zipByIndex<S extends Readonly<Record<string, RowSource>>>(sources: S, options?: ZipOptions): Observable<Row<{ readonly [K in keyof S]: RowValue<S[K]> }>>;
export function zipByIndex(sources: readonly RowSource[] | Readonly<Record<string, RowSource>>, options: ZipOptions = {}): Observable<Row<unknown>> {
  const { maxAhead = defaultMaxAhead, ended = 'complete', expired = 'error' } = options;
  requireCount('maxAhead', maxAhead);
  return new Observable((subscriber) => {
    const zipped = Object.entries(sources).map(([name, source]) => new ZippedSource(name, source, maxAhead));
    let row = 0;
    let busy = false;
    /** How many sources lack the point of the row: counted, for a row has many points. 0 too once one has ended before it. */
    let lacking = zipped.length;

    const values = (): unknown => {
      if (Array.isArray(sources)) return zipped.map(({ queue }) => queue.frontValue());
      const byName: Record<string, unknown> = {};
      for (const { name, queue } of zipped) byName[name] = queue.frontValue();
      return byName;
    };

    /** Emits or skips one row; false if there is none yet. */
    const step = (): boolean => {
      let front = row;
      lacking = 0;
      for (const { queue, ended: hasEnded } of zipped) {
        if (queue.end > row) front = Math.max(front, queue.front);
        else if (hasEnded) {
          lacking = 0;
          return finish();
        } else lacking++;
      }
      if (lacking > 0) return false;
      if (front === row) {
        subscriber.next({ index: row, values: values() });
        front++;
      } else if (expired === 'error') {
        for (const { queue, origin } of zipped) if (queue.front > row) subscriber.error(blissdataError('IndexNoMoreThere', { ...origin, index: row }));
      }
      row = front;
      for (const { queue } of zipped) queue.dropBefore(row);
      return !subscriber.closed;
    };

    /** Some source has ended before this row. Whether another one has more points may not be known yet. */
    const finish = (): false => {
      const finished = zipped.filter((source) => source.ended && source.queue.end <= row);
      const shortest = finished.reduce((a, b) => (b.queue.end < a.queue.end ? b : a));
      const length = shortest.queue.end;
      const uneven = zipped.some(({ queue }) => queue.end > length);
      if (ended === 'error' && uneven) subscriber.error(blissdataError('IndexWontBeThere', { ...shortest.origin, index: length, length }));
      else if (ended === 'complete' || finished.length === zipped.length) subscriber.complete();
      return false;
    };

    /** Emits all rows there are, then resumes sources that waited. A row's observer may make sources emit: not reentrant. */
    const advance = (): void => {
      if (busy) return;
      busy = true;
      do while (step());
      while (!subscriber.closed && zipped.filter((source) => source.resume()).length > 0);
      busy = false;
    };

    const take = (source: ZippedSource, item: Item): void => {
      const { queue, origin } = source;
      if (item.index < queue.end) subscriber.error(blissdataError('StreamOverlap', { ...origin, expected: queue.end, found: item.index }));
      else if (source.isTooFarAhead) subscriber.error(blissdataError('TooFarAhead', { source: source.name, limit: maxAhead }));
      if (subscriber.closed) return;
      const lacked = queue.end <= row;
      queue.add(item);
      if (lacked && queue.end > row) lacking--;
      if (lacking <= 0) advance();
    };

    if (zipped.length === 0) subscriber.complete();
    for (const source of zipped) {
      if (subscriber.closed) return;
      subscriber.add(
        source.read((item) => take(source, item)).subscribe({
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            source.ended = true;
            advance();
          },
        }),
      );
    }
  });
}
