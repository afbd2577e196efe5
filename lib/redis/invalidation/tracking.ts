/**
 * Invalidations by CLIENT TRACKING: Redis remembers the keys that a connection reads.
 *
 * With REDIRECT, it names them on a subscriber connection when they change: once after each read, for every kind of change, also for keys
 * that did not exist yet (redis.io, "Client-side caching reference"). So a thousand waiting streams cost one socket.
 *
 * When the subscriber is lost, invalidations stop. On RESP2 the server does not report that to the redirected connections, and a restarted
 * server cannot tell that a client id is from before. Only the subscriber's own socket shows it: it ends, or leaves a PING unanswered. Then
 * everything is invalidated, and each connection is redirected to the next subscriber before it reads anything else.
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

/** A connection whose reads are tracked: one of ioredis, or one whose socket was taken over. */
export interface TrackedConnection {
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** Which reads of a connection the server tracks. */
export type TrackingMode = 'every read' | 'reads after CLIENT CACHING YES';

/** The connection that receives invalidations. Compared as an object: a restarted server may assign the same id again. */
interface Subscriber {
  readonly redis: Redis;
  readonly id: string;
}

export class Tracking {
  private readonly link: Link;
  #subscriber: Subscriber | undefined;
  /** To which subscriber each connection is redirected, and when that is done. */
  readonly #redirects = new WeakMap<TrackedConnection, { readonly to: Subscriber; readonly done: Promise<void> }>();
  private refused = false;

  constructor(
    private readonly address: RedisAddress,
    events: LinkEvents,
    scheduler: SchedulerLike,
    private readonly emit: (invalidation: Invalidation) => void,
  ) {
    const lost = (reason: unknown): void => {
      const subscriber = this.#subscriber;
      this.#subscriber = undefined;
      // Hanging up on a useless subscriber is no failure of the database.
      if (!this.refused) events.lost(reason);
      // Every reader has to read again, which opens the next subscriber.
      if (subscriber !== undefined) this.emit({ _tag: 'all' });
    };
    // If none can be opened, readers read periodically, and their requests report what is wrong.
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
      // The socket timeout only runs while a reply is due, so frequent PINGs reveal a half-open subscriber.
      every(address.times.socketTimeout / 3, scheduler)
        .pipe(
          exhaustMap(() => answersPing(redis)),
          takeUntil(fromEvent(redis, 'end')),
        )
        // A PING fails when the connection ends, which the link reports as lost.
        .subscribe({ error: () => redis.disconnect() });
    });
  }

  /**
   * Makes the server track what this connection reads from now on. Right: whether it does; not while there is no subscriber. Left: the
   * server, or the user's permissions, do not allow it.
   */
  async track(connection: TrackedConnection, mode: TrackingMode): Promise<E.Either<BlissdataErrorOf<'ServerError'>, boolean>> {
    try {
      await this.link.use();
      const subscriber = this.#subscriber;
      if (subscriber === undefined) return E.right(false);
      await this.redirected(connection, subscriber, mode);
      return E.right(true);
    } catch (error) {
      if (isServerError(error) && error.command === command) return E.left(error);
      // Reading goes on without tracking, and reports by itself if there is no server.
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

  /** Once per connection and subscriber, however many reads need it. */
  private async redirected(connection: TrackedConnection, to: Subscriber, mode: TrackingMode): Promise<void> {
    let redirect = this.#redirects.get(connection);
    if (redirect?.to !== to) {
      redirect = { to, done: this.redirect(connection, to, mode) };
      this.#redirects.set(connection, redirect);
    }
    try {
      await redirect.done;
    } catch (error) {
      if (this.#redirects.get(connection) === redirect) this.#redirects.delete(connection);
      throw error;
    }
  }

  private async redirect(connection: TrackedConnection, to: Subscriber, mode: TrackingMode): Promise<void> {
    try {
      // OFF first, because Redis refuses to switch from a lost subscriber directly. Both are sent together: a read in between would not be
      // tracked.
      await Promise.all([
        connection.call('CLIENT', 'TRACKING', 'OFF'),
        connection.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', to.id, ...(mode === 'every read' ? [] : ['OPTIN'])),
      ]);
      // Its permission is only checked when it is used.
      if (mode !== 'every read') await connection.call('CLIENT', 'CACHING', 'YES');
    } catch (error) {
      if (!isReplyError(error)) throw error;
      if (!error.message.includes('does not exist')) throw this.refusal(error);
      // The subscriber is lost, or connected to another server than this connection. In either case a new one is needed.
      hangUp(to.redis);
      throw this.refusal(error, 'CLIENT TRACKING ON REDIRECT');
    }
  }

  private refusal(error: Error, refused = command): Error {
    return replyError(error.message, { url: this.address.shownUrl, command: refused });
  }

  /** A message lists the keys that changed; nil means all of them (FLUSHALL). */
  private invalidated(message: unknown): void {
    this.emit(Array.isArray(message) ? { _tag: 'keys', keys: message.map(String) } : { _tag: 'all' });
  }
}

/** A refusal is an answer as well. */
async function answersPing(redis: Redis): Promise<void> {
  try {
    await redis.ping();
  } catch (error) {
    if (!isReplyError(error)) throw error;
  }
}
