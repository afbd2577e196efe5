/** The package's timers: a native one of 2^31 ms or more fires at once, so long waits are made of several. */
import { NEVER, Observable, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';
import { blissdataError } from './errors.js';

/** The longest delay of a native timer, in ms (HTML standard, "timers"; Node's `TIMEOUT_MAX`): for timers made elsewhere. */
export const longestTimer = 2 ** 31 - 1;

/**
 * Emits 0 after `ms` ms, however many, and completes; at once if `ms` is not positive, never if it is `Infinity`.
 *
 * ```
 * after(4):  ----(0|)
 * ```
 */
export function after(ms: number, scheduler: SchedulerLike): Observable<0> {
  if (ms === Infinity) return NEVER;
  return new Observable((subscriber) => {
    const step = Math.min(Math.max(ms, 0), longestTimer);
    return scheduler.schedule<number>(
      function (this: SchedulerAction<number>, left = 0) {
        if (left > 0) {
          const next = Math.min(left, longestTimer);
          this.schedule(left - next, next);
          return;
        }
        subscriber.next(0);
        subscriber.complete();
      },
      step,
      ms - step,
    );
  });
}

/**
 * Emits 0, 1, 2, ... every `ms` ms, however many; never if that is `Infinity`.
 *
 * ```
 * every(4):  ----0---1---2---
 * ```
 */
export function every(ms: number, scheduler: SchedulerLike): Observable<number> {
  if (ms === Infinity) return NEVER;
  return new Observable((subscriber) => {
    const period = Math.max(ms, 0);
    const first = Math.min(period, longestTimer);
    let count = 0;
    return scheduler.schedule<number>(
      function (this: SchedulerAction<number>, left = 0) {
        const remaining = left > 0 ? left : period;
        if (left <= 0) subscriber.next(count++);
        const next = Math.min(remaining, longestTimer);
        this.schedule(remaining - next, next);
      },
      first,
      period - first,
    );
  });
}

/** Calls `work` after `ms` ms, however many, unless unsubscribed before; never if that is `Infinity`. */
export function doAfter(ms: number, scheduler: SchedulerLike, work: () => void): Subscription {
  return after(ms, scheduler).subscribe({
    next: work,
    error: (error: unknown) => {
      throw error;
    },
  });
}

/** @throws InvalidArgument unless it is a number of ms of at least `least`; `Infinity` is allowed. */
export function requireTime(argument: string, ms: unknown, least = 0): void {
  if (typeof ms === 'number' && ms >= least) return;
  throw blissdataError('InvalidArgument', { argument, expected: least === 0 ? 'a time in ms' : `a time in ms, of at least ${least}`, received: String(ms) });
}

/** @throws InvalidArgument unless it is a number of ms above 0; `Infinity` is allowed. */
export function requirePeriod(argument: string, ms: unknown): void {
  if (typeof ms === 'number' && ms > 0) return;
  throw blissdataError('InvalidArgument', { argument, expected: 'a time in ms above 0', received: String(ms) });
}
