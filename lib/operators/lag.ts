/** Measures how far a reader is behind its stream. */
import { asyncScheduler, exhaustMap, Observable, take, type OperatorFunction } from 'rxjs';
import { every, requirePeriod } from '../model/time.js';
import { endOf, type Item } from './items.js';
import type { RateOptions } from './rate.js';

/** Where a reader stands in its stream. */
export interface Lag {
  /** The index that comes next for the reader. */
  readonly position: number;
  /** How many points were published. */
  readonly length: number;
  /** How many of them the reader has not got yet. */
  readonly lag: number;
}

/**
 * Compares what has passed with the length of the stream, once per period.
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
 * - Emits a {@link Lag} for every period in which the length was answered; a period that ends while one is being asked for is passed over.
 * - Completes when the source completes.
 * - Errors with what the source errors with, and with what `length$` errors with.
 *
 * A subscriber of `chunks$` has a point as soon as it was handed over, whatever still has to be done with it: put this behind
 * work that is done before the next chunk is asked for.
 *
 * @param length$ how many points there are: its first value counts, anew in each period; `stream.length()` asks the server
 * @throws InvalidArgument at the call for a period that is not above 0.
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
