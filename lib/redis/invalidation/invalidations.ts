/** The shared wake-up of everything that waits, by the mechanism that the server and the user's permissions allow. */
import * as E from 'fp-ts/lib/Either.js';
import type { Redis } from 'ioredis';
import { Subject, type Observable, type SchedulerLike, type Subscription } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import { after } from '../../model/time.js';
import type { Invalidation } from '../../ports/invalidations.js';
import type { Key } from '../../ports/keys.js';
import { received } from '../../wire/problems.js';
import type { Link, LinkEvents } from '../connection/link.js';
import type { RedisAddress } from '../connection/redis-address.js';
import type { Place } from './watched-keys.js';
import { Blocking } from './blocking.js';
import { Tracking, type TrackedConnection, type Tracks } from './tracking.js';

/** How often readers look for themselves while the subscriber that would wake them cannot be had. */
const lookAgainMs = 50;

export interface InvalidationsOptions {
  /**
   * How those who wait for points, states or scans find out that there are some.
   *
   * `tracking`: the server remembers what was read and tells when it changes, deletion included (`CLIENT TRACKING`); a server or
   * a user's permissions (`client|tracking`, `client|caching`, `client|id`, the channel `__redis__:invalidate`) that do not
   * allow it are a `ServerError` of whatever waits. `blocking`: one blocking `XREAD` over everything that is waited for, and a look
   * every `lookEvery` at what that does not tell; it takes the server the more work the more is waited for. Where that is refused as well,
   * readers look for themselves every 50 ms, and `status$` tells `failed` with the `ServerError`. `auto`, the default: tracking, and
   * blocking where that is refused.
   */
  readonly wakes?: 'auto' | 'tracking' | 'blocking';
  /**
   * In ms, how often the `blocking` wakes look whether something that is waited for was deleted, expires, or was started anew;
   * 1000 by default, `Infinity` for never. Points, states and scans do not wait for it.
   */
  readonly lookEvery?: number;
}

/** How a read arms the wakes of what it reads. */
export interface Arming {
  /** Whether the server does it, for a read right after CLIENT CACHING YES if only those are tracked. */
  readonly tracked: boolean;
  /** To be told, at the reply and before anybody else, where the read ended. */
  readonly ended: (places: readonly Place[]) => void;
}

export class Invalidations {
  private readonly wakes = new Subject<Invalidation>();
  readonly invalidations$: Observable<Invalidation> = this.wakes.asObservable();

  private readonly tracking: Tracking;
  private readonly blocking: Blocking;
  private mechanism: 'tracking' | 'blocking';
  private soon: Subscription | undefined;
  /** Grows whenever how a connection was armed may not hold any more. */
  epoch = 0;

  constructor(
    address: RedisAddress,
    private readonly events: LinkEvents,
    private readonly scheduler: SchedulerLike,
    commands: Link,
    private readonly options: InvalidationsOptions,
  ) {
    const emit = (wake: Invalidation): void => this.emit(wake);
    this.mechanism = options.wakes === 'blocking' ? 'blocking' : 'tracking';
    this.tracking = new Tracking(address, events, scheduler, emit);
    this.blocking = new Blocking({ address, events, scheduler, commands, lookEvery: options.lookEvery ?? 1000, emit });
  }

  /**
   * To be awaited before a read is sent: from then on the read misses no change. A connection whose reads were not tracked
   * before misses nothing if that is asked before its first read.
   */
  async arming(connection: TrackedConnection, what: Tracks): Promise<Arming> {
    const tracked = this.mechanism === 'tracking' ? await this.tracked(connection, what) : undefined;
    if (tracked !== undefined) return { tracked, ended: () => undefined };
    return { tracked: false, ended: (places) => this.blocking.arm(places) };
  }

  /** Whether its reads are tracked; undefined where that is refused, and the other mechanism is at work. */
  private async tracked(connection: TrackedConnection, what: Tracks): Promise<boolean | undefined> {
    try {
      const tracked = await this.tracking.track(connection, what);
      if (E.isRight(tracked)) {
        if (!tracked.right) this.lookAgainSoon();
        return tracked.right;
      }
      if (this.options.wakes === 'tracking') throw tracked.left;
      this.fallBack();
    } catch (error) {
      // Another connection may have been refused meanwhile, which closes the subscriber that was waited for.
      if (this.mechanism === 'tracking') throw error;
    }
    return undefined;
  }

  /** A connection whose reads were tracked is gone, and with it what the server remembered of them. */
  untracked(): void {
    if (this.mechanism === 'tracking') this.emit({ _tag: 'all' });
  }

  /** The connection is gone over which streams are read. */
  interrupted(): void {
    this.emit({ _tag: 'all', interrupted: true });
  }

  unwatch(keys: readonly Key[]): void {
    // With tracking, Redis forgets a key by itself once it has been named; until then a wake for nobody is all it costs.
    if (this.mechanism === 'blocking') this.blocking.unwatch(keys);
  }

  renew(reason: Error, keep?: (redis: Redis) => boolean): void {
    this.tracking.renew(reason, keep);
    this.blocking.renew(reason, keep);
  }

  close(): void {
    this.soon?.unsubscribe();
    this.tracking.close();
    this.blocking.close();
    this.wakes.complete();
  }

  /** Whoever was to be woken by tracking looks again, and so comes to be woken by the other mechanism. */
  private fallBack(): void {
    if (this.mechanism === 'blocking') return;
    this.mechanism = 'blocking';
    this.tracking.close();
    this.emit({ _tag: 'all' });
  }

  private emit(wake: Invalidation): void {
    if (wake._tag === 'all') this.epoch++;
    this.wakes.next(wake);
  }

  /** Wakes everybody once: they look, find no subscriber again, and so are woken again. */
  private lookAgainSoon(): void {
    this.soon ??= after(lookAgainMs, this.scheduler).subscribe({
      next: () => {
        this.soon = undefined;
        this.emit({ _tag: 'all' });
      },
      error: this.events.failed,
    });
  }
}

/** The options, or `InvalidArgument`. */
export function checkedOptions(options: InvalidationsOptions): E.Either<Error, InvalidationsOptions> {
  const { wakes = 'auto', lookEvery = 1 } = options;
  if (!['auto', 'tracking', 'blocking'].includes(wakes)) return E.left(blissdataError('InvalidArgument', { argument: 'wakes', expected: "'auto', 'tracking' or 'blocking'", received: received(wakes) }));
  if (typeof lookEvery !== 'number' || !(lookEvery > 0)) return E.left(blissdataError('InvalidArgument', { argument: 'lookEvery', expected: 'a number of ms above 0', received: received(lookEvery) }));
  return E.right(options);
}
