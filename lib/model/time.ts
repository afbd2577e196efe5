/** The package's timers: a native one of 2^31 ms or more fires at once, so long waits are made of several. */
import { NEVER, Observable, type SchedulerAction, type SchedulerLike } from 'rxjs';

/** The longest delay of a native timer, in ms (HTML standard, "timers"; Node's `TIMEOUT_MAX`). */
export const longestTimer = 2 ** 31 - 1;

/**
 * Emits 0 after `ms` ms, however many, and completes; at once for what is not positive, never for `Infinity`.
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
 * Emits 0, 1, 2, ... every `ms` ms, however many; never for `Infinity`.
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
