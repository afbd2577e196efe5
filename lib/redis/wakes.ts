/**
 * The shared wake-up of everything that waits: Redis names each key that changed after it was read.
 *
 * Redis' CLIENT TRACKING remembers the keys that a connection read and, with REDIRECT, names them on a subscriber
 * connection when they change: once after each read, for every kind of change, and for keys that did not exist yet
 * (redis.io, "Client-side caching reference"). So a thousand waiting streams cost one socket.
 */
import { exhaustMap, fromEvent, interval, Subject, takeUntil, type Observable, type SchedulerLike } from 'rxjs';
import type { Wake } from '../ports/database.js';
import { socketTimeoutMs, type RedisAddress } from './connection-options.js';
import { isReplyError } from './redis-errors.js';
import { Link, type LinkEvents } from './link.js';

const channel = '__redis__:invalidate';

/** Faster than the socket timeout, which only runs while a reply is due: that is how a half-open subscriber is noticed. */
const pingEveryMs = socketTimeoutMs / 3;

/** A connection whose reads are to be tracked: one of ioredis', or one whose socket was taken over. */
export interface TrackedConnection {
  call(command: string, ...args: string[]): Promise<unknown>;
}

export class Wakes {
  private readonly wakes = new Subject<Wake>();
  readonly wakes$: Observable<Wake> = this.wakes.asObservable();

  private readonly subscriber: Link;
  /** The subscriber connection that names keys at present; ids are never used twice by one server. */
  private subscriberId: string | undefined;
  /** To which subscriber each tracked connection is redirected. */
  private readonly redirects = new WeakMap<TrackedConnection, string>();
  private refused = false;

  /** @param keepAwake called when the server refuses tracking, so that somebody wakes the readers by the clock instead */
  constructor(
    address: RedisAddress,
    events: LinkEvents,
    scheduler: SchedulerLike,
    private readonly keepAwake: () => void,
  ) {
    const lost = (reason: unknown): void => {
      this.subscriberId = undefined;
      events.lost(reason);
      // Nobody is told of changes any more: everybody has to look, and by looking opens the next subscriber.
      this.all();
    };
    this.subscriber = new Link(address, { ...events, lost }, async (redis) => {
      redis.on('messageBuffer', (_: string, message: unknown) => this.invalidated(message));
      this.subscriberId = String(await redis.client('ID'));
      await redis.subscribe(channel);
      const ended$ = fromEvent(redis, 'end');
      interval(pingEveryMs, scheduler)
        .pipe(
          exhaustMap(() => redis.ping()),
          takeUntil(ended$),
        )
        // A ping fails because the connection ends, and that the link reports as lost.
        .subscribe({ error: () => redis.disconnect() });
    });
  }

  /**
   * Makes sure that what this connection reads from now on is tracked. A connection that was not tracked before misses
   * nothing if it calls this before its first read.
   */
  async track(connection: TrackedConnection, mode: 'every read' | 'reads after CLIENT CACHING YES'): Promise<void> {
    if (this.refused) return;
    await this.subscriber.use();
    const id = this.subscriberId;
    if (id === undefined || this.redirects.get(connection) === id) return;
    try {
      // Switching directly from one subscriber to another is refused once the first is gone.
      if (this.redirects.has(connection)) await connection.call('CLIENT', 'TRACKING', 'OFF');
      await connection.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, ...(mode === 'every read' ? [] : ['OPTIN']));
      this.redirects.set(connection, id);
    } catch (error) {
      if (!isReplyError(error)) throw error;
      this.refused = true;
      this.keepAwake();
    }
  }

  /** True once the server has refused tracking: reads then arm nothing. */
  get trackingRefused(): boolean {
    return this.refused;
  }

  /** Tells every waiting reader to look for itself. */
  all(): void {
    this.wakes.next({ _tag: 'all' });
  }

  close(): void {
    this.subscriber.close();
    this.wakes.complete();
  }

  /** A message lists the keys that changed; nil stands for all of them (FLUSHALL). */
  private invalidated(message: unknown): void {
    if (!Array.isArray(message)) this.all();
    else this.wakes.next({ _tag: 'keys', keys: message.map(String) });
  }
}
