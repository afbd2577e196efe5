/** The connections of a database: five, and three for large writes, each opened on first use, all to the same server. */
import type { Redis } from 'ioredis';
import type { SchedulerLike } from 'rxjs';
import type { BlockMemory } from './bulk/block-builder.js';
import { BulkLink } from './bulk/bulk-link.js';
import { LargeRequests } from './connection/large-requests.js';
import { Link, type LinkEvents } from './connection/link.js';
import type { RedisAddress } from './connection/redis-address.js';
import { saysSilence } from './connection/redis-errors.js';
import type { Sentinels } from './connection/sentinels.js';
import { Invalidations, type InvalidationsOptions } from './invalidation/invalidations.js';

interface ConnectionsOptions {
  readonly scheduler: SchedulerLike;
  readonly memory: BlockMemory;
  readonly invalidations: InvalidationsOptions;
}

export class Connections {
  readonly commands: Link;
  /** For streams that are followed. */
  readonly reads: BulkLink;
  /** For reads by index: their keys are not tracked, and they do not wait behind megabytes of the streams that are followed. */
  readonly ranges: BulkLink;
  readonly writes: Link;
  readonly large: LargeRequests;
  readonly invalidations: Invalidations;
  /** How often all of them were renewed. */
  generation = 0;

  readonly #sentinels: Sentinels | undefined;
  #unwatchSentinels: (() => void) | undefined;
  private closed = false;

  constructor(address: RedisAddress, statusEvents: LinkEvents, { scheduler, memory, invalidations }: ConnectionsOptions) {
    this.#sentinels = address.sentinels;
    const events: LinkEvents = {
      ...statusEvents,
      opened: (redis) => {
        statusEvents.opened(redis);
        this.masterIs(this.#sentinels?.placeOf(redis));
      },
      lost: (reason) => {
        statusEvents.lost(reason);
        if (saysSilence(reason)) this.allSilent();
      },
    };
    // What was read over these connections is not tracked any more.
    const invalidating = (invalidate: () => void): LinkEvents => ({
      ...events,
      lost: (reason) => {
        events.lost(reason);
        invalidate();
      },
    });
    this.commands = new Link(address, invalidating(() => this.invalidations.untracked()));
    this.invalidations = new Invalidations(address, events, scheduler, this.commands, invalidations);
    this.large = new LargeRequests(address, scheduler);
    this.writes = new Link(address, events, (redis) => this.large.learn(redis));
    this.reads = new BulkLink(address, invalidating(() => this.invalidations.interrupted()), memory);
    this.ranges = new BulkLink(address, events, memory);
  }

  /** Ends all connections, unless that has been done since the given generation: their server is not the master any more. */
  renew(generation: number | undefined, reason: Error): void {
    if (generation !== this.generation) return;
    this.generation++;
    for (const connection of this.all) connection.renew(reason);
  }

  close(): void {
    this.closed = true;
    this.#unwatchSentinels?.();
    for (const connection of this.all) connection.close();
  }

  /** What silenced one connection has silenced all: otherwise readers would wait for the timeout of one after another. */
  private allSilent(): void {
    if (this.closed) return;
    for (const connection of this.all) connection.renew(new Error('another connection to the server was silent for too long'));
  }

  /** Ends all connections to other servers, idle ones included. */
  private masterIs(place: string | undefined): void {
    const sentinels = this.#sentinels;
    if (place === undefined || sentinels === undefined || this.closed) return;
    this.#unwatchSentinels ??= sentinels.watch((named) => this.masterIs(named));
    const isThere = (redis: Redis): boolean => [place, undefined].includes(sentinels.placeOf(redis));
    for (const connection of this.all) connection.renew(new Error(`the master is ${place} now`), isThere);
  }

  private get all(): readonly (Link | BulkLink | Invalidations)[] {
    return [this.commands, this.reads, this.ranges, this.writes, this.large.link, this.large.transactions, this.large.trials, this.invalidations];
  }
}
