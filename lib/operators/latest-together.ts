/** Combines the newest of several streams. */
import { catchError, combineLatest, EMPTY, isObservable, throwError, throwIfEmpty, type Observable } from 'rxjs';
import type { Point, StreamType } from '../model/stream-type.js';
import type { Stream } from '../stream/stream.js';

/** A stream, whose newest points are meant, or anything else that is live: `scan.state$`, another pipeline. */
export type LatestSource = Stream | Observable<unknown>;

/** What {@link latestTogether} gives of a source: the newest point of a stream, the newest value of an Observable. */
export type LatestOf<S> = S extends Stream<infer T extends StreamType> ? Point<T> : S extends Observable<infer A> ? A : never;

/**
 * Emits the newest of every source together, as soon as each has something and then whenever one of them has something newer.
 *
 * In plain words: what is the present value of all of these? They need not be of the same moment, nor of the same index:
 * see `zipByIndex` for that.
 *
 * ```
 * a:                         0---1----2---|
 * b:                         --0----1--2|
 * latestTogether({ a, b }):  --v-w--x-yz--|
 *                            v: a0 b0, w: a1 b0, x: a1 b1, y: a2 b1, z: a2 b2
 * ```
 *
 * - Emits a tuple of {@link Point}s for an array of streams, an object for an object. Streams are followed by their `latest$`: a
 *   subscriber who is busy misses points in between, never the newest. An Observable gives its values as they are.
 * - Completes when all sources have completed, or as soon as one completes without anything (there can be no combination then);
 *   at once for no sources.
 * - Errors with what a source errors with.
 *
 * @param sources streams and Observables, in an array or by name
 * @example
 * latestTogether({ diode, motor, state: scan.state$ }).subscribe(({ diode, motor }) => console.log(motor.value, diode.value));
 */
export function latestTogether<S extends readonly LatestSource[]>(sources: readonly [...S]): Observable<{ readonly [K in keyof S]: LatestOf<S[K]> }>;
export function latestTogether<S extends Readonly<Record<string, LatestSource>>>(sources: S): Observable<{ readonly [K in keyof S]: LatestOf<S[K]> }>;
export function latestTogether(sources: readonly LatestSource[] | Readonly<Record<string, LatestSource>>): Observable<unknown> {
  const together$: Observable<unknown> = isList(sources)
    ? combineLatest(sources.map(latestOf))
    : combineLatest(Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, latestOf(source)])));
  return together$.pipe(catchError((error: unknown) => (error === nothing ? EMPTY : throwError(() => error))));
}

/** What stands for the end of a source that emitted nothing, for which `combineLatest` would go on without ever emitting. */
const nothing = Symbol('nothing');

const latestOf = (source: LatestSource): Observable<unknown> => (isObservable(source) ? source : source.latest$).pipe(throwIfEmpty(() => nothing));

const isList = (sources: readonly LatestSource[] | Readonly<Record<string, LatestSource>>): sources is readonly LatestSource[] => Array.isArray(sources);
