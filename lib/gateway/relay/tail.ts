/** The end of a followed stream: its newest frames, one reader behind them, and those who follow it. */
import { Subscription, type SchedulerLike } from 'rxjs';
import type { EndOfTick } from '../../model/end-of-tick.js';
import type { Database } from '../../ports/database.js';
import type { Id, Key } from '../../ports/keys.js';
import type { Block, StreamRef } from '../../ports/streams.js';
import type { ReadAnswer, ReadScheduler } from '../../reading/read-scheduler.js';
import { compareIds } from '../../wire/stream-id.js';
import { answerBytes, type EntrySizes } from './entry-sizes.js';
import { entriesAfter, frameOf, lastId, type Frame } from './frame.js';
import type { RelayEvents } from './relay-events.js';

/** One who follows the tail. */
export interface Follower {
  /** The number of the frame that it gets next; `undefined` while it is not within the tail. */
  readonly number: number | undefined;
  /** Whether it could take a frame now; otherwise it asks for it once it can. */
  readonly canTake: boolean;
  /** The newest frame. */
  push(frame: Frame, number: number): void;
  /** A read has shown that there is nothing after the newest frame. */
  foundNothing(): void;
  /** Something has changed that brought no entries: its session has to look. */
  wake(): void;
  close(): void;
}

export interface TailContext {
  readonly database: Pick<Database, 'recycle'>;
  readonly scheduler: SchedulerLike;
  readonly endOfTick: EndOfTick;
  readonly events: RelayEvents;
  readonly reads: ReadScheduler;
  readonly sizes: EntrySizes;
  /** How long to wait between an invalidation and the read, in ms, so that fewer and larger frames are sent; by the number of followers. */
  readonly gather: (followers: number) => number;
}

/** What all tails have together: their memory, and a timer. */
export interface AllTails {
  /** So many bytes more, or less, are held. */
  held(bytes: number): void;
  /** A frame was added to this one: drops older ones until all fit. */
  shorten(tail: Tail): void;
  /** Calls `readGathered` after so many ms at most: of all tails at the same moment, so that they are read together. */
  readAfter(ms: number, tail: Tail): void;
}

/** Entries of one read at most: how much room they take is known only afterwards. */
const mostEntries = 16_384;

export class Tail {
  readonly followers = new Set<Follower>();
  private readonly frames: Frame[] = [];
  /** The number of the oldest frame. */
  private oldest = 0;
  private bytesHeld = 0;
  /** The id of the last entry that was read; `undefined` as long as the followers have not come to the end. */
  private end: Id | undefined;
  /** Counts invalidations. */
  version = 0;
  /** The version when the last read was sent: what happened before is in its answer. */
  private readVersion = 0;
  private hasMore = false;
  private isSealed = false;
  private reading: Subscription | undefined;
  private isGathering = false;
  private isClosed = false;
  /** The index after the last point. */
  length = 0;

  constructor(
    readonly stream: StreamRef,
    /** What its frames are called on the wire. */
    readonly handle: number,
    private readonly context: TailContext,
    private readonly all: AllTails,
  ) {}

  get key(): Key {
    return this.stream.key;
  }

  get bytes(): number {
    return this.bytesHeld;
  }

  get frameCount(): number {
    return this.frames.length;
  }

  /** The number that the next frame will have. */
  get nextNumber(): number {
    return this.oldest + this.frames.length;
  }

  /** Whether all that was published when this is asked has been read, as far as invalidations tell. */
  get isClean(): boolean {
    return this.end !== undefined && this.reading === undefined && this.version === this.readVersion && !this.hasMore;
  }

  // --- Reading -----------------------------------------------------------------------------------------------

  changed(): void {
    this.version++;
    this.want();
  }

  /** Reads on if there is something to read, and a follower that could take it. */
  want(): void {
    if (this.end === undefined || this.reading !== undefined || this.isGathering || this.isSealed || this.isClosed) return;
    if (this.isClean || !this.isWanted()) return;
    const gather = this.hasMore ? 0 : this.context.gather(this.followers.size);
    if (gather === 0) return this.read(this.end);
    this.isGathering = true;
    this.all.readAfter(gather, this);
  }

  /** The time for gathering is over. */
  readGathered(): void {
    this.isGathering = false;
    if (this.end !== undefined && this.reading === undefined && !this.isClosed) this.read(this.end);
  }

  private isWanted(): boolean {
    const next = this.nextNumber;
    let wanted = false;
    // All are asked: who cannot take one now says so when it can.
    for (const follower of this.followers) if (follower.number === next && follower.canTake) wanted = true;
    return wanted;
  }

  private read(after: Id): void {
    const { reads, sizes } = this.context;
    const isInvalidated = this.version !== this.readVersion;
    const behind = this.hasMore;
    this.readVersion = this.version;
    this.hasMore = false;
    const request = { ...this.stream, after, maxEntries: mostEntries };
    const demand = { request, maxBytes: answerBytes, entryBytes: sizes.of(this.key) ?? answerBytes / 2, behind };
    // Before it is sent, for it may be answered at once.
    this.reading = new Subscription();
    this.reading.add(reads.read(demand, { next: (answer) => this.answered(after, answer, isInvalidated), error: () => this.fail() }));
  }

