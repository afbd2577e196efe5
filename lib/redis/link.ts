/** One connection that opens on first use, and opens anew on the next use after it was lost. */
import { Redis } from 'ioredis';
import { blissdataError } from '../model/errors.js';
import { connectionOptions, type ConnectionOptions, type RedisAddress } from './connection-options.js';
import { commandError } from './redis-errors.js';

/** What becomes of a link, for `status$`. */
export interface LinkEvents {
  readonly opening: () => void;
  readonly opened: () => void;
  readonly lost: (reason: unknown) => void;
}

/** Disconnects, unless it is over already: ioredis would still wait for a socket that has gone, and the process with it. */
export function hangUp(redis: Redis): void {
  if (redis.status !== 'end') redis.disconnect();
}

export class Link {
  private opening: Promise<Redis> | undefined;
  private redis: Redis | undefined;
  private closed = false;

  /** @param prepare what has to be done on a new connection before anybody uses it */
  constructor(
    private readonly address: RedisAddress,
    private readonly events: LinkEvents,
    private readonly prepare: (redis: Redis) => Promise<void> = () => Promise.resolve(),
    private readonly options: ConnectionOptions = connectionOptions,
  ) {}

  /** The open connection; rejects with `Disconnected` when none can be had, `StoreClosed` after close. */
  use(): Promise<Redis> {
    if (this.closed) return Promise.reject(blissdataError('StoreClosed', {}));
    this.opening ??= this.open();
    return this.opening;
  }

  close(): void {
    this.closed = true;
    // disconnect, not quit: a QUIT would wait behind whatever is in flight.
    if (this.redis !== undefined) hangUp(this.redis);
  }

  private async open(): Promise<Redis> {
    const redis = new Redis(this.address.url, this.options);
    this.redis = redis;
    this.events.opening();
    let reason: unknown;
    // ioredis tells why by 'error' and that it is over by 'end', in this order.
    redis.on('error', (error: unknown) => {
      reason = error;
    });
    redis.once('end', () => {
      // One that could not be used may end after the next was opened.
      if (this.redis !== redis) return;
      this.opening = undefined;
      if (!this.closed) this.events.lost(reason ?? new Error('the server closed the connection'));
    });
    try {
      await redis.connect();
      await this.prepare(redis);
    } catch (error) {
      this.opening = undefined;
      hangUp(redis);
      if (this.closed) throw blissdataError('StoreClosed', {}, error);
      // connect() itself only says that the connection is closed.
      throw commandError(reason ?? error, { url: this.address.shownUrl, command: 'connect' });
    }
    this.events.opened();
    return redis;
  }
}
