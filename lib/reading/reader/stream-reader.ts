/** One reader of one stream: reads when its consumer demands a chunk, and a little ahead of that. */
import { concat, map, of, Subscription, take, type Observable, type Unsubscribable } from 'rxjs';
import { requireIndex } from '../../model/integer-arguments.js';
import { after } from '../../model/time.js';
import type { Core } from '../core.js';
import { DirtyFlag, type Waiter } from '../poll.js';
import type { ReaderStatus } from '../reader-status.js';
import { idle, type Activity } from './activity.js';
import { ChunkFetcher, type FetchListener } from './chunk-fetcher.js';
import { Demand, type ChunkConsumer, type NextOptions, type WaitLimit } from './demand.js';
import { pointsIn, type EncodedChunk } from './encoded-chunk.js';
import { paceOf, requireCredit, type Credit, type Pace, type ReaderOptions } from './reader-options.js';
import type { StreamSource } from './stream-source.js';

export interface StreamReaderOptions extends Omit<ReaderOptions, 'lend'> {
  /** If all points up to the end were trimmed off: wait for the next one, or report at once how many they were. */
  readonly lost?: 'wait' | 'report';
}

const newestNow: Pace = { _tag: 'newest', everyMs: 0 };

/**
 * The core of all reading. Back-pressure is the absence of demand: the backlog stays in Redis.
 *
 * ```
 *          demand, or room ahead          no chunk, and the demand waits
 *   idle ------------------------> reading ------------------------------> waiting
 *    ^                              |   ^                                    |
 *    +------------------------------+   +------------------------------------+
 *         chunk delivered or queued              invalidation
 * ```
 */
export class StreamReader {
  private readonly pace: Pace;
  private readonly credit: Required<Credit>;
  private readonly fetcher: ChunkFetcher;
  /** Kept from the first demand on: an invalidation may come at any time. */
  private dirty: DirtyFlag | undefined;

  private activity: Activity = idle;
  private demand: Demand | undefined;
  /** What was read ahead of the consumer. */
  private queue: EncodedChunk[] = [];
  private queuedBytes = 0;
  /** Whether the queue is being filled: until it is full, and again once half of it is free. */
  private filling = true;
  /** Why reading ahead failed: delivered after the queue. */
  private failure: { readonly error: unknown } | undefined;
  private ended = false;
  /** When the interval of the policy ends. */
  private due = -Infinity;

  private position: number;
  private points = 0;
  private bytes = 0;
  private expired = 0;
  private dropped = 0;
  private invalidations = 0;

  // Made once, for with every read they would be much of the cost of small chunks.
  private readonly fetched: FetchListener = { next: (chunk) => this.arrived(chunk), error: (error) => this.failed(error) };
  private readonly invalidated: Waiter & Unsubscribable = {
    next: () => {
      this.activity = idle;
      if (this.demand !== undefined) this.read(this.demand.pace);
    },
    error: (error) => this.failed(error),
    unsubscribe: () => this.dirty?.forget(this.invalidated),
  };
  private readonly waitingForInvalidation: Activity = { _tag: 'waiting', work: this.invalidated };

  /** @throws InvalidArgument for an invalid index, credit or policy. */
  constructor(
    private readonly core: Core,
    private readonly source: StreamSource,
    { from = 0, policy = 'all', credit = {}, lost = 'wait' }: StreamReaderOptions = {},
  ) {
    requireIndex('from', from);
    this.pace = paceOf(policy);
    this.credit = requireCredit(credit);
    this.fetcher = new ChunkFetcher(core, source, from, lost);
    this.position = from;
  }

  /** Demands the next chunk: one demand at a time, and none after the end. Unsubscribing withdraws it, and loses nothing. */
  next({ newest = false, wait = true, limit }: NextOptions, consumer: ChunkConsumer): Unsubscribable {
    this.start();
    if (newest) this.forgetQueue();
    const demand = new Demand(this, consumer, newest ? newestNow : this.pace, wait, limit);
    const { failure } = this;
    const queued = this.takeQueued();
    if (queued !== undefined) {
      this.readAhead();
      this.deliver(consumer, queued);
    } else if (failure !== undefined) {
      this.failure = undefined;
      consumer.error(failure.error);
    } else {
      this.demand = demand;
      if (this.activity._tag === 'idle') this.satisfy(demand);
    }
    return demand;
  }

  /** Unless it was satisfied. */
  withdraw(demand: Demand): void {
    if (this.demand === demand) this.giveUp();
  }

  /** Gives up what it is doing, and what it holds. */
  close(): void {
    this.giveUp();
    this.dirty?.unsubscribe();
    this.forgetQueue();
    this.core.readers.delete(this);
  }

  get status(): ReaderStatus {
    const { activity } = this;
    return {
      _tag: activity._tag,
      key: this.source.key,
      stream: this.source.name,
      position: this.position,
      points: this.points,
      bytes: this.bytes,
      expired: this.expired,
      dropped: this.dropped,
      reads: this.fetcher.requests,
      invalidations: this.invalidations,
      reconnects: this.fetcher.reconnects,
      chunksAhead: this.queue.length,
      bytesAhead: this.queuedBytes,
      bytesInFlight: activity._tag === 'reading' ? activity.bytes : 0,
    };
  }

  private start(): DirtyFlag {
    if (this.dirty === undefined) {
      this.dirty = new DirtyFlag(this.core.hub.changes(this.source.key, this.source.stateKey));
      this.core.readers.add(this);
    }
    return this.dirty;
  }

  // --- The demand ----------------------------------------------------------------------------------------------

