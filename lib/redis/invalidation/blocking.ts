/**
 * Wakes where the server does not track: one blocking XREAD over all keys that somebody waits for, on a connection of its own.
 *
 * It waits behind the ids that were read, so that an entry added before it was sent ends it at once; and it is sent anew, by
 * CLIENT UNBLOCK over another connection, whenever it does not wait for what it should. What it does not report (a key
 * deleted, expiring, trimmed, started anew with lower ids) is found by a look every now and then.
 */
import * as t from 'io-ts';
import { exhaustMap, firstValueFrom, type SchedulerLike, type Subscription } from 'rxjs';
import type { Redis } from 'ioredis';
import { isServerError } from '../../model/errors.js';
import { after, every } from '../../model/time.js';
import type { Invalidation } from '../../ports/invalidations.js';
import type { Id, Key } from '../../ports/keys.js';
import { compareIds } from '../../wire/stream-id.js';
import { hangUp, Link, type LinkEvents } from '../connection/link.js';
import type { RedisAddress } from '../connection/redis-address.js';
import { isReplyError, replyError, saysReplica } from '../connection/redis-errors.js';
import { decodeReply, xreadFirstIds } from '../commands/replies.js';
import { ArmedKeys, type Place } from './watched-keys.js';
import { lookAt } from './look-at.js';

/** How long a blocking read lasts at the most. */
const longestBlockMs = 5000;
/** Where a blocking read cannot be ended, it ends by itself soon, so that what is newly waited for gets in. */
const blockWithoutUnblockMs = 50;
/** For so long changes of what is waited for are gathered, since each costs a request over all keys. */
const gatherMs = 1;
/** After something failed all look for themselves, no more often than this. */
const pauseMs = 50;

export interface BlockingOptions {
  readonly address: RedisAddress;
  readonly events: LinkEvents;
  readonly scheduler: SchedulerLike;
  /** The connection for everything that does not block. */
  readonly commands: Link;
  readonly lookEvery: number;
  /** Tells everybody who waits. */
  readonly emit: (wake: Invalidation) => void;
}

export class Blocking {
  private readonly keys = new ArmedKeys();
  private readonly link: Link;
  /** The connection as long as it lasts, and the id by which CLIENT UNBLOCK ends what it waits for, if that is allowed. */
  #connection: { readonly redis: Redis; readonly id: string | undefined } | undefined;
  /** What the read under way waits for. */
  private inFlight: ReadonlyMap<Key, Id> | undefined;
  private readonly blockMs: number;
  /** Whether it does not wait for what it should. */
  private stale = false;
  private blocking = false;
  /** Whether blocking was refused, all have looked since, and it was told that this did not help. */
  private refusal: 'none' | 'new' | 'looked after' | 'told' = 'none';
  private interrupting = false;
  private soon: Subscription | undefined;
  private looks: Subscription | undefined;
  private closed = false;

  constructor(private readonly options: BlockingOptions) {
    const { address, events } = options;
    // Nothing arrives while it lasts, which is no sign of a dead connection. Redis refuses fractions of ms, and takes 0 for ever.
    this.blockMs = Math.max(1, Math.floor(Math.min(longestBlockMs, address.times.socketTimeout / 3)));
    const lost = (reason: unknown): void => {
      const connection = this.#connection;
      this.#connection = undefined;
      events.lost(reason);
      // A server that was restarted may hold something else than what was read.
      if (connection !== undefined) this.all();
    };
    // Where none can be opened, all look for themselves: whoever is not answered tells.
    this.link = new Link(address, { ...events, opening: () => undefined, failed: () => undefined, lost }, async (redis) => {
      this.#connection = { redis, id: await unblockableAs(redis) };
    });
  }

  /** Whoever read these is woken when there is more, once. */
  arm(places: readonly Place[]): void {
    for (const place of places) {
      const waiting = this.keys.arm(place);
      const asked = this.inFlight?.get(place.key);
      if (waiting !== undefined && (asked === undefined || compareIds(asked, waiting) > 0)) this.stale = true;
    }
    this.refreshSoon();
    this.lookEveryNowAndThen();
  }

  unwatch(keys: readonly Key[]): void {
    this.keys.unwatch(keys);
    if (this.keys.waitingSize === 0) this.stale = true;
    this.refreshSoon();
  }

  renew(reason: Error, keep?: (redis: Redis) => boolean): void {
    this.link.renew(reason, keep);
  }

  close(): void {
    this.closed = true;
    this.soon?.unsubscribe();
    this.looks?.unsubscribe();
    this.keys.clear();
    this.link.close();
  }

  private all(): void {
    if (this.refusal === 'new') this.refusal = 'looked after';
    this.keys.clear();
    this.options.emit({ _tag: 'all' });
  }

  private tell(keys: readonly Key[]): void {
    if (keys.length > 0) this.options.emit({ _tag: 'keys', keys });
  }

  private refreshSoon(): void {
    const needed = this.inFlight === undefined ? this.keys.waitingSize > 0 : this.stale;
    if (!needed || this.closed) return;
    // Both deal with what fails themselves.
    this.after(gatherMs, () => void (this.inFlight === undefined ? this.block() : this.interrupt(this.inFlight)));
  }

