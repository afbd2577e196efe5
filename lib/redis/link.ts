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
  /** Resolves once the present connection is over. */
  private ended: Promise<void> = Promise.resolve();
  private closed = false;

  /** @param prepare what has to be done on a new connection before anybody uses it */
  constructor(
    private readonly address: RedisAddress,
    private readonly events: LinkEvents,
    private readonly prepare: (redis: Redis) => Promise<void> = () => Promise.resolve(),
    private readonly options: ConnectionOptions = connectionOptions,
  ) {}

  /** The open connection; rejects with `Disconnected` when none can be had, `StoreClosed` after close. */
  async use(): Promise<Redis> {
    for (;;) {
      if (this.closed) throw blissdataError('StoreClosed', {});
      this.opening ??= this.open();
      const redis = await this.opening;
      if (redis.stream.writable) return redis;
      // It broke, and has yet to say so: whoever tried again and again at once would keep it from saying so for ever.
      await this.ended;
    }
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
    this.ended = new Promise((resolve) => {
      redis.once('end', () => {
        resolve();
        // One that could not be used may end after the next was opened.
        if (this.redis !== redis) return;
        this.opening = undefined;
        if (!this.closed) this.events.lost(reason ?? new Error('the server closed the connection'));
      });
    });
    try {
      await redis.connect();
      await this.prepare(redis);
    } catch (error) {
      // By its end the next may have been asked for.
      if (this.redis === redis) this.opening = undefined;
      hangUp(redis);
      if (this.closed) throw blissdataError('StoreClosed', {}, error);
      // connect() itself only says that the connection is closed.
      throw commandError(reason ?? error, { url: this.address.shownUrl, command: 'connect' });
    }
    this.events.opened();
    return redis;
  }
}
