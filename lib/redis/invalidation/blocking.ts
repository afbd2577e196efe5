/**
 * Invalidations where the server does not track: one blocking XREAD over all watched keys.
 *
 * It waits after the ids that were read, so that an entry added before it was sent ends it at once. When a key is added to those that it
 * should wait for, it is interrupted and sent again. Periodic checks find the changes that it does not report.
 */
import type { SchedulerLike, Subscription } from 'rxjs';
import type { Redis } from 'ioredis';
import { isServerError } from '../../model/errors.js';
import { after } from '../../model/time.js';
import type { Invalidation } from '../../ports/invalidations.js';
import type { Key } from '../../ports/keys.js';
import type { Link, LinkEvents } from '../connection/link.js';
import type { RedisAddress } from '../connection/redis-address.js';
import { isReplyError, replyError } from '../connection/redis-errors.js';
import { BlockingRead } from './blocking-read.js';
import { KeyChecks } from './key-checks.js';
import { WatchedKeys, type ReadPosition } from './watched-keys.js';

/** How long further keys are gathered, since sending the read again costs a request over all keys. */
const gatherMs = 1;
/** After a failure, every reader reads again, at most this often. */
const pauseMs = 50;

interface BlockingOptions {
  readonly address: RedisAddress;
  readonly events: LinkEvents;
  readonly scheduler: SchedulerLike;
  /** The connection for everything that does not block. */
  readonly commands: Link;
  /** Milliseconds between checks. */
  readonly checkEvery: number;
  readonly emit: (invalidation: Invalidation) => void;
}

export class Blocking {
  private readonly keys = new WatchedKeys();
  private readonly read: BlockingRead;
  private readonly checks: KeyChecks;
  private reading = false;
  private interrupting = false;
  /** The next thing to do: refresh the read, or invalidate everything after a failure. */
  private next: Subscription | undefined;
  /** Blocking was refused / every reader has read again since / it was refused again, which has been reported. */
  private refusal: 'none' | 'new' | 'readers invalidated' | 'reported' = 'none';
  private closed = false;

  constructor(private readonly options: BlockingOptions) {
    const { address, events, scheduler, commands, checkEvery } = options;
    // A restarted server may hold something else than what was read.
    this.read = new BlockingRead({ address, events, scheduler, commands, lost: () => this.invalidateAll() });
    this.checks = new KeyChecks({
      keys: this.keys,
      commands,
      period: checkEvery,
      scheduler,
      invalidate: (keys) => this.invalidate(keys),
      failed: () => this.invalidateAllSoon(),
      broken: events.failed,
    });
  }

  /** Each key is invalidated once; then it has to be watched again. */
  watch(positions: readonly ReadPosition[]): void {
    for (const position of positions) {
      const awaited = this.keys.watch(position);
      if (awaited !== undefined && !this.read.covers(position.key, awaited)) this.read.stale = true;
    }
    this.refreshSoon();
    if (!this.closed) this.checks.start();
  }

  unwatch(keys: readonly Key[]): void {
    this.keys.unwatch(keys);
    if (this.keys.awaitedSize === 0) this.read.stale = true;
    this.refreshSoon();
  }

  renew(reason: Error, keep?: (redis: Redis) => boolean): void {
    this.read.renew(reason, keep);
  }

  close(): void {
    this.closed = true;
    this.next?.unsubscribe();
    this.checks.close();
    this.keys.clear();
    this.read.close();
  }

  private invalidate(keys: readonly Key[]): void {
    if (keys.length > 0) this.options.emit({ _tag: 'keys', keys });
  }

  private invalidateAll(): void {
    if (this.refusal === 'new') this.refusal = 'readers invalidated';
    this.keys.clear();
    this.options.emit({ _tag: 'all' });
  }

  /** After a failure every reader reads again, and finds out what concerns it: a key that is not a stream, a lost connection. */
  private invalidateAllSoon(): void {
    if (!this.closed) this.later(pauseMs, () => this.invalidateAll());
  }

  /** Starts a read if none is in flight, interrupts it if it is stale. */
  private refreshSoon(): void {
    const needed = this.read.isInFlight ? this.read.stale : this.keys.awaitedSize > 0;
    if (!needed || this.closed) return;
    // Both handle their own errors.
    this.later(gatherMs, () => void (this.read.isInFlight ? this.interrupt() : this.block()));
  }

  /** Does nothing if something is scheduled already. */
  private later(ms: number, work: () => void): void {
    const { scheduler, events } = this.options;
    this.next ??= after(ms, scheduler).subscribe({
      next: () => {
        this.next = undefined;
        work();
      },
      error: events.failed,
    });
  }

  /** Blocks until a key is invalidated, or none is left to wait for. */
  private async block(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    try {
      for (;;) {
        const entries = await this.read.read(() => this.keys.awaitedIds());
        if (entries === undefined) break;
        this.refusal = 'none';
        const changed = entries.flatMap(([key, id]) => (this.keys.added(key, id) ? [key] : []));
        this.invalidate(changed);
        if (changed.length > 0) break;
      }
    } catch (error) {
      this.refused(error);
      this.invalidateAllSoon();
    } finally {
      this.reading = false;
    }
    this.refreshSoon();
  }

  private async interrupt(): Promise<void> {
    if (this.interrupting) return;
    this.interrupting = true;
    try {
      await this.read.interrupt();
    } catch {
      this.invalidateAllSoon();
    } finally {
      this.interrupting = false;
    }
    this.refreshSoon();
  }

  /**
   * If a single key may not be read or is not a stream, its reader reports that and waits for it no more. So if the read is still refused
   * after every reader has read again, blocking itself is. Readers then go on by reading periodically, which has to be reported.
   */
  private refused(error: unknown): void {
    if (!isReplyError(error)) return;
    const { address, events } = this.options;
    const refusal = replyError(error.message, { url: address.shownUrl, command: 'XREAD BLOCK' });
    if (!isServerError(refusal)) return;
    if (this.refusal === 'none') this.refusal = 'new';
    if (this.refusal !== 'readers invalidated') return;
    this.refusal = 'reported';
    events.failed(refusal);
  }
}
