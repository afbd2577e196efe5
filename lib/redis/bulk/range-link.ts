/**
 * The connection over which entries are read by index, opened on first use. It is one of its own: no key is to be tracked for having been
 * looked at, and points that somebody asks for do not wait behind megabytes of the streams that are followed.
 */
import type { Redis } from 'ioredis';
import { catchError, defer, from, switchMap, throwError, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { BlockMemory } from './block-memory.js';
import { Link, type LinkEvents } from '../connection/link.js';
import { RangeReader } from './range-reader.js';
import type { RedisAddress } from '../connection/redis-address.js';
import { disconnected } from '../connection/redis-errors.js';

export class RangeLink {
  private readonly link: Link;
  /** Over the present connection. */
  private reader: RangeReader | undefined;
  private closed = false;

  constructor(
    private readonly address: RedisAddress,
    events: LinkEvents,
    memory: BlockMemory,
  ) {
    this.link = new Link(
      address,
      events,
      (redis) => {
        this.reader = new RangeReader(redis, address.shownUrl, memory);
        return Promise.resolve();
      },
      'bulk',
    );
  }

  use<A>(ask: (reader: RangeReader) => Observable<A>): Observable<A> {
    return defer(() => (this.reader?.isOpen === true ? ask(this.reader) : from(this.opened()).pipe(switchMap(ask)))).pipe(
      // What closing interrupts was not disconnected.
      catchError((error: unknown) => throwError(() => (this.closed ? blissdataError('StoreClosed', {}, error) : error))),
    );
  }

  renew(reason: Error, keep?: (redis: Redis) => boolean): void {
    this.link.renew(reason, keep);
  }

  close(): void {
    this.closed = true;
    this.reader = undefined;
    this.link.close();
  }

  private async opened(): Promise<RangeReader> {
    await this.link.use();
    if (this.reader === undefined) throw disconnected(new Error('the connection was replaced'), this.address.shownUrl);
    return this.reader;
  }
}
