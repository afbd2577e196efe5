/** How a chaotic run paces itself. */
import { asyncScheduler, delay, firstValueFrom, from, fromEvent, map, of, race, timer } from 'rxjs';

/** Resolves after so many ms. */
export async function pause(ms: number): Promise<void> {
  await firstValueFrom(of(undefined).pipe(delay(ms, asyncScheduler)));
}

/** Resolves after so many ms, or when stopped. */
export async function pauseUntil(stop: AbortSignal, ms: number): Promise<void> {
  if (!stop.aborted) await firstValueFrom(race(timer(ms, asyncScheduler), fromEvent(stop, 'abort')));
}

/** Whether something came to an end within so many ms, in whatever way. */
export function endsWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const ended = work.then(
    () => true,
    () => true,
  );
  return firstValueFrom(race(from(ended), timer(ms, asyncScheduler).pipe(map(() => false))));
}
