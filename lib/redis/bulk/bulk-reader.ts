/** Reads data streams over a connection that ioredis opened and whose socket is then read by XreadParser. */
import { Observable, of, throwError } from 'rxjs';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import type { Id } from '../../ports/keys.js';
import type { Block, ReadRequest } from '../../ports/streams.js';
import { compareIds, entryId, sealId } from '../../wire/stream-id.js';
import { BlockMemory } from './block-memory.js';
import { disconnected, replyError } from '../connection/redis-errors.js';
import { encoded, RawConnection, type Reply } from './raw-connection.js';

/** One socket: requests go out in order, replies come back in order. */
export class BulkReader {
  private readonly connection: RawConnection;

  constructor(
    redis: Redis,
    private readonly url: string,
    memory = new BlockMemory(),
  ) {
    this.connection = new RawConnection(redis, url, memory);
  }

  /** Whether nothing has ended the connection yet. */
  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  /** One XREAD over all wants; the blocks come in the order of the wants, empty where there is nothing yet. */
  read(wants: readonly ReadRequest[]): Observable<readonly Block[]> {
    if (wants.length === 0) return of([]);
    const starved = wants.find(({ maxEntries }) => !(maxEntries >= 1));
    if (starved !== undefined) {
      // To Redis a COUNT of 0 means no limit at all.
      return throwError(() => blissdataError('InvalidArgument', { argument: 'maxEntries', expected: 'at least 1', received: String(starved.maxEntries) }));
    }
    return new Observable((subscriber) => {
      const take = (reply: Reply): true => {
        if (reply._tag === 'lost') subscriber.error(disconnected(reply.reason, this.url));
        else if (reply._tag === 'error') subscriber.error(replyError(reply.reply, { url: this.url, command: 'XREAD' }));
        else if (reply._tag === 'blocks') {
          subscriber.next(inOrder(wants, reply.blocks));
          subscriber.complete();
        } else subscriber.error(blissdataError('UnexpectedReply', { command: 'XREAD', problems: ['expected streams'] }));
        return true;
      };
      this.connection.send(encoded(xreadArguments(wants)), { take });
    });
  }

  /** A command about the connection itself, one that is answered by a status. */
  call(...args: readonly string[]): Promise<string> {
    return this.connection.call(...args);
  }
}

const nothing: Omit<Block, 'key'> = { firsts: new Float64Array(0), lens: new Float64Array(0), ends: new Float64Array(0), bytes: new Uint8Array(0) };

/** The reply names the streams in the order of the request and passes over those that have nothing; a key may be wanted twice. */
function inOrder(wants: readonly ReadRequest[], blocks: readonly Block[]): readonly Block[] {
  let next = 0;
  return wants.map(({ key, after }) => {
    const block = blocks[next];
    if (block?.key !== key || !follows(block, after)) return { key, ...nothing };
    next++;
    return block;
  });
}

const follows = ({ firsts: [first] }: Block, after: Id): boolean => compareIds(first === undefined ? sealId : entryId(first), after) > 0;

/** XREAD has one COUNT for all streams, so the smallest credit counts. */
function xreadArguments(wants: readonly ReadRequest[]): readonly string[] {
  const count = wants.reduce((least, want) => Math.min(least, want.maxEntries), Infinity);
  return ['XREAD', 'COUNT', String(count), 'STREAMS', ...wants.map((want) => want.key), ...wants.map((want) => want.after)];
}