  /** Waits until there is something to tell, or nothing to wait for. */
  private async block(): Promise<void> {
    if (this.blocking) return;
    this.blocking = true;
    try {
      while (!(await this.blockOnce()));
    } catch (error) {
      this.refused(error);
      this.failed();
    } finally {
      this.blocking = false;
    }
    this.refreshSoon();
  }

  private async blockOnce(): Promise<boolean> {
    const redis = await this.link.use();
    const waiting = this.keys.snapshot();
    if (waiting.size === 0) return true;
    this.inFlight = waiting;
    this.stale = false;
    const reply = await this.xread(redis, waiting, this.#connection?.id === undefined ? blockWithoutUnblockMs : this.blockMs);
    this.refusal = 'none';
    const found = xreadFirstIds(reply).filter(([key, id]) => this.keys.reached(key, id));
    this.tell(found.map(([key]) => key));
    return found.length > 0;
  }

  /** What comes first behind each id; nil when it was ended, in time or by a loss that the link reports. */
  private async xread(redis: Redis, waiting: ReadonlyMap<Key, Id>, block: number): Promise<unknown> {
    try {
      return await redis.callBuffer('XREAD', ['COUNT', '1', 'BLOCK', String(block), 'STREAMS', ...waiting.keys(), ...waiting.values()]);
    } catch (error) {
      // What waits at a master that becomes a replica is ended: another one may be the master now.
      if (saysReplica(error)) hangUp(redis);
      if (isReplyError(error)) throw error;
      return null;
    } finally {
      this.inFlight = undefined;
    }
  }

  /** Ends a read that does not wait for what it should. An answer of 0 says that it has not reached the server yet, or is over. */
  private async interrupt(request: ReadonlyMap<Key, Id>): Promise<void> {
    if (this.interrupting) return;
    this.interrupting = true;
    const connection = this.#connection;
    try {
      while (this.inFlight === request && connection?.id !== undefined && !(await this.unblock(connection.id))) {
        await firstValueFrom(after(gatherMs, this.options.scheduler));
      }
      // The next request takes in all that is waited for by then.
      if (this.inFlight === request) this.stale = false;
    } catch (error) {
      // What was allowed when the connection opened is not any more: the next one finds that out.
      if (isReplyError(error) && connection !== undefined) hangUp(connection.redis);
      this.failed();
    } finally {
      this.interrupting = false;
    }
    this.refreshSoon();
  }

  private async unblock(id: string): Promise<boolean> {
    const redis = await this.options.commands.use();
    return decodeReply(t.number, 'CLIENT UNBLOCK', await redis.call('CLIENT', ['UNBLOCK', id])) === 1;
  }

  /**
   * A key that may not be read, or is no stream, is its reader's to tell, who then waits for it no more: what is refused once all have
   * looked is blocking itself. They go on by looking, again and again, and somebody has to hear of that.
   */
  private refused(error: unknown): void {
    if (!isReplyError(error)) return;
    const { address, events } = this.options;
    const refusal = replyError(error.message, { url: address.shownUrl, command: 'XREAD BLOCK' });
    if (!isServerError(refusal)) return;
    if (this.refusal === 'none') this.refusal = 'new';
    if (this.refusal !== 'looked after') return;
    this.refusal = 'told';
    events.failed(refusal);
  }

  /** A key that is no stream any more, a connection that cannot be had: all look for themselves, and find out what concerns them. */
  private failed(): void {
    if (!this.closed) this.after(pauseMs, () => this.all());
  }

  /** One thing at a time: what is due already goes first. */
  private after(ms: number, work: () => void): void {
    const { scheduler, events } = this.options;
    this.soon ??= after(ms, scheduler).subscribe({
      next: () => {
        this.soon = undefined;
        work();
      },
      error: events.failed,
    });
  }

  private lookEveryNowAndThen(): void {
    const { lookEvery, scheduler, events } = this.options;
    if (this.closed) return;
    this.looks ??= every(lookEvery, scheduler)
      .pipe(exhaustMap(() => (this.keys.size === 0 ? Promise.resolve() : this.look())))
      .subscribe({ error: events.failed });
  }

  private async look(): Promise<void> {
    try {
      const redis = await this.options.commands.use();
      const armed = this.keys.entries();
      const found = await lookAt(redis, armed);
      const changed = armed.filter(([key, looked], i) => {
        const now = found[i];
        return now !== undefined && this.keys.changed(key, looked, now);
      });
      this.tell(changed.map(([key]) => key));
    } catch {
      this.failed();
    }
  }
}

/** The connection's id, if it may be used to end what it waits for. */
async function unblockableAs(redis: Redis): Promise<string | undefined> {
  try {
    const id = String(await redis.client('ID'));
    // It does not block yet, which is all that this may find out.
    await redis.call('CLIENT', ['UNBLOCK', id]);
    return id;
  } catch (error) {
    if (!isReplyError(error)) throw error;
    return undefined;
  }
}