  private answered(after: Id, { block, full }: ReadAnswer, isInvalidated: boolean): void {
    this.reading = undefined;
    if (this.isClosed) return;
    if (block.firsts.length === 0 && block.seal === undefined) {
      if (isInvalidated) this.looseEntries();
      else for (const follower of [...this.followers]) follower.foundNothing();
    } else {
      this.hasMore = full;
      this.add(after, block);
    }
    this.want();
  }

  private add(after: Id, block: Block): void {
    const { sizes, events, database } = this.context;
    sizes.learn(block);
    const frame = frameOf(this.handle, after, block);
    events.encoded?.(frame.message.length);
    database.recycle(block);
    const number = this.nextNumber;
    this.frames.push(frame);
    this.hold(frame.message.length);
    this.end = frame.last;
    this.isSealed = frame.isSealed;
    this.length = frame.length ?? this.length;
    this.all.shorten(this);
    for (const follower of this.followers) follower.push(frame, number);
  }

  /** An invalidation brought nothing: entries were trimmed off, or the stream deleted. What is kept may be gone from the database. */
  private looseEntries(): void {
    while (this.frames.length > 0) this.dropOldest();
    for (const follower of [...this.followers]) follower.wake();
  }

  /** The reads of the sessions find the error. */
  private fail(): void {
    this.reading = undefined;
    for (const follower of [...this.followers]) {
      follower.wake();
      follower.close();
    }
  }

  // --- What it holds -----------------------------------------------------------------------------------------

  dropOldest(): void {
    this.hold(-(this.frames.shift()?.message.length ?? 0));
    this.oldest++;
  }

  private hold(bytes: number): void {
    this.bytesHeld += bytes;
    this.all.held(bytes);
  }

  frame(number: number): Frame | undefined {
    return this.frames[number - this.oldest];
  }

  isGone(number: number): boolean {
    return number < this.oldest;
  }

  /** The number of the first frame with entries after an id; `undefined` if some that follow the id are not held. */
  numberAfter(position: Id): number | undefined {
    const start = this.frames[0]?.after ?? this.end;
    if (start === undefined || compareIds(position, start) < 0) return undefined;
    // Most are near the end.
    let at = this.frames.length;
    while (at > 0 && compareIds(this.frames[at - 1]!.last, position) > 0) at--;
    return this.oldest + at;
  }

  /**
   * The place of a follower that has read to `position` by itself: the number of its next frame; `undefined` if that is not held.
   *
   * @param hasMore whether that was not the end of the stream, as of the tail's `version`
   */
  place(position: Id, hasMore: boolean, version: number): number | undefined {
    if (hasMore) return this.numberAfter(position);
    const further = this.end === undefined ? 1 : compareIds(position, this.end);
    if (further === 0 && this.reading === undefined) this.readVersion = Math.max(this.readVersion, version);
    if (further > 0 && !this.isUsed) this.beginAt(position, version);
    if (further < 0 && this.reading === undefined && this.readVersion <= version) this.retreat(position, version);
    return this.numberAfter(position);
  }

  /**
   * The stream has fewer entries than the tail believed, although this read is not older than the tail's: it was deleted, or rewound; or the
   * tail has begun with one who waits for entries that are far off. Those who were within it look again; it stays with the end that was seen,
   * for they would begin another one as far off.
   */
  private retreat(position: Id, version: number): void {
    for (const follower of [...this.followers]) {
      if (follower.number === undefined) continue;
      follower.wake();
      follower.close();
    }
    this.beginAt(position, version);
  }

  private get isUsed(): boolean {
    if (this.end === undefined) return false;
    if (this.reading !== undefined) return true;
    for (const { number } of this.followers) if (number !== undefined) return true;
    return false;
  }

  private beginAt(position: Id, version: number): void {
    while (this.frames.length > 0) this.dropOldest();
    this.end = position;
    this.readVersion = version;
    this.hasMore = false;
  }

  /** The entries after an id, as the database would answer; `undefined` if they are not held, or newer ones may be in the database only. */
  answer(after: Id, maxEntries: number): Block | undefined {
    const number = this.numberAfter(after);
    if (number === undefined) return undefined;
    const frame = this.frame(number);
    if (frame === undefined) return this.isClean && this.end === after ? { key: this.key, ...nothing } : undefined;
    const entries = entriesAfter(frame, after, maxEntries);
    const isAll = entries.seal !== undefined || (lastId(after, entries) === frame.last && number + 1 === this.nextNumber && this.isClean);
    return { key: this.key, ...entries, ...(isAll ? {} : { more: true }) };
  }

  close(): void {
    this.isClosed = true;
    this.reading?.unsubscribe();
    for (const follower of [...this.followers]) follower.close();
    while (this.frames.length > 0) this.dropOldest();
  }
}

const nothing = { firsts: new Float64Array(0), lens: new Float64Array(0), ends: new Float64Array(0), bytes: new Uint8Array(0) };
