/** Reads a stream by hand, chunk by chunk. */
/// <reference lib="esnext.disposable" preserve="true" />
import { firstValueFrom, merge, NEVER, Observable, ReplaySubject, takeUntil, tap } from 'rxjs';
import { compactData, ownData, pointCount, sliceData } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import type { PacedChunk, StreamType } from '../model/stream-type.js';
import type { Core } from '../reading/core.js';
import { WaitLimit } from '../reading/reader/demand.js';
import type { ReaderOptions } from '../reading/reader/reader-options.js';
import type { ReaderStatus } from '../reading/reader-status.js';
import { ChunkIterator, interoperable } from './iteration.js';
import type { PointReader, StreamPoints } from './stream-points.js';
import { TurnQueue } from './turn-queue.js';

export type CursorOptions = ReaderOptions;

export interface ReadOptions {
  /** How many points at most; by default as many as come in one go. */
  readonly count?: number;
  /** Only the newest point, skipping those before it (`dropped` counts them). */
  readonly newest?: boolean;
  /**
   * How long to wait if there is nothing yet: `false` not at all, a number of ms, for ever by default. The time starts when the server has
   * answered that there is nothing: what exists is delivered however short the time, and however slow the connection. It does not pass
   * while the server is away; `signal` gives up at once.
   */
  readonly wait?: false | number;
  /** Gives up waiting: the Promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * What a read resolves to, told apart by `_tag`:
 *
 * - `chunk`: the next points; the fields of the chunk are beside the tag.
 * - `none`: there were no points in the time given.
 * - `end`: the stream is sealed, and all its points were read.
 */
export type CursorResult<T extends StreamType = StreamType> = ({ readonly _tag: 'chunk' } & PacedChunk<T>) | { readonly _tag: 'none' } | { readonly _tag: 'end' };

/**
 * A position in a stream that moves forward with every read, as Python's cursor does. What was not read yet waits in Redis, except for
 * what is read ahead (`credit`).
 *
 * Concurrent reads are answered in order. A read that is given up loses nothing: the next one gets its points. Close the cursor when you are
 * done with it (`using` and `for await` do), which frees what it holds.
 *
 * Errors: those of `chunks$`, and `InvalidArgument` for invalid options.
 *
 * @example
 * using cursor = stream.cursor();
 * for (;;) {
 *   const result = await cursor.read({ count: 100, wait: 1000 });
 *   if (result._tag === 'end') break;
 *   if (result._tag === 'chunk') console.log(cursor.position, result.data);
 * }
 */
export class StreamCursor<T extends StreamType = StreamType> implements AsyncIterable<PacedChunk<T>>, Disposable {
  private readonly reader: PointReader<T>;
  /** The rest of a chunk that was read in part. */
  private left: PacedChunk<T> | undefined;
  private next: number;
  private held = 0;
  private lent: (() => void) | undefined;
  private readonly turns = new TurnQueue();
  private readonly closed = new ReplaySubject<never>(1);

  /**
   * @internal
   * @throws InvalidArgument for an invalid index, credit or policy.
   */
  constructor(
    private readonly core: Core,
    points: StreamPoints<T>,
    options: CursorOptions = {},
  ) {
    this.reader = points.reader(options);
    this.next = options.from ?? 0;
  }

  /** The index of the next point, unless that is trimmed off before it is read. */
  get position(): number {
    return this.next;
  }

  /** How reading is getting on. */
  get status(): ReaderStatus {
    return this.reader.status;
  }

  /** The next points, or why there are none. */
  async read(options: ReadOptions = {}): Promise<CursorResult<T>> {
    await this.turns.begin(options.signal);
    try {
      return await this.readNow(options);
    } finally {
      // The next read is independent of this one, whose failure its own caller gets.
      this.turns.end();
    }
  }

  /** Frees what it holds, and ends reading: pending reads reject. */
  close(): void {
    this.closed.error(blissdataError('InvalidArgument', { argument: 'cursor', expected: 'an open cursor', received: 'a closed one' }));
    this.hold(0);
    this.left = undefined;
    this.reader.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  static {
    interoperable(this.prototype);
  }

  /** Reads to the end of the stream, and closes the cursor, even if the loop is left early. */
  [Symbol.asyncIterator](): ChunkIterator<T> {
    return new ChunkIterator(this);
  }

  private async readNow({ count = Infinity, newest = false, wait = Infinity, signal }: ReadOptions): Promise<CursorResult<T>> {
    requireCount(count);
    const ms = wait === false ? 0 : wait;
    if (!(ms >= 0)) throw blissdataError('InvalidArgument', { argument: 'wait', expected: 'false, or a time in ms', received: String(ms) });
    this.hold(0);
    const { left } = this;
    const chunk = left !== undefined && !newest ? left : await this.demand(newest, left === undefined ? ms : 0, signal);
    if (chunk === undefined) return left === undefined ? { _tag: this.reader.ended ? 'end' : 'none' } : this.give(lastPoint(left), 1);
    return this.give(newest && left !== undefined ? { ...chunk, dropped: chunk.dropped + pointCount(left.data) } : chunk, count);
  }

  private demand(newest: boolean, ms: number, signal: AbortSignal | undefined): Promise<PacedChunk<T> | undefined> {
    const { scheduler, untilClosed } = this.core;
    const limit = ms > 0 && ms < Infinity ? new WaitLimit(ms, scheduler) : undefined;
    const aborted$ = signal === undefined ? NEVER : abortOf(signal);
    // The rest of the last chunk is still to be delivered.
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

  /** Delivers the first points of a chunk, and keeps the rest for the next read. They share no memory, unless they are lent. */
  private give(chunk: PacedChunk<T>, count: number): CursorResult<T> {
    const points = pointCount(chunk.data);
    const start = chunk.index + chunk.expired;
    this.next = start + Math.min(points, count);
    if (points <= count) {
      const isRest = this.left !== undefined && this.lent === undefined;
      this.left = undefined;
      return { _tag: 'chunk', ...chunk, ...(isRest ? { data: compactData<T>(chunk.data) } : {}) };
    }
    this.left = { index: start + count, expired: 0, dropped: 0, data: sliceData<T>(chunk.data, count, Infinity) };
    const part = sliceData<T>(chunk.data, 0, count);
    return { _tag: 'chunk', ...chunk, data: this.lent === undefined ? ownData<T>(part) : part };
  }

  /** What the consumer works on counts as held until the next read. */
  private hold(bytes: number): void {
    this.core.budget.hold(bytes - this.held);
    this.held = bytes;
  }
}

/** The newest point, if it was read already. */
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
  new Observable((subscriber) => {
    const abort = (): void => subscriber.error(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort);
    return () => signal.removeEventListener('abort', abort);
  });
