/** A link for bulk reading: each of its connections gets a reader that takes the socket over. */
import type { Redis } from 'ioredis';
import { catchError, defer, from, switchMap, throwError, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import { Link, type LinkEvents } from '../connection/link.js';
import type { RedisAddress } from '../connection/redis-address.js';
import { disconnected } from '../connection/redis-errors.js';
import type { BlockMemory } from './block-builder.js';
import { BulkReader } from './bulk-reader.js';

export class BulkLink {
  private readonly link: Link;
  /** The reader of the current connection. */
  private reader: BulkReader | undefined;
  private closed = false;

  constructor(
    private readonly address: RedisAddress,
    events: LinkEvents,
    memory: BlockMemory,
  ) {
    const takeOver = (redis: Redis): Promise<void> => {
      this.reader = new BulkReader(redis, address.shownUrl, memory);
      return Promise.resolve();
    };
    this.link = new Link(address, events, takeOver, 'bulk');
  }

  /** The reader of the open connection; opens one if needed. */
  async open(): Promise<BulkReader> {
    await this.link.use();
    if (this.reader === undefined) throw disconnected(new Error('the connection was replaced'), this.address.shownUrl);
    return this.reader;
  }

  /** Reads at once if the connection is open. */
  use<A>(read: (reader: BulkReader) => Observable<A>): Observable<A> {
    return defer(() => (this.reader?.isOpen === true ? read(this.reader) : from(this.open()).pipe(switchMap(read)))).pipe(
      // Closing ends the connection, which is no failure of the network.
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
}
