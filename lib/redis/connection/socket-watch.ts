/**
 * Timeouts for what comes over a network, which count only while data could arrive.
 *
 * Work that blocks the event loop keeps received bytes unread, and when it ends, due timers run first (libuv's "Design overview": timers
 * come before the poll for I/O). So a timeout is a number of turns of the loop here: each turn begins when a share of the time has passed,
 * and ends after the next poll for I/O. However long work blocks the loop, it counts as one turn.
 */
import { toError } from 'fp-ts/lib/Either.js';
import type { Redis } from 'ioredis';
import { asyncScheduler, fromEvent, merge, Observable, repeat, switchMap, takeUntil } from 'rxjs';
import { after } from '../../model/time.js';
import { silence } from './redis-errors.js';

type Socket = Redis['stream'];

/** How many turns make a timeout; it may be exceeded by one of them. */
const turnsPerTimeout = 8;

/** After the next poll for I/O. */
const polled$: Observable<void> = new Observable((subscriber) => {
  const immediate = setImmediate(() => {
    subscriber.next();
    subscriber.complete();
  });
  return () => clearImmediate(immediate);
});

/** Emits at the end of each turn; `turnsPerTimeout` + 1 of them take at least `ms` ms. */
const turns = (ms: number): Observable<void> => after(ms / turnsPerTimeout, asyncScheduler).pipe(switchMap(() => polled$), repeat());

/** Emits at the end of each turn once a condition has held for `ms` ms. */
const whileHolding = (ms: number, holds: () => boolean): Observable<void> =>
  new Observable((subscriber) => {
    let count = 0;
    return turns(ms).subscribe({
      next: () => {
        count = holds() ? count + 1 : 0;
        // The condition may have come true just before the end of the first turn.
        if (count > turnsPerTimeout) subscriber.next();
      },
      error: (error: unknown) => subscriber.error(error),
    });
  });

/** Destroys a socket on which a reply is due for `ms` ms without a byte arriving: a half-open one never says so. */
export function watchSilence(socket: Socket, ms: number, isDue: () => boolean): void {
  let { bytesRead } = socket;
  const isSilent = (): boolean => {
    const before = bytesRead;
    ({ bytesRead } = socket);
    return isDue() && bytesRead === before;
  };
  whileHolding(ms, isSilent)
    .pipe(takeUntil(fromEvent(socket, 'close')))
    .subscribe({ next: () => socket.destroy(silence(ms)), error: (error: unknown) => socket.destroy(toError(error)) });
}

const limits = new WeakMap<Redis, number>();

/** A connection's `socketTimeout`, in ms. */
export const socketTimeoutOf = (redis: Redis): number => limits.get(redis) ?? Infinity;

/** Applies `connectTimeout` to each opening, and `socketTimeout` to replies as long as ioredis sends the commands. */
export function withTimeouts(redis: Redis, { connectTimeout, socketTimeout }: { readonly connectTimeout: number; readonly socketTimeout: number }): Redis {
  limits.set(redis, socketTimeout);
  redis.on('connecting', () => {
    whileHolding(connectTimeout, () => isConnecting(redis))
      .pipe(takeUntil(merge(...['connect', 'close', 'end'].map((event) => fromEvent(redis, event)))))
      .subscribe({ next: () => redis.stream.destroy(notAccepted()), error: (error: unknown) => redis.stream.destroy(toError(error)) });
  });
  redis.on('connect', () => watchSilence(redis.stream, socketTimeout, () => redis.commandQueue.length > 0));
  return redis;
}

/** Sentinels are asked first: until then there is no socket. */
const isConnecting = ({ stream, status }: { readonly stream: Socket | undefined; readonly status: string }): boolean => status === 'connecting' && stream?.destroyed === false;

const notAccepted = (): Error => Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'connect' });