  /** Reads until there is something, if the demand waits that long. */
  private satisfy(demand: Demand): void {
    const { pace, wait } = demand;
    const { scheduler } = this.core;
    const delay = pace._tag === 'newest' && pace.everyMs > 0 ? this.due - scheduler.now() : 0;
    if (delay <= 0) this.readFor(demand);
    else if (wait) this.waitFor(after(delay, scheduler), demand.limit, () => this.readFor(demand));
    else this.deliverNothing(demand);
  }

  /** Reads, but at the end of the stream not before an invalidation. */
  private readFor({ pace, wait, limit, hasRead }: Demand): void {
    if (!wait || this.fetcher.reached !== 'end' || (limit !== undefined && !hasRead)) this.read(pace);
    else if (limit !== undefined) this.waitFor(this.start().next(), limit, () => this.read(pace));
    else {
      this.activity = this.waitingForInvalidation;
      this.start().wait(this.invalidated);
    }
  }

  /** Waits, but no longer than the demand does. */
  private waitFor(awaited$: Observable<unknown>, limit: WaitLimit | undefined, then: () => void): void {
    const inTime$ = limit === undefined ? awaited$ : limit.bound(awaited$);
    const work = new Subscription();
    this.activity = { _tag: 'waiting', work };
    work.add(
      concat(inTime$.pipe(map(() => then)), of(() => this.deliverNothing(this.demand))).pipe(take(1)).subscribe({
        next: (goOn) => {
          this.end();
          goOn();
        },
        error: (error: unknown) => this.failed(error),
      }),
    );
  }

  private giveUp(): void {
    this.demand = undefined;
    this.end();
    this.fetcher.forgetEnd();
  }

  private deliverNothing(demand: Demand | undefined): void {
    this.demand = undefined;
    demand?.consumer.nothing();
  }

  private deliver(consumer: ChunkConsumer, chunk: EncodedChunk): void {
    const { index, dropped, expired, block, skip } = chunk;
    const points = Math.max(pointsIn(block) - skip, 0);
    this.position = index + dropped + expired + points;
    this.points += points;
    this.bytes += block.bytes.length;
    this.expired += expired;
    this.dropped += dropped;
    if (this.pace._tag === 'newest') this.due = this.core.scheduler.now() + this.pace.everyMs;
    consumer.next(chunk);
  }

  // --- Reading -------------------------------------------------------------------------------------------------

  /** The flag is cleared when the read is sent, not when it is answered: a change in between sets it again. */
  private read(pace: Pace): void {
    const invalidated = this.start().clear();
    if (this.demand !== undefined) this.demand.hasRead = true;
    if (invalidated) this.invalidations++;
    const left = this.credit.bytes - this.queuedBytes;
    const ahead = pace._tag === 'all' && this.credit.chunks > 0 ? left : 0;
    const fetch = { pace, maxBytes: Math.max(left, 1), ahead, invalidated };
    const activity: Activity = { _tag: 'reading', bytes: this.fetcher.expectedBytes, work: undefined };
    this.activity = activity;
    try {
      const work = this.fetcher.fetch(fetch, this.fetched);
      // It may be over already.
      if (this.activity === activity) activity.work = work;
      else work.unsubscribe();
    } catch (error) {
      this.failed(error);
    }
  }

  /** Ends what it is doing. */
  private end(): void {
    const { activity } = this;
    this.activity = idle;
    if (activity._tag !== 'idle') activity.work?.unsubscribe();
  }

  private failed(error: unknown): void {
    this.end();
    this.fetcher.forgetEnd();
    const { demand } = this;
    this.demand = undefined;
    if (demand === undefined) this.failure = { error };
    else demand.consumer.error(error);
  }

  private arrived(chunk: EncodedChunk | undefined): void {
    this.end();
    const { demand } = this;
    if (chunk === undefined) {
      // A demand that came after this read was sent gets one of its own, even if it does not wait.
      return demand !== undefined && (demand.wait || !demand.hasRead) ? this.satisfy(demand) : this.deliverNothing(demand);
    }
    this.ended = chunk.ended;
    if (demand === undefined) {
      this.queue.push(chunk);
      this.hold(chunk.block.bytes.length);
      this.readAhead();
      return;
    }
    this.demand = undefined;
    // Sent before the consumer gets this chunk, so that the server works on the next one meanwhile.
    this.readAhead();
    this.deliver(demand.consumer, chunk);
  }

  // --- Reading ahead -------------------------------------------------------------------------------------------

  /** Reads on while the consumer works, as far as the credit goes, if its policy takes every point. */
  private readAhead(): void {
    const { fetcher, credit, queue, queuedBytes } = this;
    if (this.pace._tag !== 'all' || this.ended || fetcher.reached !== 'more' || this.activity._tag !== 'idle' || this.failure !== undefined) return;
    this.filling ||= queue.length * 2 <= credit.chunks && queuedBytes * 2 <= credit.bytes;
    const expected = Math.min(fetcher.expectedBytes, credit.bytes);
    const isFull = queue.length >= credit.chunks || queuedBytes + expected > credit.bytes;
    if (isFull) this.filling = false;
    if (this.filling && this.core.budget.hasRoomFor(expected)) this.read(this.pace);
  }

  private takeQueued(): EncodedChunk | undefined {
    const chunk = this.queue.shift();
    if (chunk !== undefined) this.hold(-chunk.block.bytes.length);
    return chunk;
  }

  /** What was read ahead is read again if it is wanted after all. */
  private forgetQueue(): void {
    if (this.queue.length === 0 && this.activity._tag === 'idle') return;
    this.giveUp();
    this.queue = [];
    this.hold(-this.queuedBytes);
    this.failure = undefined;
    this.fetcher.seek(this.position);
  }

  private hold(bytes: number): void {
    this.queuedBytes += bytes;
    this.core.budget.hold(bytes);
  }
}
