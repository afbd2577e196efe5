/** Combines the newest of several streams. */
import { catchError, combineLatest, EMPTY, isObservable, throwError, throwIfEmpty, type Observable } from 'rxjs';
import type { Point, StreamType } from '../model/stream-type.js';
import type { Stream } from '../stream/stream.js';

/** A stream, for its newest points, or any other live Observable: `scan.state$`, a pipeline. */
export type LatestSource = Stream | Observable<unknown>;

/** The newest point of a stream, or the newest value of an Observable. */
export type LatestOf<S> = S extends Stream<infer T extends StreamType> ? Point<T> : S extends Observable<infer A> ? A : never;

/**
 * Emits the newest value of every source together, once each has one, and again whenever one of them has a newer one.
 *
 * In plain words: what is the present value of all of these? Not necessarily at the same moment or index: for that see `zipByIndex`.
 *
 * ```
 * a:                         0---1----2---|
 * b:                         --0----1--2|
 * latestTogether({ a, b }):  --v-w--x-yz--|
 *                            v: a0 b0, w: a1 b0, x: a1 b1, y: a2 b1, z: a2 b2
 * ```
 *
 * - Emits a tuple of {@link Point}s for an array of streams, an object for an object. Streams are read by their `latest$`: a busy
 *   subscriber misses points in between, never the newest. Values of Observables pass unchanged.
 * - Completes when all sources have completed, or as soon as one completes without a value; at once for no sources.
 * - Errors when a source does.
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
  return together$.pipe(catchError((error: unknown) => (error === endedEmpty ? EMPTY : throwError(() => error))));
}

/** Signals a source that completed without a value: `combineLatest` would go on, without ever emitting. */
const endedEmpty = Symbol('ended empty');

const latestOf = (source: LatestSource): Observable<unknown> => (isObservable(source) ? source : source.latest$).pipe(throwIfEmpty(() => endedEmpty));

const isList = (sources: readonly LatestSource[] | Readonly<Record<string, LatestSource>>): sources is readonly LatestSource[] => Array.isArray(sources);
