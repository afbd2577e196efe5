/** Reads several streams as one. */
import { merge, Observable, type ObservableInput } from 'rxjs';
import { requireCount } from '../model/integer-arguments.js';
import type { PacedChunk, StreamType } from '../model/stream-type.js';
import type { ConsumeOptions } from '../stream/consume.js';
import type { Stream } from '../stream/stream.js';
import { Semaphore } from './read-together/semaphore.js';

/** Streams in an array, by name, or as `scan.streams$` emits them. */
export type Streams = readonly Stream[] | Readonly<Record<string, Stream>> | ReadonlyMap<string, Stream>;

/** A chunk and its stream. */
export interface Arrival<T extends StreamType = StreamType, N extends string = string> {
  /** The name under which the stream was given; its own name if streams were given in an array. */
  readonly name: N;
  readonly stream: Stream<T>;
  readonly chunk: PacedChunk<T>;
}

/** Work on an arrival, which lasts until its Promise or Observable has ended. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- functions that return nothing are welcome
type Project<A, R> = (arrival: A) => ObservableInput<R> | void;

/** The arrivals of some streams: comparing `name` narrows the type of the chunk. */
export type ArrivalOf<S extends Streams> = S extends ReadonlyMap<string, Stream>
  ? Arrival
  : S extends readonly Stream<infer T>[]
    ? Arrival<T>
    : { readonly [N in keyof S & string]: S[N] extends Stream<infer T> ? Arrival<T, N> : never }[keyof S & string];

/**
 * Reads all chunks of several streams, in the order in which they arrive.
 *
 * In plain words: follow all of these, whichever delivers first.
 *
 * ```
 * a:                      a---b------c|
 * b:                      --x---yz---|
 * readTogether({ a, b }): a-x-b-yz---c|
 * ```
 *
 * - Emits an {@link Arrival} for every chunk: those of one stream in order, those of several as they arrive. With a `project` it emits
 *   the results of that instead, and waits for its Promise or Observable before the next chunk: one chunk of all streams at a time, or
 *   `concurrency` of them, first come, first served. Meanwhile no stream is read beyond its credit, and the backlogs stay in Redis.
 * - Completes when all streams are sealed and all work is done; at once for no streams.
 * - Errors when reading a stream or the work does.
 *
 * Streams of one store share requests: one for all that have something new.
 *
 * @param streams in an array, by name, or the map that `scan.streams$` emits
 * @example
 * readTogether({ diode, image }).subscribe(({ name, chunk }) => console.log(name, chunk.index));
 * readTogether({ diode, image }, (arrival) => save(arrival), { concurrency: 2 }).subscribe();
 */
export function readTogether<const S extends Streams>(streams: S): Observable<ArrivalOf<S>>;
/**
 * The same, with work for each arrival.
 *
 * @param streams in an array, by name, or the map that `scan.streams$` emits
 * @param project what to do with an arrival
 * @param options `concurrency` (1), and each stream's `policy`, `credit` and `from` as for `stream.consume`
 * @throws InvalidArgument at the call for an invalid concurrency
 */
export function readTogether<const S extends Streams, R = never>(streams: S, project: Project<ArrivalOf<S>, R>, options?: ConsumeOptions): Observable<R>;
export function readTogether(streams: Streams, project?: Project<Arrival, unknown>, options: ConsumeOptions = {}): Observable<unknown> {
  const { concurrency = 1, ...reading } = options;
  requireCount('concurrency', concurrency);
  return new Observable((subscriber) => {
    const semaphore = new Semaphore(concurrency);
    // First of all: leaving the streams one by one would let the waiting work of others begin.
    subscriber.add(() => semaphore.close());
    const work = project ?? ((arrival: Arrival): void => subscriber.next(arrival));
    const read = ([name, stream]: readonly [string, Stream]): Observable<unknown> =>
      stream.consume((chunk) => semaphore.run(() => work({ name, stream, chunk })), reading);
    subscriber.add(merge(...named(streams).map(read)).subscribe(subscriber));
  });
}

function named(streams: Streams): readonly (readonly [string, Stream])[] {
  if (isMap(streams)) return [...streams];
  return isList(streams) ? streams.map((stream) => [stream.name, stream] as const) : Object.entries(streams);
}

const isMap = (streams: Streams): streams is ReadonlyMap<string, Stream> => streams instanceof Map;
const isList = (streams: Streams): streams is readonly Stream[] => Array.isArray(streams);
