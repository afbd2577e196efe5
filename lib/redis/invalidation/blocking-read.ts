/** One blocking XREAD over many keys, on a connection of its own, and how to end it early: by CLIENT UNBLOCK over another connection. */
import * as t from 'io-ts';
import { firstValueFrom, type SchedulerLike } from 'rxjs';
import type { Redis } from 'ioredis';
import { after } from '../../model/time.js';
import type { Id, Key } from '../../ports/keys.js';
import { compareIds } from '../../wire/stream-id.js';
import { decodeReply } from '../connection/decode-reply.js';
import { hangUp, Link, type LinkEvents } from '../connection/link.js';
import type { RedisAddress } from '../connection/redis-address.js';
import { isReplyError, saysReplica } from '../connection/redis-errors.js';

/** How long a read blocks at most. */
const longestBlockMs = 5000;
/** Where a read cannot be interrupted, it ends soon by itself, so that further keys get in. */
const blockWithoutUnblockMs = 50;
/** The pause before CLIENT UNBLOCK is repeated. */
const unblockAgainMs = 1;

interface BlockingReadOptions {
  readonly address: RedisAddress;
  readonly events: LinkEvents;
  readonly scheduler: SchedulerLike;
  /** The connection for CLIENT UNBLOCK. */
  readonly commands: Link;
  /** A connection that had been opened was lost. */
  readonly lost: () => void;
}

export class BlockingRead {
  private readonly link: Link;
  /** The open connection, and the id for CLIENT UNBLOCK if that is permitted. */
  #connection: { readonly redis: Redis; readonly id: string | undefined } | undefined;
  /** After which ids the read in flight waits. */
  private inFlight: ReadonlyMap<Key, Id> | undefined;
  private readonly blockMs: number;
  /** Whether the read in flight waits for something else than it should. */
  stale = false;

  constructor(private readonly options: BlockingReadOptions) {
    const { address, events } = options;
    // Silence meanwhile does not mean a dead connection. Redis refuses fractions of ms, and 0 would block for ever.
    this.blockMs = Math.max(1, Math.floor(Math.min(longestBlockMs, address.times.socketTimeout / 3)));
    const lost = (reason: unknown): void => {
      const connection = this.#connection;
      this.#connection = undefined;
      events.lost(reason);
      if (connection !== undefined) options.lost();
    };
    // If none can be opened, the readers' own requests report it.
    this.link = new Link(address, { ...events, opening: () => undefined, failed: () => undefined, lost }, async (redis) => {
      this.#connection = { redis, id: await unblockableId(redis) };
    });
  }

  get isInFlight(): boolean {
    return this.inFlight !== undefined;
  }

  /** Whether the read in flight would report an entry after this id. */
  covers(key: Key, id: Id): boolean {
    const after = this.inFlight?.get(key);
    return after !== undefined && compareIds(after, id) <= 0;
  }

  /**
   * Blocks until some keys have entries, the time is up, or the read is interrupted or lost; returns the first new id of each of those keys.
   *
   * Undefined if there is nothing to wait for.
   *
   * @param awaitedIds after which ids to wait, as of when the connection is open
   */
  async read(awaitedIds: () => ReadonlyMap<Key, Id>): Promise<readonly (readonly [Key, Id])[] | undefined> {
    const redis = await this.link.use();
    const ids = awaitedIds();
    if (ids.size === 0) return undefined;
    this.inFlight = ids;
    this.stale = false;
    return firstIds(await this.xread(redis, ids, this.#connection?.id === undefined ? blockWithoutUnblockMs : this.blockMs));
  }

  /** Nil when the read ended without entries. */
  private async xread(redis: Redis, ids: ReadonlyMap<Key, Id>, block: number): Promise<unknown> {
    try {
      return await redis.callBuffer('XREAD', ['COUNT', '1', 'BLOCK', String(block), 'STREAMS', ...ids.keys(), ...ids.values()]);
    } catch (error) {
      // A master that becomes a replica ends blocked commands: another server may be the master now.
      if (saysReplica(error)) hangUp(redis);
      if (isReplyError(error)) throw error;
      return null;
    } finally {
      this.inFlight = undefined;
    }
  }

  /** Ends the read in flight, if that is permitted. */
  async interrupt(): Promise<void> {
    const read = this.inFlight;
    const connection = this.#connection;
    if (read === undefined) return;
    try {
      // 0 means that the read has not reached the server yet, or is over.
      while (this.inFlight === read && connection?.id !== undefined && !(await this.unblock(connection.id))) {
        await firstValueFrom(after(unblockAgainMs, this.options.scheduler));
      }
      // The next read covers everything that is awaited by then.
      if (this.inFlight === read) this.stale = false;
    } catch (error) {
      // The permission was withdrawn after the connection opened: the next connection does without.
      if (isReplyError(error) && connection !== undefined) hangUp(connection.redis);
      throw error;
    }
  }

  renew(reason: Error, keep?: (redis: Redis) => boolean): void {
    this.link.renew(reason, keep);
  }

  close(): void {
    this.link.close();
  }

  private async unblock(id: string): Promise<boolean> {
    const redis = await this.options.commands.use();
    return decodeReply(t.number, 'CLIENT UNBLOCK', await redis.call('CLIENT', ['UNBLOCK', id])) === 1;
  }
}

/** A connection's id, if CLIENT UNBLOCK is permitted. */
async function unblockableId(redis: Redis): Promise<string | undefined> {
  try {
    const id = String(await redis.client('ID'));
    // Without effect, since the connection does not block yet.
    await redis.call('CLIENT', ['UNBLOCK', id]);
    return id;
  } catch (error) {
    if (!isReplyError(error)) throw error;
    return undefined;
  }
}

const bytes = new t.Type<Buffer, Buffer, unknown>('bytes', (u): u is Buffer => Buffer.isBuffer(u), (u, c) => (Buffer.isBuffer(u) ? t.success(u) : t.failure(u, c)), t.identity);
const xreadReply = t.union([t.null, t.array(t.tuple([bytes, t.array(t.tuple([bytes, t.array(bytes)]))]))]);

function firstIds(reply: unknown): readonly (readonly [Key, Id])[] {
  const streams = decodeReply(xreadReply, 'XREAD', reply) ?? [];
  return streams.flatMap(([key, [first]]) => (first === undefined ? [] : [[String(key), String(first[0])] as const]));
}
