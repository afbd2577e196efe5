/** Measures how fast points come. */
import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import { pointCount } from '../model/chunk-data.js';
import { every, requirePeriod } from '../model/time.js';
import { bytesOf, isChunk, type Item } from './items.js';

/** What passed in one period. */
export interface Rate {
  readonly points: number;
  /** Of numbers, what they take on the wire, without the overhead of entries; 8 for a number that comes as a point; of JSON the length of its text. */
  readonly bytes: number;
  /** How many points were reported as trimmed off, which are not among `points`. */
  readonly expired: number;
  /** How long the period was in truth, in ms. */
  readonly ms: number;
  readonly pointsPerSecond: number;
  readonly bytesPerSecond: number;
}

export interface RateOptions {
  /** How often to measure, in ms, of any length; 1000 by default, `Infinity` for never. */
  readonly period?: number;
  /** The clock and timers; RxJS' `asyncScheduler` by default. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Counts the points and bytes of chunks or points, and emits them once per period.
 *
 * In plain words: the speedometer of a stream.
 *
 * ```
 * source:                ab---c---------|
 * rate({ period: 4 }):   ----x---y---z--(w|)
 *                        x: 2 points, y: 1, z: 0, w: 0 in 3 ms
 * ```
 *
 * - Emits a {@link Rate} at the end of each period, of 0 as well, and when the source completes one for the time since. The rates
 *   are over the time that truly passed; if none did, over a whole period.
 * - Completes when the source completes.
 * - Errors with what the source errors with.
 *
 * It takes the place of the values; to have both, `share()` the source or `connect` to it.
 *
 * @throws InvalidArgument at the call for a period that is not above 0.
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
