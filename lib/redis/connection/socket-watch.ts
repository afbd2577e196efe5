/**
 * Limits of time for what comes over a network, which count only while something could come.
 *
 * Work that keeps the event loop keeps the bytes that have arrived from being read, and when it ends, timers that are due run before they are
 * (libuv's "Design overview": timers come before the poll for I/O). So a limit of time is a number of turns of the loop here: each begins when a share of the time has
 * passed, and ends after the next poll for I/O. However long work keeps the loop, it counts as one turn.
 */
import { toError } from 'fp-ts/lib/Either.js';
import type { Redis } from 'ioredis';
import { asyncScheduler, fromEvent, merge, Observable, repeat, switchMap, takeUntil } from 'rxjs';
import { after } from '../../model/time.js';
import { silence } from './redis-errors.js';

type Socket = Redis['stream'];

/** Into how many turns a limit of time is divided: by so much it may be exceeded. */
const shares = 8;

/** After the next poll for I/O. */
const polled$: Observable<void> = new Observable((subscriber) => {
  const immediate = setImmediate(() => {
    subscriber.next();
    subscriber.complete();
  });
  return () => clearImmediate(immediate);
});

/** Emits at the end of each turn, `shares` and one of which take at least `ms` ms. */
const turns = (ms: number): Observable<void> => after(ms / shares, asyncScheduler).pipe(switchMap(() => polled$), repeat());

/** Counts the turns that something lasts. */
const lasting = (ms: number, lasts: () => boolean): Observable<void> =>
  new Observable((subscriber) => {
    let count = 0;
    return turns(ms).subscribe({
      next: () => {
        count = lasts() ? count + 1 : 0;
        // The first one may have begun just before its end.
        if (count > shares) subscriber.next();
      },
      error: (error: unknown) => subscriber.error(error),
    });
  });

/** Ends a socket over which something is due for `ms` ms without a byte arriving: a half-open one never says so. */
export function watchSilence(socket: Socket, ms: number, isDue: () => boolean): void {
  let { bytesRead } = socket;
  const isSilent = (): boolean => {
    const before = bytesRead;
    ({ bytesRead } = socket);
    return isDue() && bytesRead === before;
  };
  lasting(ms, isSilent)
    .pipe(takeUntil(fromEvent(socket, 'close')))
    .subscribe({ next: () => socket.destroy(silence(ms)), error: (error: unknown) => socket.destroy(toError(error)) });
}

const limits = new WeakMap<Redis, number>();

/** For how long replies may be due over a connection, in ms. */
export const silenceAllowed = (redis: Redis): number => limits.get(redis) ?? Infinity;

/** Watches over each opening of a connection, and over the replies that are due on it as long as ioredis sends the commands. */
export function watched(redis: Redis, { connectTimeout, socketTimeout }: { readonly connectTimeout: number; readonly socketTimeout: number }): Redis {
  limits.set(redis, socketTimeout);
  redis.on('connecting', () => {
    lasting(connectTimeout, () => isConnecting(redis))
      .pipe(takeUntil(merge(...['connect', 'close', 'end'].map((event) => fromEvent(redis, event)))))
      .subscribe({ next: () => redis.stream.destroy(notAccepted()), error: (error: unknown) => redis.stream.destroy(toError(error)) });
  });
  redis.on('connect', () => watchSilence(redis.stream, socketTimeout, () => redis.commandQueue.length > 0));
  return redis;
}

/** Whether there is a socket yet: where Sentinel is asked first, it comes later. */
const isConnecting = ({ stream, status }: { readonly stream: Socket | undefined; readonly status: string }): boolean => status === 'connecting' && stream?.destroyed === false;

const notAccepted = (): Error => Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'connect' });
