/** Reads several streams as one. */
import { defer, EMPTY, merge, Observable, of, type ObservableInput } from 'rxjs';
import type { PacedChunk, StreamType } from '../model/stream-type.js';
import type { ConsumeOptions } from '../stream/consume.js';
import type { Stream } from '../stream/stream.js';
import { requireCount } from './arguments.js';
import { Turns } from './read-together/turns.js';

/** Streams in an array, by name, or as `scan.streams$` emits them. */
export type Streams = readonly Stream[] | Readonly<Record<string, Stream>> | ReadonlyMap<string, Stream>;

/** A chunk, and where it comes from. */
export interface Arrival<T extends StreamType = StreamType, N extends string = string> {
  /** The name under which the stream was given; its own name, where that was in an array. */
  readonly name: N;
  readonly stream: Stream<T>;
  readonly chunk: PacedChunk<T>;
}

/** What is done with an arrival, until the Promise or Observable that it gives has come to its end. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a function that returns nothing is as good as one that returns undefined
type Project<A, R> = (arrival: A) => ObservableInput<R> | void;

/** What {@link readTogether} gives of some streams: comparing `name` tells TypeScript what the chunk holds. */
export type ArrivalOf<S extends Streams> = S extends ReadonlyMap<string, Stream>
  ? Arrival
  : S extends readonly Stream<infer T>[]
    ? Arrival<T>
    : { readonly [N in keyof S & string]: S[N] extends Stream<infer T> ? Arrival<T, N> : never }[keyof S & string];

/**
 * Reads all chunks of several streams, in the order in which they arrive.
 *
 * In plain words: follow all of these, whichever has something first.
 *
 * ```
 * a:                      a---b------c|
 * b:                      --x---yz---|
 * readTogether({ a, b }): a-x-b-yz---c|
 * ```
 *
 * - Emits an {@link Arrival} for every chunk: of one stream in order, of several as they come. With a `project` it emits what that
 *   gives instead, and the Promise or Observable it returns is waited for before more is worked on: one chunk of all streams at a
 *   time, or as many as `concurrency` says, whoever came first. Meanwhile no stream is read further than its credit, and the
 *   backlogs stay in Redis.
 * - Completes when all streams are sealed and all work is done; at once for no streams.
 * - Errors with what the reading of a stream errors with, and with what the work errors with.
 *
 * Streams of one store are read together: those that have something new share one request.
 *
 * @param streams in an array, by name, or the map that `scan.streams$` emits
 * @throws InvalidArgument at the call for a concurrency that is none.
 * @example
 * readTogether({ diode, image }).subscribe(({ name, chunk }) => console.log(name, chunk.index));
 * readTogether({ diode, image }, (arrival) => save(arrival), { concurrency: 2 }).subscribe();
 */
export function readTogether<const S extends Streams>(streams: S): Observable<ArrivalOf<S>>;
/**
 * The same, with work for each arrival.
 *
 * @param project what to do with an arrival
 * @param options `concurrency` (1), and each stream's `policy`, `credit` and `from` as for `stream.consume`
 */
export function readTogether<const S extends Streams, R = never>(streams: S, project: Project<ArrivalOf<S>, R>, options?: ConsumeOptions): Observable<R>;
export function readTogether(streams: Streams, project: Project<Arrival, unknown> = (arrival) => of(arrival), options: ConsumeOptions = {}): Observable<unknown> {
  const { concurrency = 1, ...reading } = options;
  requireCount('concurrency', concurrency);
  return new Observable((subscriber) => {
    const turns = new Turns(concurrency);
    // Before the streams are left one after the other, each of which would let another one's work begin.
    subscriber.add(() => turns.close());
    const read = ([name, stream]: readonly [string, Stream]): Observable<unknown> =>
      stream.consume((chunk) => turns.take(defer(() => project({ name, stream, chunk }) ?? EMPTY)), reading);
    subscriber.add(merge(...named(streams).map(read)).subscribe(subscriber));
  });
}

function named(streams: Streams): readonly (readonly [string, Stream])[] {
  if (isMap(streams)) return [...streams];
  return isList(streams) ? streams.map((stream) => [stream.name, stream] as const) : Object.entries(streams);
}

const isMap = (streams: Streams): streams is ReadonlyMap<string, Stream> => streams instanceof Map;
const isList = (streams: Streams): streams is readonly Stream[] => Array.isArray(streams);
