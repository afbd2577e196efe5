/**
 * The shared wake-up of everything that waits: Redis names each key that changed after it was read.
 *
 * Redis' CLIENT TRACKING remembers the keys that a connection read and, with REDIRECT, names them on a subscriber
 * connection when they change: once after each read, for every kind of change, and for keys that did not exist yet
 * (redis.io, "Client-side caching reference"). So a thousand waiting streams cost one socket.
 */
import { exhaustMap, fromEvent, interval, Subject, takeUntil, timer, type Observable, type SchedulerLike, type Subscription } from 'rxjs';
import { isDisconnected, isServerError } from '../model/errors.js';
import type { Key, Wake } from '../ports/database.js';
import { socketTimeoutMs, type RedisAddress } from './connection-options.js';
import { isReplyError } from './redis-errors.js';
import { Link, type LinkEvents } from './link.js';

const channel = '__redis__:invalidate';

/** Faster than the socket timeout, which only runs while a reply is due: that is how a half-open subscriber is noticed. */
const pingEveryMs = socketTimeoutMs / 3;

/** How often readers look for themselves while there is no tracking. */
const lookEveryMs = 50;

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
  /** Whether the server, or the user's permissions, do not allow tracking. */
  private refused = false;
  private soon: Subscription | undefined;

  constructor(
    address: RedisAddress,
    private readonly events: LinkEvents,
    private readonly scheduler: SchedulerLike,
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
   * Makes sure that what this connection reads from now on is tracked, and answers whether it is. A connection that was not
   * tracked before misses nothing if it calls this before its first read. Where it is not, readers are woken by the clock.
   */
  async track(connection: TrackedConnection, mode: 'every read' | 'reads after CLIENT CACHING YES'): Promise<boolean> {
    const id = this.refused ? undefined : await this.subscribed();
    if (id === undefined) {
      this.lookAgainSoon();
      return false;
    }
    if (this.redirects.get(connection) === id) return true;
    try {
      // Switching directly from one subscriber to another is refused once the first is gone.
      if (this.redirects.has(connection)) await connection.call('CLIENT', 'TRACKING', 'OFF');
      await connection.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, ...(mode === 'every read' ? [] : ['OPTIN']));
      this.redirects.set(connection, id);
      return true;
    } catch (error) {
      if (!isReplyError(error)) throw error;
      // The subscriber may have gone in the meantime; any other refusal is for good.
      this.refused = !error.message.includes('does not exist');
      this.lookAgainSoon();
      return false;
    }
  }

  /** The present subscriber, if one can be had: reading goes on without, and says itself if there is no server any more. */
  private async subscribed(): Promise<string | undefined> {
    try {
      await this.subscriber.use();
      return this.subscriberId;
    } catch (error) {
      // A user who may not subscribe to the channel never will.
      if (isServerError(error)) this.refused = true;
      else if (!isDisconnected(error)) throw error;
      return undefined;
    }
  }

  /** Wakes everybody once: they look, find no tracking again, and so are woken again. */
  private lookAgainSoon(): void {
    this.soon ??= timer(lookEveryMs, this.scheduler).subscribe({
      next: () => {
        this.soon = undefined;
        this.all();
      },
      error: this.events.lost,
    });
  }

  /** Tells every waiting reader to look for itself. */
  all(): void {
    this.wakes.next({ _tag: 'all' });
  }

  /** Redis forgets a key by itself once it has been named; until then a wake for nobody is all it costs. */
  disarm(_keys: readonly Key[]): void {}

  close(): void {
    this.soon?.unsubscribe();
    this.subscriber.close();
    this.wakes.complete();
  }

  /** A message lists the keys that changed; nil stands for all of them (FLUSHALL). */
  private invalidated(message: unknown): void {
    if (!Array.isArray(message)) this.all();
    else this.wakes.next({ _tag: 'keys', keys: message.map(String) });
  }
}
