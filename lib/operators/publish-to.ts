/** Publishes the values of a source as the points of a stream. */
import { concat, defer, filter, ignoreElements, merge, Observable, tap, type OperatorFunction } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { PointInput, StreamType } from '../model/stream-type.js';
import type { StreamWriter } from '../stream/stream-writer.js';

export interface PublishOptions {
  /** How many bytes may wait for the server before an Observable is ended with `Overflow`; 64 MiB by default. */
  readonly overflowAt?: number;
}

const defaultOverflow = 64 << 20;

/** An operator for Observables that also takes an AsyncIterable. */
// The operator signature comes last, since `pipe` infers from the last one.
export type Publisher<T extends StreamType> = ((source: AsyncIterable<PointInput<T>>) => Observable<number>) & OperatorFunction<PointInput<T>, number>;

/**
 * Sends every value of the source to the writer. Emits the number of points that the server has confirmed, whenever it grows; seals
 * the stream when the source completes, and then completes itself.
 *
 * ```
 * source:             ab-c-----|
 * to the server:      a---(bc)-(seal)
 * publishTo(writer):  ----1---3----|
 * ```
 *
 * - When the source errors or the subscriber leaves, the stream stays open: the scan's `stop` or `close` seals it.
 * - An Observable cannot be held back: it errors with `Overflow` when more than `overflowAt` bytes wait for the server. The
 *   next value of an AsyncIterable is requested only when there is room. A server that is away or out of memory is no error while there
 *   is room and the store's option `retry` allows.
 * - Errors when the source errors or the writer fails.
 *
 * @example
 * interval(10).pipe(take(1000), map(Math.sin), publishTo(writer)).subscribe({ complete: () => console.log('all there') });
 */
export function publishTo<T extends StreamType>(writer: StreamWriter<T>, { overflowAt = defaultOverflow }: PublishOptions = {}): Publisher<T> {
  const send = (point: PointInput<T>): void => {
    writer.send(point);
    if (writer.pendingBytes > overflowAt) throw blissdataError('Overflow', { key: writer.key, stream: writer.name, limit: overflowAt });
  };
  return (source: Observable<PointInput<T>> | AsyncIterable<PointInput<T>>): Observable<number> => {
    const confirmed$ = writer.acknowledged$.pipe(filter((count) => count > 0));
    const sent$ = Symbol.asyncIterator in source ? sendAll(source, writer) : source.pipe(tap(send));
    const sealed$ = defer(() => writer.seal());
    return merge(confirmed$, concat(sent$, sealed$).pipe(ignoreElements()));
  };
}

/** Requests and sends values one by one, as there is room, then completes. */
function sendAll<T extends StreamType>(source: AsyncIterable<PointInput<T>>, writer: StreamWriter<T>): Observable<never> {
  return new Observable((subscriber) => {
    const send = async (): Promise<void> => {
      for await (const point of source) {
        if (subscriber.closed) return;
        if (!writer.send(point)) await writer.ready();
      }
    };
    send().then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
  });
}
