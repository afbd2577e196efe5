/** Invalidations of everything that was read, by the best mechanism that the server and the user's permissions allow. */
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
import { Blocking } from './blocking.js';
import { Tracking, type TrackedConnection, type TrackingMode } from './tracking.js';
import type { ReadPosition } from './watched-keys.js';

/** How often everything is read again while tracking has no subscriber. */
const readAgainMs = 50;

export interface InvalidationsOptions {
  /**
   * How readers learn of new points, states and scans.
   *
   * - `tracking`: the server remembers what was read and reports every change, deletion included (`CLIENT TRACKING`). If the server or the
   *   user's permissions (`client|tracking`, `client|caching`, `client|id`, the channel `__redis__:invalidate`) do not allow it, reading
   *   fails with a `ServerError`.
   * - `blocking`: one blocking `XREAD` over everything that is awaited, and a check every `checkEvery` ms for changes that it does not report.
   *   The work of the server grows with the number of keys. Where blocking is refused as well, everything is read again every 50 ms, and
   *   `status$` is `failed` with the `ServerError`.
   * - `auto`, the default: tracking, or blocking where that is refused.
   */
  readonly invalidations?: 'auto' | 'tracking' | 'blocking';
  /**
   * How often, in ms, `blocking` checks whether an awaited key was deleted, expires, or started anew; 1000 by default, `Infinity` for
   * never. Points, states and scans do not wait for it.
   */
  readonly checkEvery?: number;
}

/** How the keys of a read are watched. */
export interface Watch {
  /** Whether the server tracks them; in the mode `reads after CLIENT CACHING YES` only if the read follows that command. */
  readonly tracked: boolean;
  /** To be called at once when the reply comes, with how far the read came. */
  readonly readTo: (positions: readonly ReadPosition[]) => void;
}

export class Invalidations {
  private readonly invalidations = new Subject<Invalidation>();
  readonly invalidations$: Observable<Invalidation> = this.invalidations.asObservable();

  private readonly tracking: Tracking;
  private readonly blocking: Blocking;
  private mechanism: 'tracking' | 'blocking';
  private next: Subscription | undefined;
  /** Changes when connections may not be tracked any more, so that earlier watches are void. */
  version = 0;

  constructor(
    address: RedisAddress,
    private readonly events: LinkEvents,
    private readonly scheduler: SchedulerLike,
    commands: Link,
    private readonly options: InvalidationsOptions,
  ) {
    const emit = (invalidation: Invalidation): void => this.emit(invalidation);
    this.mechanism = options.invalidations === 'blocking' ? 'blocking' : 'tracking';
    this.tracking = new Tracking(address, events, scheduler, emit);
    this.blocking = new Blocking({ address, events, scheduler, commands, checkEvery: options.checkEvery ?? 1000, emit });
  }

  /**
   * To be awaited before a read is sent: then no change after the read is missed. A connection that has not been tracked so far must be
   * watched before its first read.
   */
  async watch(connection: TrackedConnection, mode: TrackingMode): Promise<Watch> {
    const tracked = this.mechanism === 'tracking' ? await this.track(connection, mode) : undefined;
    if (tracked !== undefined) return { tracked, readTo: () => undefined };
    return { tracked: false, readTo: (positions) => this.blocking.watch(positions) };
  }

  /** Whether the connection is tracked; undefined where that is refused and blocking has taken over. */
  private async track(connection: TrackedConnection, mode: TrackingMode): Promise<boolean | undefined> {
    try {
      const tracked = await this.tracking.track(connection, mode);
      if (E.isRight(tracked)) {
        if (!tracked.right) this.invalidateAllSoon();
        return tracked.right;
      }
      if (this.options.invalidations === 'tracking') throw tracked.left;
      this.fallBack();
    } catch (error) {
      // Another connection may have been refused meanwhile, which closes the subscriber that this one waited for.
      if (this.mechanism === 'tracking') throw error;
    }
    return undefined;
  }

  /** A tracked connection was lost, and the server has forgotten what it read. */
  untracked(): void {
    if (this.mechanism === 'tracking') this.emit({ _tag: 'all' });
  }

  /** The connection that reads streams was lost. */
  interrupted(): void {
    this.emit({ _tag: 'all', interrupted: true });
  }

  unwatch(keys: readonly Key[]): void {
    // With tracking, Redis forgets a key once it has named it: the cost is a single useless invalidation.
    if (this.mechanism === 'blocking') this.blocking.unwatch(keys);
  }

  renew(reason: Error, keep?: (redis: Redis) => boolean): void {
    this.tracking.renew(reason, keep);
    this.blocking.renew(reason, keep);
  }

  close(): void {
    this.next?.unsubscribe();
    this.tracking.close();
    this.blocking.close();
    this.invalidations.complete();
  }

  /** Every reader reads again, and so is watched by blocking. */
  private fallBack(): void {
    if (this.mechanism === 'blocking') return;
    this.mechanism = 'blocking';
    this.tracking.close();
    this.emit({ _tag: 'all' });
  }

  private emit(invalidation: Invalidation): void {
    if (invalidation._tag === 'all') this.version++;
    this.invalidations.next(invalidation);
  }

  /** Every reader reads again, which comes back here as long as there is no subscriber. */
  private invalidateAllSoon(): void {
    this.next ??= after(readAgainMs, this.scheduler).subscribe({
      next: () => {
        this.next = undefined;
        this.emit({ _tag: 'all' });
      },
      error: this.events.failed,
    });
  }
}

/** The options, or `InvalidArgument`. */
export function checkedOptions(options: InvalidationsOptions): E.Either<Error, InvalidationsOptions> {
  const { invalidations = 'auto', checkEvery = 1 } = options;
  if (!['auto', 'tracking', 'blocking'].includes(invalidations)) return E.left(blissdataError('InvalidArgument', { argument: 'invalidations', expected: "'auto', 'tracking' or 'blocking'", received: received(invalidations) }));
  if (typeof checkEvery !== 'number' || !(checkEvery > 0)) return E.left(blissdataError('InvalidArgument', { argument: 'checkEvery', expected: 'a number of ms above 0', received: received(checkEvery) }));
  return E.right(options);
}
