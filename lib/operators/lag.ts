/** Measures how far a reader is behind its stream. */
import { asyncScheduler, exhaustMap, Observable, take, type OperatorFunction } from 'rxjs';
import { every, requirePeriod } from '../model/time.js';
import { endOf, type Item } from './point-or-chunk.js';
import type { RateOptions } from './rate.js';

/** The position of a reader in its stream. */
export interface Lag {
  /** The index of the reader's next point. */
  readonly position: number;
  /** The number of points published. */
  readonly length: number;
  /** How many of them the reader has not received yet. */
  readonly lag: number;
}

/**
 * Compares the points received with the length of the stream, once per period.
 *
 * In plain words: how many points is this reader behind?
 *
 * ```
 * published:                            5--6--7--8-9---
 * source:                               0--1--2----3---
 * lag(stream.length(), { period: 5 }):  -----x----y----
 *                                       x: 2 of 7, y: 3 of 9
 * ```
 *
 * - Emits a {@link Lag} for every period, but for those that end while a request for the length is under way.
 * - Completes when the source completes.
 * - Errors when the source or `length$` does.
 *
 * It counts points as they pass, so put it behind the work: what a slow operator after it has buffered counts as received.
 *
 * @param length$ the number of points, subscribed once a period for its first value: `stream.length()`
 * @throws InvalidArgument at the call for a period that is not above 0
 * @example
 * stream.chunks$.pipe(lag(stream.length())).subscribe(({ lag }) => console.log(`${lag} points behind`));
 */
export function lag(length$: Observable<number>, { period = 1000, scheduler = asyncScheduler }: RateOptions = {}): OperatorFunction<Item, Lag> {
  requirePeriod('period', period);
  return (source) =>
    new Observable((subscriber) => {
      let position = 0;
      const fail = (error: unknown): void => subscriber.error(error);
      subscriber.add(
        every(period, scheduler)
          .pipe(exhaustMap(() => length$.pipe(take(1))))
          .subscribe({ next: (length) => subscriber.next({ position, length, lag: Math.max(length - position, 0) }), error: fail }),
      );
      subscriber.add(
        source.subscribe({
          next: (item) => {
            position = endOf(item);
          },
          error: fail,
          complete: () => subscriber.complete(),
        }),
      );
    });
}
