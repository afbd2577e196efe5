/** The five connections of a database, each opened on first use, all to the same server. */
import type { Redis } from 'ioredis';
import type { SchedulerLike } from 'rxjs';
import type { BlockMemory } from './block-memory.js';
import { BulkReader } from './bulk-reader.js';
import { Link, type LinkEvents } from './link.js';
import { RangeLink } from './range-link.js';
import type { RedisAddress } from './redis-address.js';
import { Wakes, type Arming, type WakesOptions } from './wakes.js';

/** The connection for bulk reading, and how what is read over it arms wakes, as long as that holds. */
export interface ArmedReader {
  readonly reader: BulkReader;
  readonly arming: Arming;
  readonly epoch: number;
}

export interface ConnectionsOptions {
  readonly scheduler: SchedulerLike;
  readonly memory: BlockMemory;
  readonly wakes: WakesOptions;
}

export class Connections {
  readonly commands: Link;
  readonly reads: Link;
  readonly ranges: RangeLink;
  readonly writes: Link;
  readonly wakes: Wakes;
  readonly readers = new WeakMap<Redis, BulkReader>();
  armed?: ArmedReader;
  /** How often all of them were renewed. */
  generation = 0;

  constructor(address: RedisAddress, events: LinkEvents, { scheduler, memory, wakes }: ConnectionsOptions) {
    // Who waits for what was read over them would not be told of changes any more.
    const lostBy = (wake: () => void) => (reason: unknown): void => {
      events.lost(reason);
      wake();
    };
    this.commands = new Link(address, { ...events, lost: lostBy(() => this.wakes.untracked()) });
    this.wakes = new Wakes(address, events, scheduler, this.commands, wakes);
    this.writes = new Link(address, events);
    const takeOver = (redis: Redis): Promise<void> => {
      this.readers.set(redis, new BulkReader(redis, address.shownUrl, memory));
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

  close(): void {
    delete this.armed;
    for (const connection of this.all) connection.close();
  }

  private get all(): readonly (Link | RangeLink | Wakes)[] {
    return [this.commands, this.reads, this.ranges, this.writes, this.wakes];
  }
}
