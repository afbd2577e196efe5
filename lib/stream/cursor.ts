/** Reads a stream by hand, chunk by chunk. */
import { defer, firstValueFrom, fromEvent, map, merge, NEVER, of, ReplaySubject, takeUntil, tap, type Observable } from 'rxjs';
import { compactData, ownData, pointCount, sliceData } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import type { PacedChunk, StreamType } from '../model/stream-type.js';
import type { Core } from '../reading/core.js';
import type { ReaderStatus } from '../reading/reader/reader-status.js';
import { WaitLimit } from '../reading/reader/wait-limit.js';
import { ChunkIterator } from './chunk-iterator.js';
import { observableOfIterated } from './interop.js';
import type { ReaderOptions } from './reader-options.js';
import type { PointReader, StreamPoints } from './stream-points.js';
import { TurnQueue } from '../model/turn-queue.js';

export type CursorOptions = ReaderOptions;

export interface ReadOptions {
  /** How many points at the most; as many as there are in one go by default. */
  readonly count?: number;
  /** Only the newest point, passing over those before it (`dropped` tells how many). */
  readonly newest?: boolean;
  /**
   * How long to wait where there is nothing yet: `false` not at all, a number of ms, for ever by default. The time begins when the server
   * has said that there is nothing: what is there is given however short it is, and however slow the connection. While the server is away
   * nobody knows; `signal` gives up at once.
   */
  readonly wait?: false | number;
  /** The same as a number for `wait`, in ms. */
  readonly timeout?: number;
  /** Gives up waiting: the Promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * A place in a stream that moves forward with every read, as Python's cursor does. What it does not ask for waits in Redis,
 * but for what it reads ahead (`credit`).
 *
 * Reads are answered one after another, in the order in which they were asked for. One that was given up has lost nothing: the next
 * one gets what it would have got. Close the cursor when it is done with (`using`, or `for await`, do): then it holds nothing more.
 *
 * Errors: those of `chunks$`, `InvalidArgument` for options that are none.
 *
 * @example
 * using cursor = stream.cursor();
 * for (;;) {
 *   const chunk = await cursor.read({ count: 100, timeout: 1000 });
 *   if (chunk === 'end') break;
 *   if (chunk !== 'none') console.log(cursor.position, chunk.data);
 * }
 */
export class StreamCursor<T extends StreamType = StreamType> implements AsyncIterable<PacedChunk<T>>, Disposable {
  private readonly reader: PointReader<T>;
  /** What is left of a chunk of which only a part was asked for. */
  private left: PacedChunk<T> | undefined;
  private next: number;
  private held = 0;
  private lent: (() => void) | undefined;
  private readonly turns = new TurnQueue();
  private readonly closed = new ReplaySubject<never>(1);

  /**
   * @internal
   * @throws InvalidArgument for a credit or a policy that is none.
   */
  constructor(
    private readonly core: Core,
    points: StreamPoints<T>,
    options: CursorOptions = {},
  ) {
    this.reader = points.reader(options);
    this.next = options.from ?? 0;
  }

  /** The index of the point that the next read begins with, if it has not been trimmed off by then. */
  get position(): number {
    return this.next;
  }

  /** How it is getting on. */
  get status(): ReaderStatus {
    return this.reader.status;
  }

  /** Resolves to the next points, to `'none'` where there were none in the time given, to `'end'` at the end of a sealed stream. */
  async read(options: ReadOptions = {}): Promise<PacedChunk<T> | 'none' | 'end'> {
    await this.turns.begin(options.signal);
    try {
      return await this.readNow(options);
    } finally {
      // The next read is tried whatever became of this one, whose failure its own caller hears of.
      this.turns.end();
    }
  }

