/**
 * The pull core of all reading: one reader of one stream, which reads only when it is asked to, and a little ahead.
 * Back-pressure is nothing else than not asking: the backlog stays in Redis.
 */
import { defaultIfEmpty, isObservable, map, Observable, Subscription, type Subscriber } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import { after } from '../../model/time.js';
import { DirtyFlag } from '../dirty-flag.js';
import type { Core } from '../core.js';
import { requireCredit, type Credit } from './credit.js';
import { pointsIn, type Pulled } from './pulled.js';
import { paceOf, type Pace, type ReadPolicy } from './read-policy.js';
import type { ReaderStatus } from './reader-status.js';
import { StreamLooks } from './read-step.js';
import type { StreamSource } from './stream-source.js';
import type { WaitLimit } from './wait-limit.js';

export interface StreamReaderOptions {
  /** The index of the first point that is wanted; 0 by default. */
  readonly from?: number;
  /** What a consumer gets that is slower than the stream; `'all'` by default. */
  readonly policy?: ReadPolicy;
  /** How far to read ahead of the consumer, where it gets all. */
  readonly credit?: Credit;
}

/** What a reader is told where everything has been trimmed off: nothing before there is more, or how much that is. */
export interface StreamReaderSettings {
  readonly lost?: 'wait' | 'tell';
}

/** What a pull asks for beside what comes next. */
export interface Ask {
  /** The newest point, whatever the policy. */
  readonly newest?: boolean;
  /** Not to wait where there is nothing now. */
  readonly wait?: boolean;
  /** How long to wait; for ever by default. Who has a limit looks at least once, whatever the last look saw. */
  readonly limit?: WaitLimit | undefined;
}

/** Who asked, and for what. */
interface Demand {
  readonly subscriber: Subscriber<Pulled>;
  readonly pace: Pace;
  readonly wait: boolean;
  readonly limit: WaitLimit | undefined;
  /** Whether a look was taken for it. */
  looked: boolean;
}

const newestNow: Pace = { _tag: 'newest', everyMs: 0 };

export class StreamReader {
  private readonly pace: Pace;
  private readonly credit: Required<Credit>;
  private readonly looks: StreamLooks;
  private alarm: DirtyFlag | undefined;

  /** What was read ahead of the consumer. */
  private queue: Pulled[] = [];
  private queuedBytes = 0;
  /** Whether the queue is being filled: until it is full, and again once half of it is free. */
  private filling = true;
  /** The request under way, or the wait for a wake: never more than one. */
  private reading: Subscription | undefined;
  private bytesInFlight = 0;
  private demand: Demand | undefined;
  private failure: { readonly error: unknown } | undefined;
  private ended = false;
  /** From when on a consumer with a period may get the next. */
  private due = -Infinity;

  private position: number;
  private points = 0;
  private bytes = 0;
  private expired = 0;
  private dropped = 0;
  private wakes = 0;

  /** @throws InvalidArgument for an index, a credit or a policy that is none. */
  constructor(
    private readonly core: Core,
    private readonly source: StreamSource,
    { from = 0, policy = 'all', credit = {}, lost = 'wait' }: StreamReaderOptions & StreamReaderSettings = {},
  ) {
    if (!Number.isSafeInteger(from) || from < 0) throw blissdataError('InvalidArgument', { argument: 'from', expected: 'an integer from 0', received: String(from) });
    this.pace = paceOf(policy);
    this.credit = requireCredit(credit);
    this.looks = new StreamLooks(core, source, from, lost);
    this.position = from;
  }

  /**
   * Emits once: what comes next, as soon as there is something; completes without that where it is asked not to wait, or no longer, and
   * there is nothing. Only one may be under way, and none after the end. Leaving loses nothing.
   */
  next({ newest = false, wait = true, limit }: Ask = {}): Observable<Pulled> {
    return new Observable((subscriber) => {
      this.started();
      if (newest) this.forgetAhead();
      const ahead = this.takeAhead();
      if (ahead !== undefined) {
        this.readAhead();
        this.deliver(subscriber, ahead);
        return;
      }
      const demand = { subscriber, pace: newest ? newestNow : this.pace, wait, limit, looked: false };
      this.demand = demand;
      if (this.reading === undefined) this.satisfy(demand);
      return () => {
        if (this.demand === demand) this.giveUp();
      };
    });
  }

  /** Gives up what it waits for, and what it holds. */
  close(): void {
    this.giveUp();
    this.alarm?.unsubscribe();
    this.forgetAhead();
    this.core.readers.delete(this);
  }

  get status(): ReaderStatus {
    return {
      _tag: this.reading === undefined ? 'idle' : this.bytesInFlight === 0 ? 'waiting' : 'reading',
      key: this.source.key,
      stream: this.source.name,
      position: this.position,
      points: this.points,
      bytes: this.bytes,
      expired: this.expired,
      dropped: this.dropped,
      reads: this.looks.reads,
      wakes: this.wakes,
      reconnects: this.looks.reconnects,
      chunksAhead: this.queue.length,
      bytesAhead: this.queuedBytes,
      bytesInFlight: this.bytesInFlight,
    };
  }

  /** The alarm, which lives as long as the reader: a wake may come while it is doing something else. */
  private started(): DirtyFlag {
    if (this.alarm === undefined) {
      this.alarm = new DirtyFlag(this.core.hub.changes(this.source.key, this.source.stateKey));
      this.core.readers.add(this);
    }
    return this.alarm;
  }

