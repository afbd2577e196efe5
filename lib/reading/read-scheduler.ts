/** Sends the reads of all readers of a store: together, once for all that read the same, and without starving any of them. */
import { Subscription, type Unsubscribable } from 'rxjs';
import type { EndOfTick } from '../model/end-of-tick.js';
import { isServerError } from '../model/errors.js';
import type { Database } from '../ports/database.js';
import type { Key } from '../ports/keys.js';
import type { Block, ReadRequest } from '../ports/streams.js';
import type { ByteBudget } from './byte-budget.js';

/** What a reader needs next: its request, and what decides how large and how urgent that is. */
export interface ReadDemand {
  readonly request: ReadRequest;
  /** How much of the reader's credit is left. */
  readonly maxBytes: number;
  /** About how many bytes one entry takes on the wire. */
  readonly entryBytes: number;
  /** Whether there is more for sure: then the read is a big one, and is sent alone. */
  readonly behind: boolean;
}

export interface ReadAnswer {
  readonly block: Block;
  /** Whether there may be more. Otherwise this is the end so far, and the key is watched. */
  readonly full: boolean;
}

/** One of these is called, once. They must not throw. */
export interface ReadListener {
  next(answer: ReadAnswer): void;
  error(error: unknown): void;
}

/** How many big reads may be under way: the server works on one while another one is decoded here. */
const bigReadsAtOnce = 2;

/** Readers at the end of their streams are read together as long as each may get this many entries. */
const entriesAtEnd = 16;

/** The read of all readers that need the same entries of the same stream. */
interface SharedRead {
  demand: ReadDemand;
  /** Those that still wait for it: one, as a rule. */
  readonly listeners: ReadListener[];
  batch: Batch | undefined;
}

/** Reads that are sent as one command. */
interface Batch {
  readonly reads: readonly SharedRead[];
  readonly subscription: Subscription;
}

/**
 * Readers at the live end are gathered for one tick, in which an invalidation reaches all of them, and read with one XREAD; those at the
 * same entry share the answer, each with memory of its own. Readers that catch up take turns, so that at most two of their megabytes
 * precede a single point of another reader.
 *
 * A read that was sent is not joined: it may be older than the change that the new one is about.
 */
export class ReadScheduler {
  /** The reads gathered in this tick, and the same by key: one each, unless readers have come to different entries. */
  private atEnd: SharedRead[] = [];
  private atEndOf = new Map<Key, SharedRead[]>();
  private readonly behind: SharedRead[] = [];
  private bigReads = 0;
  private gathering: Subscription | undefined;

  constructor(
    private readonly database: Pick<Database, 'read'>,
    private readonly budget: ByteBudget,
    private readonly endOfTick: EndOfTick,
  ) {}

  /** Unsubscribing withdraws the demand. */
  read(demand: ReadDemand, listener: ReadListener): Unsubscribable {
    const read = demand.behind ? this.queued(demand) : this.gathered(demand);
    read.listeners.push(listener);
    // A big read goes out at once, so that the server works on it while the consumer works on the one before.
    if (demand.behind) this.sendBig();
    return new Withdrawal(this, read, listener);
  }

  /** @internal */
  withdraw(read: SharedRead, listener: ReadListener): void {
    const { listeners, batch, demand } = read;
    if (!taken(listeners, listener) || listeners.length > 0) return;
    if (batch !== undefined) {
      if (!batch.subscription.closed && batch.reads.every((other) => other.listeners.length === 0)) batch.subscription.unsubscribe();
      return;
    }
    taken(this.atEndOf.get(demand.request.key) ?? [], read);
    if (!taken(this.atEnd, read)) taken(this.behind, read);
  }

  private queued(demand: ReadDemand): SharedRead {
    const read = newRead(demand);
    this.behind.push(read);
    return read;
  }

  private gathered(demand: ReadDemand): SharedRead {
    const { key, after } = demand.request;
    const ofKey = this.atEndOf.get(key);
    const present = ofKey?.find(({ demand: { request } }) => request.after === after);
    if (present !== undefined) {
      present.demand = smaller(present.demand, demand);
      return present;
    }
    const read = newRead(demand);
    this.atEnd.push(read);
    if (ofKey === undefined) this.atEndOf.set(key, [read]);
    else ofKey.push(read);
    this.gathering ??= this.endOfTick.schedule(() => this.sendGathered());
    return read;
  }

  private sendBig(): void {
    while (this.bigReads < bigReadsAtOnce) {
      const read = this.behind.shift();
      if (read === undefined) return;
      this.bigReads++;
      this.send([read], () => {
        this.bigReads--;
        this.sendBig();
      });
    }
  }