  /** Holds nothing any more, and reads nothing any more; what waits rejects. */
  close(): void {
    this.closed.error(blissdataError('InvalidArgument', { argument: 'cursor', expected: 'one that is open', received: 'one that was closed' }));
    this.hold(0);
    this.left = undefined;
    this.reader.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  static {
    observableOfIterated(this.prototype);
  }

  /** Reads to the end of the stream, and closes the cursor, also when the loop is left. */
  [Symbol.asyncIterator](): ChunkIterator<T> {
    return new ChunkIterator(this);
  }

  private async readNow({ count = Infinity, newest = false, wait, timeout = Infinity, signal }: ReadOptions): Promise<PacedChunk<T> | 'none' | 'end'> {
    requireCount(count);
    const ms = wait === false ? 0 : (wait ?? timeout);
    if (!(ms >= 0)) throw blissdataError('InvalidArgument', { argument: 'wait', expected: 'false, or a time in ms', received: String(ms) });
    this.hold(0);
    const { left } = this;
    const chunk = left !== undefined && !newest ? left : await this.ask(newest, left === undefined ? ms : 0, signal);
    if (chunk === undefined) return left === undefined ? (this.reader.ended ? 'end' : 'none') : this.give(lastPoint(left), 1);
    return this.give(newest && left !== undefined ? { ...chunk, dropped: chunk.dropped + pointCount(left.data) } : chunk, count);
  }

  private ask(newest: boolean, ms: number, signal: AbortSignal | undefined): Promise<PacedChunk<T> | undefined> {
    const { scheduler, untilClosed } = this.core;
    const limit = ms > 0 && ms < Infinity ? new WaitLimit(ms, scheduler) : undefined;
    const aborted$ = signal === undefined ? NEVER : abortOf(signal);
    // Of a chunk that has something left more will be given.
    if (this.left === undefined) this.lent?.();
    this.lent = undefined;
    const chunk$ = this.reader.next({ newest, wait: ms > 0, limit }).pipe(
      tap(() => {
        this.hold(this.reader.lastBytes);
        this.lent = this.reader.lent;
      }),
      takeUntil(merge(aborted$, this.closed)),
    );
    return firstValueFrom(untilClosed(chunk$), { defaultValue: undefined });
  }

  /** Hands out the first points of a chunk, and keeps the rest for the next read: neither is touched by what becomes of the other, unless both are lent. */
  private give(chunk: PacedChunk<T>, count: number): PacedChunk<T> {
    const points = pointCount(chunk.data);
    const start = chunk.index + chunk.expired;
    this.next = start + Math.min(points, count);
    if (points <= count) {
      const isRest = this.left !== undefined && this.lent === undefined;
      this.left = undefined;
      return isRest ? { ...chunk, data: compactData<T>(chunk.data) } : chunk;
    }
    this.left = { index: start + count, expired: 0, dropped: 0, data: sliceData<T>(chunk.data, count, Infinity) };
    const part = sliceData<T>(chunk.data, 0, count);
    return { ...chunk, data: this.lent === undefined ? ownData<T>(part) : part };
  }

  /** What its consumer works on counts as held until it asks for more. */
  private hold(bytes: number): void {
    this.core.budget.hold(bytes - this.held);
    this.held = bytes;
  }
}

/** A read that is asked for the newest point alone, where that was read already. */
function lastPoint<T extends StreamType>({ index, expired, dropped, data }: PacedChunk<T>): PacedChunk<T> {
  const before = pointCount(data) - 1;
  return { index: index + before, expired, dropped: dropped + before, data: compactData<T>(sliceData<T>(data, before, Infinity)) };
}

function requireCount(count: number): void {
  if (count === Infinity || (Number.isSafeInteger(count) && count >= 1)) return;
  throw blissdataError('InvalidArgument', { argument: 'count', expected: 'a number of points, from 1', received: String(count) });
}

/** Errors with the signal's reason. */
const abortOf = (signal: AbortSignal): Observable<never> =>
  defer(() => (signal.aborted ? of(undefined) : fromEvent(signal, 'abort'))).pipe(
    map(() => {
      throw signal.reason;
    }),
  );
