/** Publishes what a source emits as the points of a stream. */
import { filter, Observable, type OperatorFunction } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { PointInput, StreamType } from '../model/stream-type.js';
import type { StreamWriter } from '../stream/stream-writer.js';

export interface PublishOptions {
  /** How many bytes may wait for the server before a push source is ended with `Overflow`; 64 MiB by default. */
  readonly overflowAt?: number;
}

const defaultOverflow = 64 << 20;

/** What {@link publishTo} gives: an operator for Observables, which also takes an AsyncIterable. */
// The operator comes last: that is the signature which `pipe` infers from.
export type Publisher<T extends StreamType> = ((source: AsyncIterable<PointInput<T>>) => Observable<number>) & OperatorFunction<PointInput<T>, number>;

/**
 * Sends every value of the source to the writer. Emits how many points of the stream the server has confirmed, whenever that
 * grows; seals the stream when the source completes, and completes when the server has everything.
 *
 * ```
 * source:             a-b-c-------|
 * publishTo(writer):  --1-2-3-----|
 * ```
 *
 * - When the source errors, or the subscriber leaves, the stream stays open: the scan's `stop` or `close` seals it.
 * - An Observable cannot be asked to wait: when more than `overflowAt` bytes wait for the server this errors with `Overflow`.
 *   An AsyncIterable can, and is asked for the next value only when there is room.
 * - Errors with what the source errors with, and with what the writer fails with.
 *
 * @example
 * interval(10).pipe(take(1000), map(Math.sin), publishTo(writer)).subscribe({ complete: () => console.log('all there') });
 */
export function publishTo<T extends StreamType>(writer: StreamWriter<T>, { overflowAt = defaultOverflow }: PublishOptions = {}): Publisher<T> {
  return (source: Observable<PointInput<T>> | AsyncIterable<PointInput<T>>): Observable<number> =>
    new Observable((subscriber) => {
      const confirmed$ = writer.acknowledged$.pipe(filter((count) => count > 0));
      subscriber.add(confirmed$.subscribe({ next: (count) => subscriber.next(count), error: (error: unknown) => subscriber.error(error) }));
      const finish = (): void => {
        writer.seal().then(
          () => subscriber.complete(),
          (error: unknown) => subscriber.error(error),
        );
      };
      if (Symbol.asyncIterator in source) {
        sendAll(source, writer, () => subscriber.closed).then(
          (all) => all && finish(),
          (error: unknown) => subscriber.error(error),
        );
        return;
      }
      subscriber.add(
        source.subscribe({
          next: (point) => {
            try {
              writer.send(point);
            } catch (error) {
              subscriber.error(error);
              return;
            }
            if (writer.pendingBytes > overflowAt) subscriber.error(blissdataError('Overflow', { key: writer.key, stream: writer.name, limit: overflowAt }));
          },
          error: (error: unknown) => subscriber.error(error),
          complete: finish,
        }),
      );
    });
}

/** Answers whether all was sent: false if the subscriber left before. */
async function sendAll<T extends StreamType>(source: AsyncIterable<PointInput<T>>, writer: StreamWriter<T>, left: () => boolean): Promise<boolean> {
  for await (const point of source) {
    if (left()) return false;
    if (!writer.send(point)) await writer.ready();
  }
  return true;
}
