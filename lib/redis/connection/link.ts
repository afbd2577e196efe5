/** One connection that opens on first use, and opens anew on the next use after it was lost. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import type { Purpose, RedisAddress } from './redis-address.js';
import { connectError, isHangUp } from './redis-errors.js';
import { decodeReply } from '../commands/replies.js';
import { plainError } from './secrets.js';

/** What becomes of a link. */
export interface LinkEvents {
  readonly opening: () => void;
  readonly opened: (redis: Redis) => void;
  /** A connection has ended, be it that nobody wanted anything of it. */
  readonly lost: (reason: unknown) => void;
  /** None could be opened, or it cannot be used for what it is for. */
  readonly failed: (reason: unknown) => void;
}

/** Disconnects, unless it is over already: ioredis would still wait for a socket that has gone, and the process with it. */
export function hangUp(redis: Redis): void {
  if (redis.status !== 'end') redis.disconnect();
}

/**
 * Connects to what is a Redis server, the master where Sentinel says which one that is, or rejects with why that failed.
 *
 * @param wanted whether anybody wants to know why
 */
export async function connected(redis: Redis, { shownUrl, scrubbed, sentinels, tlsDoubts }: RedisAddress, wanted: () => boolean = () => true): Promise<void> {
  let reason: Error | undefined;
  const remember = (error: unknown): void => {
    reason ??= plainError(error, scrubbed);
  };
  redis.on('error', remember);
  let stopDoubting: (() => void) | undefined;
  try {
    const inTheClear = new Promise<never>((_, reject) => {
      stopDoubting = tlsDoubts?.whileConnecting(reject);
    });
    await Promise.race([redis.connect(), inTheClear]);
    // Everybody may ask that, and it is answered at all times.
    const role = roleIn(await redis.call('HELLO'));
    if (sentinels !== undefined && role !== 'master') {
      sentinels.misled();
      throw new Error('the server is no master, though Sentinel says so');
    }
    tlsDoubts?.settle();
  } catch (error) {
    const doubt = wanted() && isHangUp(reason ?? error) ? await tlsDoubts?.afterwards() : undefined;
    if (doubt !== undefined) throw connectError(doubt, shownUrl);
    const problem = sentinels?.problemOf(redis);
    // By itself it only says that the connection is closed.
    throw connectError(problem === undefined || redis.status === 'ready' ? (reason ?? plainError(error, scrubbed)) : new Error(scrubbed(problem)), shownUrl);
  } finally {
    stopDoubting?.();
    redis.off('error', remember);
  }
  // Where the database cannot be selected, ioredis goes on with another one.
  if (reason !== undefined) throw connectError(reason, shownUrl);
}

/** HELLO answers with a list of names and values. */
function roleIn(hello: unknown): unknown {
  const list = decodeReply(t.array(t.unknown), 'HELLO', hello);
  return list[list.indexOf('role') + 1];
}

/** Connections are behind #: they know passwords, and nobody who looks at a store is to see those. */
export class Link {
  #opening: Promise<Redis> | undefined;
  #redis: Redis | undefined;
  /** Resolves once the present connection is over. */
  private ended: Promise<void> = Promise.resolve();
  private closed = false;
  /** Lets nobody wait any more for the present opening. */
  private abandon: () => void = () => undefined;
  /** Why connections were ended from here. */
  readonly #ending = new WeakMap<Redis, Error>();
  /** Why others were lost. */
  readonly #lost = new WeakMap<Redis, Error>();

  /** @param prepare what has to be done on a new connection before anybody uses it */
  constructor(
    private readonly address: RedisAddress,
    private readonly events: LinkEvents,
    private readonly prepare: (redis: Redis) => Promise<void> = () => Promise.resolve(),
    private readonly purpose: Purpose = 'commands',
  ) {}

  /** The open connection; rejects with `Disconnected` when none can be had, `StoreClosed` after close. */
  async use(): Promise<Redis> {
    for (;;) {
      if (this.closed) throw blissdataError('StoreClosed', {});
      this.#opening ??= this.opening();
      const redis = await this.#opening;
      if (redis.stream.writable) return redis;
      // It broke, and has yet to say so: whoever tried again and again at once would keep it from saying so for ever.
      await this.ended;
    }
  }

  /**
   * Ends the present connection, if there is one that is not to be kept, with what is under way: the next use opens another, perhaps to
   * another server.
   */
  renew(reason: Error, keep: (redis: Redis) => boolean = () => false): void {
    if (this.#redis === undefined || this.#redis.status === 'end' || keep(this.#redis)) return;
    this.#ending.set(this.#redis, reason);
    hangUp(this.#redis);
  }

  /** Why a connection was lost that was not ended from here: what ioredis says to whoever was waiting for a reply is only that it was. */
  reasonOf(redis: Redis): Error | undefined {
    return this.#ending.has(redis) || this.closed ? undefined : (this.#lost.get(redis) ?? new Error('the connection was closed'));
  }

  close(): void {
    this.closed = true;
    // disconnect, not quit: a QUIT would wait behind whatever is in flight.
    if (this.#redis !== undefined) hangUp(this.#redis);
    this.abandon();
  }

  /** What is asked of a Sentinel cannot be given up, only waited for: whoever waits is told at once all the same. */
  private opening(): Promise<Redis> {
    return new Promise((resolve, reject) => {
      this.abandon = () => reject(blissdataError('StoreClosed', {}));
      this.open().then(resolve, reject);
    });
  }

  private async open(): Promise<Redis> {
    const redis = this.address.connection(this.purpose);
    this.#redis = redis;
    this.events.opening();
    let reason: Error | undefined;
    // ioredis tells why by 'error' and that it is over by 'end', in this order.
    redis.on('error', (error: unknown) => {
      reason = plainError(error, this.address.scrubbed);
      this.#lost.set(redis, reason);
    });
    this.ended = new Promise((resolve) => {
      redis.once('end', () => {
        resolve();
        // One that could not be used may end after the next was opened.
        if (this.#redis !== redis) return;
        this.#opening = undefined;
        if (!this.closed) this.events.lost(this.#ending.get(redis) ?? reason ?? new Error('the server closed the connection'));
      });
    });
    try {
      await connected(redis, this.address, () => !this.closed);
      await this.prepare(redis);
    } catch (error) {
      // By its end the next may have been asked for.
      if (this.#redis === redis) this.#opening = undefined;
      hangUp(redis);
      if (this.closed) throw blissdataError('StoreClosed', {}, plainError(error));
      const failure = connectError(error, this.address.shownUrl);
      this.events.failed(failure);
      throw failure;
    }
    this.events.opened(redis);
    return redis;
  }
}
