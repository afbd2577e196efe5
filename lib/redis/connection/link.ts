/** A connection that opens on first use, and opens anew on the next use after it was lost. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import { decodeReply } from './decode-reply.js';
import type { Purpose, RedisAddress } from './redis-address.js';
import { connectError, isHangUp } from './redis-errors.js';
import { plainError } from './secrets.js';

/** What happens to a link. */
export interface LinkEvents {
  readonly opening: () => void;
  readonly opened: (redis: Redis) => void;
  /** A connection has ended, even if it was idle. */
  readonly lost: (reason: unknown) => void;
  /** A connection could not be opened, or cannot serve its purpose. */
  readonly failed: (reason: unknown) => void;
}

/** For links whose users notice a loss by their next command. */
export const unobserved: LinkEvents = { opening: () => undefined, opened: () => undefined, lost: () => undefined, failed: () => undefined };

/** Disconnects unless the connection is over: ioredis, and the process with it, would still wait for the closed socket. */
export function hangUp(redis: Redis): void {
  if (redis.status !== 'end') redis.disconnect();
}

/**
 * Connects and checks that the other end is a Redis server, with Sentinel the master; rejects with the reason of a failure.
 *
 * @param wanted whether the reason is still of interest
 */
export async function connected(redis: Redis, { shownUrl, scrubbed, sentinels, tlsProbe }: RedisAddress, wanted: () => boolean = () => true): Promise<void> {
  let reason: Error | undefined;
  const remember = (error: unknown): void => {
    reason ??= plainError(error, scrubbed);
  };
  redis.on('error', remember);
  let stopProbe: (() => void) | undefined;
  try {
    const inTheClear = new Promise<never>((_, reject) => {
      stopProbe = tlsProbe.whileConnecting(reject);
    });
    await Promise.race([redis.connect(), inTheClear]);
    // HELLO needs no permission, and is answered even while the server loads.
    const role = roleIn(await redis.call('HELLO'));
    if (sentinels?.serves(role) === false) {
      sentinels.misled();
      throw new Error('the server is not a master, though Sentinel says so');
    }
    tlsProbe.settle();
  } catch (error) {
    const mismatch = wanted() && isHangUp(reason ?? error) ? await tlsProbe.afterHangUp() : undefined;
    if (mismatch !== undefined) throw connectError(mismatch, shownUrl);
    const problem = sentinels?.problemOf(redis);
    // ioredis' own rejection says only that the connection is closed.
    throw connectError(problem === undefined || redis.status === 'ready' ? (reason ?? plainError(error, scrubbed)) : new Error(scrubbed(problem)), shownUrl);
  } finally {
    stopProbe?.();
    redis.off('error', remember);
  }
  // If SELECT fails, ioredis carries on with another database.
  if (reason !== undefined) throw connectError(reason, shownUrl);
}

/** HELLO answers with a list of names and values. */
function roleIn(hello: unknown): unknown {
  const list = decodeReply(t.array(t.unknown), 'HELLO', hello);
  return list[list.indexOf('role') + 1];
}

/** Connections are private (#) because they know passwords, which must not show when a store is inspected. */
export class Link {
  #opening: Promise<Redis> | undefined;
  #redis: Redis | undefined;
  /** The same once it is set up, until it ends. */
  #ready: Redis | undefined;
  /** Resolves once the current connection is over. */
  private ended: Promise<void> = Promise.resolve();
  private closed = false;
  /** Rejects the current opening. */
  private abandon: () => void = () => undefined;
  /** Why connections were ended by us. */
  readonly #ending = new WeakMap<Redis, Error>();
  /** Why the others were lost. */
  readonly #lost = new WeakMap<Redis, Error>();

  /** @param prepare sets a new connection up before its first use */
  constructor(
    private readonly address: RedisAddress,
    private readonly events: LinkEvents,
    private readonly prepare: (redis: Redis) => Promise<void> = () => Promise.resolve(),
    private readonly purpose: Purpose = 'commands',
  ) {}

  /** The open connection, if there is one. */
  get current(): Redis | undefined {
    return !this.closed && this.#ready?.stream.writable === true ? this.#ready : undefined;
  }

  /** The open connection; rejects with `Disconnected` if none can be opened, `StoreClosed` after close. */
  async use(): Promise<Redis> {
    for (;;) {
      if (this.closed) throw blissdataError('StoreClosed', {});
      this.#opening ??= this.opening();
      const redis = await this.#opening;
      if (redis.stream.writable) return redis;
      // The socket broke, but its end has not been reported yet: trying again in a tight loop would block that report for ever.
      await this.ended;
    }
  }

  /** Ends the current connection and its commands in flight, unless it is to be kept: the next use opens another, perhaps to another server. */
  renew(reason: Error, keep: (redis: Redis) => boolean = () => false): void {
    if (this.#redis === undefined || this.#redis.status === 'end' || keep(this.#redis)) return;
    this.#ending.set(this.#redis, reason);
    hangUp(this.#redis);
  }

  /** Why a connection was lost, undefined if we ended it: commands in flight only learn from ioredis that it was. */
  reasonOf(redis: Redis): Error | undefined {
    return this.#ending.has(redis) || this.closed ? undefined : (this.#lost.get(redis) ?? new Error('the connection was closed'));
  }

  close(): void {
    this.closed = true;
    // disconnect, not quit: QUIT would wait behind the commands in flight.
    if (this.#redis !== undefined) hangUp(this.#redis);
    this.abandon();
  }

  /** A request to a Sentinel cannot be cancelled, so closing rejects at once and lets it run out. */
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
    // ioredis reports the reason by 'error', then the end by 'end'.
    redis.on('error', (error: unknown) => {
      reason = plainError(error, this.address.scrubbed);
      this.#lost.set(redis, reason);
    });
    this.ended = new Promise((resolve) => {
      redis.once('end', () => {
        resolve();
        // A connection that failed may end after the next one was opened.
        if (this.#redis !== redis) return;
        this.#opening = undefined;
        this.#ready = undefined;
        if (!this.closed) this.events.lost(this.#ending.get(redis) ?? reason ?? new Error('the server closed the connection'));
      });
    });
    try {
      await connected(redis, this.address, () => !this.closed);
      await this.prepare(redis);
    } catch (error) {
      // After its end, the next one may already be opening.
      if (this.#redis === redis) this.#opening = undefined;
      hangUp(redis);
      if (this.closed) throw blissdataError('StoreClosed', {}, plainError(error));
      const failure = connectError(error, this.address.shownUrl);
      this.events.failed(failure);
      throw failure;
    }
    this.#ready = redis;
    this.events.opened(redis);
    return redis;
  }
}