  private giveUp(): void {
    this.demand = undefined;
    this.reading?.unsubscribe();
    this.reading = undefined;
    this.bytesInFlight = 0;
    // The wake that was waited for may have come already.
    this.looks.atEnd = false;
  }

  private takeAhead(): Pulled | undefined {
    const pulled = this.queue.shift();
    if (pulled !== undefined) this.hold(-pulled.block.bytes.length);
    if (pulled !== undefined || this.failure === undefined) return pulled;
    const { error } = this.failure;
    this.failure = undefined;
    throw error;
  }

  /** What was read ahead is read again, if it is wanted after all. */
  private forgetAhead(): void {
    if (this.queue.length === 0 && this.reading === undefined) return;
    this.giveUp();
    this.queue = [];
    this.hold(-this.queuedBytes);
    this.failure = undefined;
    this.looks.seek(this.position);
  }

  private hold(bytes: number): void {
    this.queuedBytes += bytes;
    this.core.budget.hold(bytes);
  }

  /** Reads until there is something, for one who waits for it. */
  private satisfy(demand: Demand): void {
    const { pace, wait } = demand;
    const { scheduler } = this.core;
    const delay = pace._tag === 'newest' && pace.everyMs > 0 ? this.due - scheduler.now() : 0;
    if (delay <= 0) this.seek(demand);
    else if (wait) this.waitFor(after(delay, scheduler), demand, () => this.seek(demand));
    else this.nothing(demand);
  }

  /** Looks, but not before there can be something. */
  private seek(demand: Demand): void {
    const look = (): void => this.look(demand.pace);
    if (demand.wait && this.looks.atEnd && (demand.limit === undefined || demand.looked)) this.waitFor(this.started().next(), demand, look);
    else look();
  }

  /** Waits, but no longer than the one may who asks. */
  private waitFor(awaited$: Observable<unknown>, demand: Demand, then: () => void): void {
    if (demand.limit === undefined) return this.once(awaited$, then);
    this.once(demand.limit.bound(awaited$).pipe(map(() => true), defaultIfEmpty(false)), (inTime) => (inTime ? then() : this.nothing(demand)));
  }

  private nothing(demand: Demand | undefined): void {
    this.demand = undefined;
    demand?.subscriber.complete();
  }

  /** Reads on while the consumer works, where it will want all there is: as far as its credit goes. */
  private readAhead(): void {
    const { looks, credit } = this;
    if (this.pace._tag !== 'all' || this.ended || !looks.behind || this.reading !== undefined || this.failure !== undefined) return;
    this.filling ||= this.queue.length * 2 <= credit.chunks && this.queuedBytes * 2 <= credit.bytes;
    const expected = Math.min(looks.expectedBytes, credit.bytes);
    const isFull = this.queue.length >= credit.chunks || this.queuedBytes + expected > credit.bytes;
    if (isFull) this.filling = false;
    if (this.filling && this.core.budget.hasRoomFor(expected)) this.look(this.pace);
  }

  /** Sends a read. The alarm's mark is cleared now, not when the answer arrives: what changes in between sets it again. */
  private look(pace: Pace): void {
    const woken = this.started().clear();
    if (this.demand !== undefined) this.demand.looked = true;
    if (woken) this.wakes++;
    const maxBytes = Math.max(this.credit.bytes - this.queuedBytes, 1);
    this.bytesInFlight = this.looks.expectedBytes;
    this.once(this.looks.read(pace, maxBytes).pipe(map((reading) => this.looks.found(reading, pace, maxBytes, woken))), (found) => {
      if (isObservable(found)) this.once(found, (later) => this.arrived(later));
      else this.arrived(found);
    });
  }

  /** The one thing that this reader waits for at present. */
  private once<A>(awaited$: Observable<A>, then: (value: A) => void): void {
    const reading = new Subscription();
    this.reading = reading;
    reading.add(
      awaited$.subscribe({
        next: (value) => {
          reading.unsubscribe();
          this.reading = undefined;
          then(value);
        },
        error: (error: unknown) => {
          reading.unsubscribe();
          this.reading = undefined;
          this.failed(error);
        },
      }),
    );
  }

  private failed(error: unknown): void {
    this.bytesInFlight = 0;
    this.looks.atEnd = false;
    const { demand } = this;
    this.demand = undefined;
    if (demand === undefined) this.failure = { error };
    else demand.subscriber.error(error);
  }

  private arrived(pulled: Pulled | undefined): void {
    this.bytesInFlight = 0;
    const { demand } = this;
    if (pulled === undefined) {
      // There was nothing after all. Who waits goes on waiting, and who asked after this look was sent gets one of its own.
      return demand !== undefined && (demand.wait || !demand.looked) ? this.satisfy(demand) : this.nothing(demand);
    }
    this.ended = pulled.ended;
    if (demand === undefined) {
      this.queue.push(pulled);
      this.hold(pulled.block.bytes.length);
      this.readAhead();
      return;
    }
    this.demand = undefined;
    // Sent before the consumer gets this one, so that the server works on the next meanwhile.
    this.readAhead();
    this.deliver(demand.subscriber, pulled);
  }

  private deliver(subscriber: Subscriber<Pulled>, pulled: Pulled): void {
    const { index, dropped, expired, block, skip } = pulled;
    const points = Math.max(pointsIn(block) - skip, 0);
    this.position = index + dropped + expired + points;
    this.points += points;
    this.bytes += block.bytes.length;
    this.expired += expired;
    this.dropped += dropped;
    if (this.pace._tag === 'newest') this.due = this.core.scheduler.now() + this.pace.everyMs;
    subscriber.next(pulled);
    subscriber.complete();
  }
}
