/** What one session follows of a stream: a position and a credit in bytes, never a queue. */
import { Subscription } from 'rxjs';
import type { Id } from '../../ports/keys.js';
import type { ReadAnswer } from '../../reading/read-scheduler.js';
import { compareIds } from '../../wire/stream-id.js';
import { answerBytes } from './entry-sizes.js';
import { entriesAfter, frameOf, lastId, type Frame } from './frame.js';
import type { Lane, Outbox } from './outbox.js';
import type { ReadTurns } from './read-turns.js';
import type { Follower, Tail, TailContext } from './tail.js';

/** What a feed needs of its session. */
export interface FeedSession {
  readonly outbox: Outbox;
  readonly turns: ReadTurns;
  /** The most that may be granted. */
  readonly mostCredit: number;
  wake(feed: Feed): void;
  closed(feed: Feed): void;
}

/** Where a feed begins. */
export interface FeedStart {
  /** How far the answer reached. */
  readonly position: Id;
  readonly credit: number;
  /** Whether that may not be the end of the stream, as of the tail's `version`. */
  readonly hasMore: boolean;
  readonly version: number;
  /** Whether the answer says that there is more. */
  readonly isPromised: boolean;
}

/** Entries of one read at most. */
const mostEntries = 16_384;

export class Feed implements Lane, Follower {
  readonly kind = 'frame';
  private position: Id = '0-0';
  private credit = 0;
  /** Of the next frame in the tail; `undefined` while the feed is behind it, or has not begun. */
  number: number | undefined;
  /** Until the answer that it continues was sent. */
  private hasBegun = false;
  private isClosed = false;
  /** Behind the tail it reads for itself. */
  private reading: Subscription | undefined;
  private own: Frame | undefined;
  private ownIsFull = false;
  private ownVersion = 0;
  /** The client was told that there is more, and waits: for a frame or, if there is none, a wake. */
  private isPromised = false;
  /** The index after the last point that was sent. */
  private length: number | undefined;

  constructor(
    readonly tail: Tail,
    private readonly context: TailContext,
    private readonly session: FeedSession,
  ) {}

  get canTake(): boolean {
    if (this.credit <= 0) return false;
    if (this.session.outbox.hasRoom) return true;
    // Asked again when there is.
    this.session.outbox.offer(this);
    return false;
  }

  /** How many points it is behind the end of what the tail has read. */
  get behind(): number {
    return this.length === undefined ? 0 : Math.max(0, this.tail.length - this.length);
  }

  /** The answer that it continues was sent. */
  begin({ position, credit, hasMore, isPromised, version }: FeedStart): void {
    if (this.isClosed) return;
    this.hasBegun = true;
    this.isPromised = isPromised;
    this.position = position;
    this.credit = Math.min(credit, this.session.mostCredit);
    this.settle(hasMore, version);
  }

  get isWaiting(): boolean {
    return !this.hasBegun;
  }

  get isOver(): boolean {
    return this.isClosed;
  }

  grant(bytes: number): void {
    this.credit = Math.min(this.credit + bytes, this.session.mostCredit);
    if (this.hasBegun && this.credit > 0) this.session.outbox.offer(this);
  }

  // --- The tail's --------------------------------------------------------------------------------------------

  push(frame: Frame, number: number): void {
    if (this.number !== number) return;
    const { outbox } = this.session;
    if (this.credit <= 0) this.context.events.heldBack?.();
    else if (outbox.isIdle && frame.after === this.position && frame.message.length <= outbox.maxMessage) {
      outbox.sendNow(frame.message, 'frame');
      this.took(frame);
    } else {
      if (!outbox.hasRoom) this.context.events.heldBack?.();
      outbox.offer(this);
    }
  }

  wake(): void {
    this.session.wake(this);
  }

  foundNothing(): void {
    if (this.number === this.tail.nextNumber) this.keepPromise();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.number = undefined;
    this.reading?.unsubscribe();
    this.own = undefined;
    this.session.turns.leave(this);
    this.session.outbox.withdraw(this);
    this.session.closed(this);
  }

  // --- The outbox's: there is room for a frame ---------------------------------------------------------------

  next(): Uint8Array | undefined {
    if (this.isClosed || !this.hasBegun || this.credit <= 0) return undefined;
    const { own } = this;
    if (own !== undefined) {
      this.own = undefined;
      this.session.turns.leave(this);
      this.took(own);
      this.settle(this.ownIsFull, this.ownVersion);
      // The database works on the next one while the socket takes this one.
      if (this.number === undefined && this.credit > 0) this.readOn();
      return own.message;
    }
    while (this.number !== undefined) {
      const frame = this.tail.frame(this.number);
      if (frame === undefined) {
        if (this.tail.isGone(this.number)) this.number = this.tail.numberAfter(this.position);
        else {
          this.tail.want();
          this.keepPromise();
          return undefined;
        }
      } else if (compareIds(frame.last, this.position) <= 0) this.number++;
      else {
        const mine = frame.after === this.position ? frame : this.cut(frame);
        this.took(mine);
        return mine.message;
      }
    }
    this.readOn();
    return undefined;
  }

  /** At the end of the tail. What was announced may be gone, or have been a guess. */
  private keepPromise(): void {
    if (!this.isPromised || !this.tail.isClean) return;
    this.isPromised = false;
    this.wake();
  }

  /** The rest of a frame that holds the position in its middle. */
  private cut(frame: Frame): Frame {
    const cut = frameOf(this.tail.handle, this.position, entriesAfter(frame, this.position));
    this.context.events.encoded?.(cut.message.length);
    return cut;
  }

  private took(frame: Frame): void {
    this.credit -= frame.message.length;
    this.position = frame.last;
    this.length = frame.length ?? this.length;
    this.isPromised = frame.hasMore;
    if (this.number !== undefined) this.number++;
    if (frame.isSealed) this.close();
  }

  // --- Behind the tail ---------------------------------------------------------------------------------------

  /** Looks for its place: in the tail, at the end of the stream, or behind. */
  private settle(hasMore: boolean, version: number): void {
    if (this.isClosed) return;
    this.number = undefined;
    const number = this.tail.place(this.position, hasMore, version);
    this.number = number;
    this.session.outbox.offer(this);
  }

  private readOn(): void {
    if (this.isClosed || this.reading !== undefined || this.own !== undefined || !this.session.turns.take(this)) return;
    const { reads, sizes } = this.context;
    const request = { ...this.tail.stream, after: this.position, maxEntries: mostEntries };
    this.ownVersion = this.tail.version;
    const entryBytes = sizes.of(this.tail.key) ?? answerBytes / 2;
    // Before it is sent, for it may be answered at once.
    this.reading = new Subscription();
    this.reading.add(reads.read({ request, maxBytes: answerBytes, entryBytes, behind: true }, { next: (answer) => this.answered(answer), error: () => this.fail() }));
  }

  private answered({ block, full }: ReadAnswer): void {
    this.reading = undefined;
    if (this.isClosed) return;
    this.context.sizes.learn(block);
    if (lastId(this.position, block) === this.position) {
      this.session.turns.leave(this);
      this.settle(false, this.ownVersion);
      return;
    }
    this.own = frameOf(this.tail.handle, this.position, { ...block, more: full });
    this.ownIsFull = full;
    this.context.events.encoded?.(this.own.message.length);
    this.context.database.recycle(block);
    this.session.outbox.offer(this);
  }

  /** The session's own read finds the error. */
  private fail(): void {
    this.reading = undefined;
    this.wake();
    this.close();
  }
}