  private sendGathered(): void {
    this.gathering = undefined;
    const reads = this.atEnd;
    this.atEnd = [];
    // Not cleared: the engine links what a map held before to what it holds after, so that reads would only die together, old.
    this.atEndOf = new Map();
    for (const batch of batches(reads, this.budget.bytesPerRead)) this.send(batch);
  }

  private send(reads: readonly SharedRead[], done?: () => void): void {
    const subscription = new Subscription(done);
    const batch = { reads, subscription };
    for (const read of reads) read.batch = batch;
    const maxEntries = entriesFor(reads, this.budget.perRead);
    const requests = reads.map(({ demand: { request } }) => (request.maxEntries === maxEntries ? request : { ...request, maxEntries }));
    subscription.add(
      this.database.read(requests).subscribe({
        next: (blocks) => {
          subscription.unsubscribe();
          for (let i = 0; i < reads.length; i++) answer(reads[i], blocks[i], maxEntries);
        },
        error: (error: unknown) => {
          subscription.unsubscribe();
          // One key that holds something other than a stream spoils the reply for all.
          const wanted = reads.filter(({ listeners }) => listeners.length > 0);
          if (reads.length > 1 && isServerError(error)) for (const read of wanted) this.send([read]);
          else for (const { listeners } of reads) for (const listener of [...listeners]) if (taken(listeners, listener)) listener.error(error);
        },
      }),
    );
  }
}

/** A reader's right to withdraw its demand. */
class Withdrawal implements Unsubscribable {
  constructor(
    private readonly scheduler: ReadScheduler,
    private readonly read: SharedRead,
    private readonly listener: ReadListener,
  ) {}

  unsubscribe(): void {
    this.scheduler.withdraw(this.read, this.listener);
  }
}

const newRead = (demand: ReadDemand): SharedRead => ({ demand, listeners: [], batch: undefined });

/** Takes an element out of an array; false if it is not in it. */
function taken<A>(array: A[], element: A): boolean {
  const at = array.indexOf(element);
  if (at >= 0) array.splice(at, 1);
  return at >= 0;
}

const smaller = (a: ReadDemand, b: ReadDemand): ReadDemand => {
  const ahead = Math.min(a.request.ahead ?? 0, b.request.ahead ?? 0);
  const { ahead: _, ...request } = a.request;
  return {
    request: { ...request, maxEntries: Math.min(a.request.maxEntries, b.request.maxEntries), ...(ahead > 0 ? { ahead } : {}) },
    maxBytes: Math.min(a.maxBytes, b.maxBytes),
    entryBytes: Math.max(a.entryBytes, b.entryBytes),
    behind: a.behind,
  };
};

/** What is read together: reads of few entries apart from reads of many, and no more than leaves each its share. */
function* batches(reads: readonly SharedRead[], bytesPerRead: number): Generator<readonly SharedRead[]> {
  const few = reads.filter(({ demand: { request } }) => request.maxEntries < entriesAtEnd);
  const many = reads.filter(({ demand: { request } }) => request.maxEntries >= entriesAtEnd);
  for (const group of [few, many]) {
    let batch: SharedRead[] = [];
    let bytes = 0;
    // By size, so that streams of small entries do not get as few as those of big ones.
    for (const read of group.toSorted((a, b) => a.demand.entryBytes - b.demand.entryBytes)) {
      const added = read.demand.entryBytes * Math.min(entriesAtEnd, read.demand.request.maxEntries);
      if (batch.length > 0 && bytes + added > bytesPerRead) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(read);
      bytes += added;
    }
    if (batch.length > 0) yield batch;
  }
}

/** XREAD has one COUNT for all streams. */
function entriesFor(reads: readonly SharedRead[], bytes: number): number {
  let perEntry = 0;
  let least = Infinity;
  for (const { demand } of reads) {
    perEntry += demand.entryBytes;
    least = Math.min(least, demand.maxBytes / demand.entryBytes, demand.request.maxEntries);
  }
  return Math.max(1, Math.floor(Math.min(bytes / perEntry, least)));
}

function answer(read: SharedRead | undefined, block: Block | undefined, maxEntries: number): void {
  if (read === undefined || block === undefined) return;
  const { listeners } = read;
  const full = block.more ?? (block.seal === undefined && block.firsts.length >= maxEntries);
  const [only] = listeners;
  if (listeners.length <= 1) {
    listeners.length = 0;
    only?.next({ block, full });
    return;
  }
  // Copied before the first listener gets its own, and may change it.
  const answers = listeners.map((listener, i) => ({ listener, block: i === 0 ? block : { ...block, bytes: block.bytes.slice() } }));
  for (const { listener, block: own } of answers) if (taken(listeners, listener)) listener.next({ block: own, full });
}
