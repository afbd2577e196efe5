/** The connections of a database, five and two for large requests, each opened on first use, all to the same server. */
import type { Redis } from 'ioredis';
import type { SchedulerLike } from 'rxjs';
import type { BlockMemory } from '../bulk/block-memory.js';
import { BulkReader } from '../bulk/bulk-reader.js';
import { LargeRequests } from '../commands/large-requests.js';
import { Link, type LinkEvents } from './link.js';
import { RangeLink } from '../bulk/range-link.js';
import type { RedisAddress } from './redis-address.js';
import { saysSilence } from './redis-errors.js';
import type { Sentinels } from './sentinels.js';
import { Invalidations, type Arming, type InvalidationsOptions } from '../invalidation/invalidations.js';

/** The connection for bulk reading, and how what is read over it arms wakes, as long as that holds. */
export interface ArmedReader {
  readonly reader: BulkReader;
  readonly arming: Arming;
  readonly epoch: number;
}

export interface ConnectionsOptions {
  readonly scheduler: SchedulerLike;
  readonly memory: BlockMemory;
  readonly wakes: InvalidationsOptions;
}

export class Connections {
  readonly commands: Link;
  readonly reads: Link;
  readonly ranges: RangeLink;
  readonly writes: Link;
  readonly large: LargeRequests;
  readonly wakes: Invalidations;
  readonly #readers = new WeakMap<Redis, BulkReader>();
  armed?: ArmedReader;
  /** How often all of them were renewed. */
  generation = 0;

  /** Where Sentinel says the master is. */
  readonly #sentinels: Sentinels | undefined;
  #unwatch: (() => void) | undefined;
  private closed = false;

  constructor(address: RedisAddress, statusEvents: LinkEvents, { scheduler, memory, wakes }: ConnectionsOptions) {
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
    // Who waits for what was read over them would not be told of changes any more.
    const lostBy = (wake: () => void) => (reason: unknown): void => {
      events.lost(reason);
      wake();
    };
    this.commands = new Link(address, { ...events, lost: lostBy(() => this.wakes.untracked()) });
    this.wakes = new Invalidations(address, events, scheduler, this.commands, wakes);
    this.large = new LargeRequests(address, scheduler);
    this.writes = new Link(address, events, (redis) => this.large.learn(redis));
    const takeOver = (redis: Redis): Promise<void> => {
      this.#readers.set(redis, new BulkReader(redis, address.shownUrl, memory));
      return Promise.resolve();
    };
    this.reads = new Link(address, { ...events, lost: lostBy(() => this.wakes.interrupted()) }, takeOver, 'bulk');
    this.ranges = new RangeLink(address, events, memory);
  }

  /** Ends all connections unless that was done since the given generation: they go to a server that is no master any more. */
  renew(generation: number | undefined, reason: Error): void {
    if (generation !== this.generation) return;
    this.generation++;
    for (const connection of this.all) connection.renew(reason);
  }

  readerOver(redis: Redis): BulkReader | undefined {
    return this.#readers.get(redis);
  }

  close(): void {
    this.closed = true;
    this.#unwatch?.();
    delete this.armed;
    for (const connection of this.all) connection.close();
  }

  /** What has silenced one has silenced the others: whoever reads would find that out of one after another, and wait for each. */
  private allSilent(): void {
    if (this.closed) return;
    for (const connection of this.all) connection.renew(new Error('another connection to the server was silent for too long'));
  }

  /** All connections go to one server: those to another one end, also those that are at rest. */
  private masterIs(place: string | undefined): void {
    const sentinels = this.#sentinels;
    if (place === undefined || sentinels === undefined || this.closed) return;
    this.#unwatch ??= sentinels.watch((named) => this.masterIs(named));
    const isThere = (redis: Redis): boolean => [place, undefined].includes(sentinels.placeOf(redis));
    for (const connection of this.all) connection.renew(new Error(`the master is ${place} now`), isThere);
  }

  private get all(): readonly (Link | RangeLink | Invalidations)[] {
    return [this.commands, this.reads, this.ranges, this.writes, this.large.link, this.large.trials, this.wakes];
  }
}
