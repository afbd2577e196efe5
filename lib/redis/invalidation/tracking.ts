/**
 * Wakes by the server's own memory: Redis names each key that changed after it was read.
 *
 * Redis' CLIENT TRACKING remembers the keys that a connection read and, with REDIRECT, names them on a subscriber
 * connection when they change: once after each read, for every kind of change, and for keys that did not exist yet
 * (redis.io, "Client-side caching reference"). So a thousand waiting streams cost one socket.
 *
 * When the subscriber goes, nobody is told anything any more, and on RESP2 the server does not say so to those that were
 * redirected to it, nor does a restarted server know that an id is of its former life. What notices is the subscriber's
 * own socket: it ends, or does not answer a PING. Then all are woken, and each connection is redirected to the next
 * subscriber before anything else is read over it.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Redis } from 'ioredis';
import { exhaustMap, fromEvent, takeUntil, type SchedulerLike } from 'rxjs';
import { isDisconnected, isServerBusy, isServerError, type BlissdataErrorOf } from '../../model/errors.js';
import { every } from '../../model/time.js';
import type { Invalidation } from '../../ports/invalidations.js';
import { hangUp, Link, type LinkEvents } from '../connection/link.js';
import type { RedisAddress } from '../connection/redis-address.js';
import { isReplyError, replyError } from '../connection/redis-errors.js';

const channel = '__redis__:invalidate';
const command = 'CLIENT TRACKING';

/** A connection whose reads are to be tracked: one of ioredis', or one whose socket was taken over. */
export interface TrackedConnection {
  call(command: string, ...args: string[]): Promise<unknown>;
}

export type Tracks = 'every read' | 'reads after CLIENT CACHING YES';

/** The subscriber connection that names keys; another one is another object, even if a restarted server gave it the same id. */
interface Subscriber {
  readonly redis: Redis;
  readonly id: string;
}

export class Tracking {
  private readonly link: Link;
  #subscriber: Subscriber | undefined;
  /** To which subscriber each connection is redirected, from when on. */
  readonly #redirects = new WeakMap<TrackedConnection, { readonly to: Subscriber; readonly done: Promise<void> }>();
  private refused = false;

  /** @param emit tells everybody who waits */
  constructor(
    private readonly address: RedisAddress,
    events: LinkEvents,
    scheduler: SchedulerLike,
    private readonly emit: (wake: Invalidation) => void,
  ) {
    const lost = (reason: unknown): void => {
      const subscriber = this.#subscriber;
      this.#subscriber = undefined;
      // That it is hung up because it is of no use is no failure of the database.
      if (!this.refused) events.lost(reason);
      // Nobody is told of changes any more: everybody has to look, and by looking opens the next subscriber.
      if (subscriber !== undefined) this.emit({ _tag: 'all' });
    };
    // Where none can be opened, all look for themselves: whoever is not answered tells.
    this.link = new Link(address, { ...events, opening: () => undefined, failed: () => undefined, lost }, async (redis) => {
      this.refused = false;
      redis.on('messageBuffer', (_: string, message: unknown) => this.invalidated(message));
      try {
        const id = String(await redis.client('ID'));
        await redis.subscribe(channel);
        this.#subscriber = { redis, id };
      } catch (error) {
        if (!isReplyError(error)) throw error;
        this.refused = true;
        throw this.refusal(error);
      }
      // Faster than the socket timeout, which only runs while a reply is due: that is how a half-open subscriber is noticed.
      every(address.times.socketTimeout / 3, scheduler)
        .pipe(
          exhaustMap(() => answered(redis)),
          takeUntil(fromEvent(redis, 'end')),
        )
        // A ping fails because the connection ends, and that the link reports as lost.
        .subscribe({ error: () => redis.disconnect() });
    });
  }

  /**
   * Makes sure that what this connection reads from now on is tracked. Right: whether it is; not while there is no subscriber to be had.
   * Left: the server, or the user's permissions, do not allow it.
   */
  async track(connection: TrackedConnection, what: Tracks): Promise<E.Either<BlissdataErrorOf<'ServerError'>, boolean>> {
    try {
      await this.link.use();
      const subscriber = this.#subscriber;
      if (subscriber === undefined) return E.right(false);
      await this.redirected(connection, subscriber, what);
      return E.right(true);
    } catch (error) {
      if (isServerError(error) && error.command === command) return E.left(error);
      // Reading goes on without, and says itself if there is no server any more.
      if (isDisconnected(error) || isServerBusy(error) || isServerError(error)) return E.right(false);
      throw error;
    }
  }

  renew(reason: Error, keep?: (redis: Redis) => boolean): void {
    this.link.renew(reason, keep);
  }

  close(): void {
    this.link.close();
  }

  /** Once for each connection and subscriber, however many reads ask for it. */
  private async redirected(connection: TrackedConnection, to: Subscriber, what: Tracks): Promise<void> {
    let redirect = this.#redirects.get(connection);
    if (redirect?.to !== to) {
      redirect = { to, done: this.redirect(connection, to, what) };
      this.#redirects.set(connection, redirect);
    }
    try {
      await redirect.done;
    } catch (error) {
      if (this.#redirects.get(connection) === redirect) this.#redirects.delete(connection);
      throw error;
    }
  }

  private async redirect(connection: TrackedConnection, to: Subscriber, what: Tracks): Promise<void> {
    try {
      // OFF, because switching directly from one subscriber to another is refused once the first is gone; and sent together
      // with ON, for a read that fell between the two would not be tracked.
      await Promise.all([
        connection.call('CLIENT', 'TRACKING', 'OFF'),
        connection.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', to.id, ...(what === 'every read' ? [] : ['OPTIN'])),
      ]);
      // Whether that is allowed shows only where it is used.
      if (what !== 'every read') await connection.call('CLIENT', 'CACHING', 'YES');
    } catch (error) {
      if (!isReplyError(error)) throw error;
      if (!error.message.includes('does not exist')) throw this.refusal(error);
      // It is gone, or is a connection to another server than this one: a new one has to be found in either case.
      hangUp(to.redis);
      throw this.refusal(error, 'CLIENT TRACKING ON REDIRECT');
    }
  }

  private refusal(error: Error, refused = command): Error {
    return replyError(error.message, { url: this.address.shownUrl, command: refused });
  }

  /** A message lists the keys that changed; nil stands for all of them (FLUSHALL). */
  private invalidated(message: unknown): void {
    this.emit(Array.isArray(message) ? { _tag: 'keys', keys: message.map(String) } : { _tag: 'all' });
  }
}

/** Whether the other end is there: a refusal is an answer as well. */
async function answered(redis: Redis): Promise<void> {
  try {
    await redis.ping();
  } catch (error) {
    if (!isReplyError(error)) throw error;
  }
}
