/** Measures how fast points arrive. */
import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import { pointCount } from '../model/chunk-data.js';
import { every, requirePeriod } from '../model/time.js';
import { bytesOf, isChunk, type Item } from './point-or-chunk.js';

/** The points of one period. */
export interface Rate {
  readonly points: number;
  /** For numbers their size on the wire without the overhead of entries (8 for a single number), for JSON the length of the text. */
  readonly bytes: number;
  /** The number of points reported as trimmed, which `points` does not count. */
  readonly expired: number;
  /** The actual length of the period, in ms. */
  readonly ms: number;
  readonly pointsPerSecond: number;
  readonly bytesPerSecond: number;
}

export interface RateOptions {
  /** The time between two measurements in ms; 1000 by default, `Infinity` for none. */
  readonly period?: number;
  /** The clock and timers; RxJS' `asyncScheduler` by default. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Counts the points and bytes that pass, and emits the rates once per period.
 *
 * In plain words: the speedometer of a stream.
 *
 * ```
 * source:                ab---c---------|
 * rate({ period: 4 }):   ----x---y---z--(w|)
 *                        x: 2 points, y: 1, z: 0, w: 0 in 3 ms
 * ```
 *
 * - Emits a {@link Rate} at the end of each period, of 0 as well, and when the source completes one for the time since. Rates refer to
 *   the time that actually passed, or to a whole period if none did.
 * - Completes when the source completes.
 * - Errors when the source does.
 *
 * It replaces the values; to have both, `share()` the source or use `connect`.
 *
 * @throws InvalidArgument at the call for a period that is not above 0
 * @example
 * stream.chunks$.pipe(rate()).subscribe(({ pointsPerSecond }) => console.log(pointsPerSecond));
 */
export function rate({ period = 1000, scheduler = asyncScheduler }: RateOptions = {}): OperatorFunction<Item, Rate> {
  requirePeriod('period', period);
  return (source) =>
    new Observable((subscriber) => {
      let since = scheduler.now();
      let points = 0;
      let bytes = 0;
      let expired = 0;
      const elapsed = (): number => scheduler.now() - since;
      const measure = (): Rate => {
        const ms = elapsed();
        const perSecond = 1000 / (ms > 0 ? ms : period);
        const measured = { points, bytes, expired, ms, pointsPerSecond: points * perSecond, bytesPerSecond: bytes * perSecond };
        since += ms;
        points = bytes = expired = 0;
        return measured;
      };
      const fail = (error: unknown): void => subscriber.error(error);
      subscriber.add(every(period, scheduler).subscribe({ next: () => subscriber.next(measure()), error: fail }));
      subscriber.add(
        source.subscribe({
          next: (item) => {
            points += isChunk(item) ? pointCount(item.data) : 1;
            bytes += bytesOf(item);
            if (isChunk(item)) expired += item.expired;
          },
          error: fail,
          complete: () => {
            if (points > 0 || expired > 0 || elapsed() > 0) subscriber.next(measure());
            subscriber.complete();
          },
        }),
      );
    });
}
