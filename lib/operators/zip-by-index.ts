/** Aligns several streams by index. */
import { Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { Chunk, PointValue, StreamType } from '../model/stream-type.js';
import type { Stream } from '../stream/stream.js';
import { requireCount } from './arguments.js';
import type { Indexed, Item } from './items.js';
import { Lane } from './zip-by-index/lane.js';

/** A stream, or an Observable of points or chunks of one (`points$.pipe(...)`). */
export type RowSource = Stream | Observable<Chunk> | Observable<Indexed>;

/** What a source contributes to a row. */
export type RowValue<S> = S extends Stream<infer T extends StreamType> ? PointValue<T> : S extends Observable<infer A> ? ItemValue<A> : never;

type ItemValue<A> = A extends Chunk<infer T extends StreamType> ? PointValue<T> : A extends Indexed<infer V> ? V : never;

/** The points of all sources at one index. */
export interface Row<V> {
  readonly index: number;
  readonly values: V;
}

export interface ZipOptions {
  /**
   * How many points a source may be ahead of the slowest one; 1,000,000 by default. A Stream is then not read any further until
   * the others follow; an Observable cannot be asked to wait, and is an error (`TooFarAhead`).
   */
  readonly maxAhead?: number;
  /** What an end before that of the others is: the end of the rows (default), or `IndexWontBeThere`. */
  readonly ended?: 'complete' | 'error';
  /** What a point is that one source lacks: `IndexNoMoreThere` (default), or a row to leave out. */
  readonly expired?: 'error' | 'skip';
}

const defaultMaxAhead = 1_000_000;

/**
 * Emits a row for every index, as soon as all sources have that point.
 *
 * In plain words: what did the motor say when the diode said this?
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
 * - Errors with `IndexNoMoreThere`, once all sources have got there, where one lacks a point (it was trimmed off, or an Observable
 *   passes over its index), after the rows before; with `expired: 'skip'` that row is left out, and the indices tell.
 * - Errors with `IndexWontBeThere` with `ended: 'error'`, as soon as one is known to have more points than another that ended.
 * - Errors with `TooFarAhead` when an Observable is more than `maxAhead` points ahead, `StreamOverlap` when its indices do not rise,
 *   and with what a source errors with. An Observable's errors have its place or its name for `stream`, and an empty `key`.
 *
 * Given Streams, memory is bounded whatever their speeds: a fast one is not read further while it is `maxAhead` points or 8 chunks
 * (of up to about 2 MB) ahead, and its backlog stays in Redis. Given Observables, `maxAhead` and one chunk more are held at most.
 * Prefer Streams, and process the rows.
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
    const lanes = Object.entries(sources).map(([name, source]) => new Lane(name, source, maxAhead));
    let row = 0;
    let busy = false;

    const values = (): unknown => {
      if (Array.isArray(sources)) return lanes.map(({ queue }) => queue.frontValue());
      const byName: Record<string, unknown> = {};
      for (const { name, queue } of lanes) byName[name] = queue.frontValue();
      return byName;
    };

    /** Emits or leaves out one row; false if there is nothing to do. */
    const step = (): boolean => {
      let front = row;
      let waiting = false;
      for (const { queue, ended: hasEnded } of lanes) {
        if (queue.end > row) front = Math.max(front, queue.front);
        else if (hasEnded) return finish();
        else waiting = true;
      }
      if (waiting) return false;
      if (front === row) {
        subscriber.next({ index: row, values: values() });
        front++;
      } else if (expired === 'error') {
        for (const { queue, where } of lanes) if (queue.front > row) subscriber.error(blissdataError('IndexNoMoreThere', { ...where, index: row }));
      }
      row = front;
      for (const { queue } of lanes) queue.dropBefore(row);
      return !subscriber.closed;
    };

    /** One source has ended before this row. Whether another goes on may have to be waited for. */
    const finish = (): false => {
      const finished = lanes.filter((lane) => lane.ended && lane.queue.end <= row);
      const shortest = finished.reduce((a, b) => (b.queue.end < a.queue.end ? b : a));
      const length = shortest.queue.end;
      const uneven = lanes.some(({ queue }) => queue.end > length);
      if (ended === 'error' && uneven) subscriber.error(blissdataError('IndexWontBeThere', { ...shortest.where, index: length, length }));
      else if (ended === 'complete' || finished.length === lanes.length) subscriber.complete();
      return false;
    };

    /** Makes all the rows there are, then lets those be read on that were too far ahead. Not again from within itself. */
    const advance = (): void => {
      if (busy) return;
      busy = true;
      do while (step());
      while (!subscriber.closed && lanes.filter((lane) => lane.goOn()).length > 0);
      busy = false;
    };

    const take = (lane: Lane, item: Item): void => {
      const { queue, where } = lane;
      if (item.index < queue.end) subscriber.error(blissdataError('StreamOverlap', { ...where, expected: queue.end, found: item.index }));
      else if (lane.isTooFarAhead) subscriber.error(blissdataError('TooFarAhead', { source: lane.name, limit: maxAhead }));
      if (subscriber.closed) return;
      queue.add(item);
      advance();
    };

    if (lanes.length === 0) subscriber.complete();
    for (const lane of lanes) {
      if (subscriber.closed) return;
      subscriber.add(
        lane.items$.subscribe({
          next: (item) => take(lane, item),
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            lane.ended = true;
            advance();
          },
        }),
      );
    }
  });
}
