/** Sends the reads of all readers of a store: together, once for those who want the same, and none at the cost of the others. */
import { Observable, Subscription, type SchedulerLike, type Subscriber } from 'rxjs';
import { isServerError } from '../model/errors.js';
import type { Database } from '../ports/database.js';
import type { Id, Key } from '../ports/keys.js';
import type { Block } from '../ports/streams.js';
import type { ByteBudget } from './byte-budget.js';

/** What one reader wants next. */
export interface ReadDemand {
  readonly key: Key;
  readonly after: Id;
  readonly maxEntries: number;
  /** How much of its credit is left. */
  readonly maxBytes: number;
  /** About how many bytes one entry takes on the wire. */
  readonly entryBytes: number;
  /** Whether it is behind the end for sure: then its read is a big one, and is sent alone. */
  readonly behind: boolean;
}

export interface Reading {
  readonly block: Block;
  /** Whether there were as many entries as were asked for, so that there may be more. Otherwise the end is reached, and a wake is armed. */
  readonly full: boolean;
}

/** How many big reads may be under way: one that the server works on while the other is being taken apart here. */
const bigReadsAtOnce = 2;

/** Readers at the end of their streams are read together as long as each may get so many entries. */
const entriesAtEnd = 16;

/** Those who want the same entries of the same stream. */
interface Request {
  wish: ReadDemand;
  readonly readers: Set<Subscriber<Reading>>;
  sent?: Sent;
}

/** Requests that travel together. */
interface Sent {
  readonly requests: readonly Request[];
  readonly subscription: Subscription;
}

/**
 * Readers at the live end are gathered for one tick, in which a wake reaches all that it concerns, and read with one XREAD; those
 * who stand at the same entry share their answer, each with memory of its own. Readers that catch up take turns, so that their
 * megabytes are never more than two ahead of anybody's single point.
 *
 * Requests that travel already are not joined: they may have been sent before the change that the new one is about.
 */
export class ReadScheduler {
  private readonly atEnd = new Map<string, Request>();
  private readonly behind: Request[] = [];
  private bigReads = 0;
  private gathering: Subscription | undefined;

  constructor(
    private readonly database: Pick<Database, 'read'>,
    private readonly budget: ByteBudget,
    private readonly endOfTick: SchedulerLike,
  ) {}

  /** Emits once; leaving gives the wish up. */
  read(wish: ReadDemand): Observable<Reading> {
    return new Observable((reader) => {
      const request = wish.behind ? this.queued(wish) : this.gathered(wish);
      request.readers.add(reader);
      // A big read goes out at once, so that the server works on it while the consumer works on the one before.
      if (wish.behind) this.sendBig();
      return () => this.leave(request, reader);
    });
  }

  private queued(wish: ReadDemand): Request {
    const request = { wish, readers: new Set<Subscriber<Reading>>() };
    this.behind.push(request);
    return request;
  }

  private gathered(wish: ReadDemand): Request {
    const place = placeOf(wish);
    const present = this.atEnd.get(place);
    if (present !== undefined) {
      present.wish = smaller(present.wish, wish);
      return present;
    }
    const request = { wish, readers: new Set<Subscriber<Reading>>() };
    this.atEnd.set(place, request);
    this.gathering ??= this.endOfTick.schedule(() => this.sendGathered());
    return request;
  }

  private leave(request: Request, reader: Subscriber<Reading>): void {
    request.readers.delete(reader);
    if (request.readers.size > 0) return;
    const { sent } = request;
    if (sent !== undefined) {
      if (!sent.subscription.closed && sent.requests.every(({ readers }) => readers.size === 0)) sent.subscription.unsubscribe();
      return;
    }
    const place = placeOf(request.wish);
    if (this.atEnd.get(place) === request) this.atEnd.delete(place);
    const queue = this.behind.indexOf(request);
    if (queue >= 0) this.behind.splice(queue, 1);
  }

  private sendBig(): void {
    while (this.bigReads < bigReadsAtOnce) {
      const request = this.behind.shift();
      if (request === undefined) return;
      this.bigReads++;
      this.send([request], () => {
        this.bigReads--;
        this.sendBig();
      });
    }
  }

  private sendGathered(): void {
    this.gathering = undefined;
    const requests = [...this.atEnd.values()];
    this.atEnd.clear();
    for (const pack of packs(requests, this.budget.bytesPerRead)) this.send(pack);
  }

  private send(requests: readonly Request[], done?: () => void): void {
    const subscription = new Subscription(done);
    const sent = { requests, subscription };
    for (const request of requests) request.sent = sent;
    const count = entriesFor(requests, this.budget.perRead);
    const wants = requests.map(({ wish: { key, after } }) => ({ key, after, maxEntries: count }));
    subscription.add(
      this.database.read(wants).subscribe({
        next: (blocks) => {
          subscription.unsubscribe();
          requests.forEach((request, i) => answer(request, blocks[i], count));
        },
        error: (error: unknown) => {
          subscription.unsubscribe();
          // One key that holds something else than a stream spoils the reply for all.
          const wanted = requests.filter(({ readers }) => readers.size > 0);
          if (requests.length > 1 && isServerError(error)) for (const request of wanted) this.send([request]);
          else for (const { readers } of requests) for (const reader of [...readers]) reader.error(error);
        },
      }),
    );
  }
}

const placeOf = ({ key, after }: ReadDemand): string => `${after} ${key}`;

const smaller = (a: ReadDemand, b: ReadDemand): ReadDemand => ({
  ...a,
  maxEntries: Math.min(a.maxEntries, b.maxEntries),
  maxBytes: Math.min(a.maxBytes, b.maxBytes),
  entryBytes: Math.max(a.entryBytes, b.entryBytes),
});

/** Who is read together: those who want few entries apart from those who want many, and no more than each may have its share of. */
function* packs(requests: readonly Request[], bytesPerRead: number): Generator<readonly Request[]> {
  const few = requests.filter(({ wish }) => wish.maxEntries < entriesAtEnd);
  const many = requests.filter(({ wish }) => wish.maxEntries >= entriesAtEnd);
  for (const group of [few, many]) {
    let pack: Request[] = [];
    let bytes = 0;
    // By size, so that small ones need not be content with as few entries as big ones.
    for (const request of group.toSorted((a, b) => a.wish.entryBytes - b.wish.entryBytes)) {
      const added = request.wish.entryBytes * Math.min(entriesAtEnd, request.wish.maxEntries);
      if (pack.length > 0 && bytes + added > bytesPerRead) {
        yield pack;
        pack = [];
        bytes = 0;
      }
      pack.push(request);
      bytes += added;
    }
    if (pack.length > 0) yield pack;
  }
}

/** XREAD has one COUNT for all streams. */
function entriesFor(requests: readonly Request[], bytes: number): number {
  const perEntry = requests.reduce((sum, { wish }) => sum + wish.entryBytes, 0);
  const credit = requests.reduce((least, { wish }) => Math.min(least, wish.maxBytes / wish.entryBytes), Infinity);
  const most = requests.reduce((least, { wish }) => Math.min(least, wish.maxEntries), Infinity);
  return Math.max(1, Math.floor(Math.min(bytes / perEntry, credit, most)));
}

function answer({ readers }: Request, block: Block | undefined, count: number): void {
  if (block === undefined) return;
  const full = block.seal === undefined && (block.firsts.length >= count || block.more === true);
  // Copied before anybody can do something with theirs.
  const answers = [...readers].map((reader, i) => ({ reader, block: i === 0 ? block : { ...block, bytes: block.bytes.slice() } }));
  for (const { reader, block: own } of answers) {
    reader.next({ block: own, full });
    reader.complete();
  }
}
