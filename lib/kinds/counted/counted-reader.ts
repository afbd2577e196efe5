/** Reads the points that a stream's newest entry counts, and follows that entry. */
import { concat, defer, EMPTY, filter, identity, ignoreElements, map, of, repeat, take, takeWhile, tap, throwError, type Observable } from 'rxjs';
import { compactData, pointCount, pointOf } from '../../model/chunk-data.js';
import { blissdataError, isBlissdataError } from '../../model/errors.js';
import type { ChunkData, PacedChunk, PointValue, StreamType } from '../../model/stream-type.js';
import { paceOf, type Pace, type ReaderOptions } from '../../reading/reader/reader-options.js';
import type { ReaderStatus } from '../../reading/reader-status.js';
import type { NextOptions, WaitLimit } from '../../reading/reader/demand.js';
import type { PointReader } from '../../stream/stream-points.js';
import { codecOf } from '../../wire/encoding/codec.js';
import { describe } from '../../model/describe.js';
import { plainBooleans, pointsOfKind } from '../foreign-points.js';
import { bytesOf, pointsPerPiece } from '../piece-size.js';
import { retryFiles } from '../retry-files.js';
import type { CountedStream } from './counted-source.js';

/** `again`: nothing new yet, and the consumer waits; `nothing`: the consumer does not wait, or the stream has ended. */
type Attempt<T extends StreamType> = PacedChunk<T> | 'again' | 'nothing';

export class CountedReader<E extends StreamType, T extends StreamType> implements PointReader<T> {
  private readonly entries: PointReader<E>;
  private readonly pace: Pace;
  private newest: { readonly value: PointValue<E> } | undefined;
  private known = 0;
  /** Whether the newest entry was trimmed off before it was read. */
  private lost = false;
  private position: number;
  /** The end of the range that is read. */
  private until = Infinity;
  private delivered = { points: 0, dropped: 0 };
  lastBytes = 0;

  /** @throws InvalidArgument for an invalid policy */
  constructor(
    private readonly counted: CountedStream<E, T>,
    { from = 0, policy = 'all' }: ReaderOptions,
  ) {
    this.pace = paceOf(policy);
    this.position = from;
    this.entries = counted.newest.reader({ policy: this.pace._tag === 'newest' ? policy : 'newest', credit: { chunks: 0 } });
  }

  /** How many points there are. */
  get count(): number {
    if (this.lost) throw this.trimmed(this.known, 'the entry that counts the points');
    return this.known;
  }

  get sealed(): boolean {
    return this.entries.ended;
  }

  get ended(): boolean {
    return this.sealed && !this.lost && this.position >= this.known;
  }

  /** `bytes`, `reads` and `invalidations` are those of the entries. */
  get status(): ReaderStatus {
    return { ...this.entries.status, position: this.position, ...this.delivered, expired: 0 };
  }

  next({ newest = false, wait = true, limit }: NextOptions = {}): Observable<PacedChunk<T>> {
    const most = newest || this.pace._tag === 'newest' ? 1 : this.pace._tag === 'window' ? this.pace.points : Infinity;
    let waiting = false;
    return defer(() => {
      const isBehind = this.position < this.known;
      const refresh$ = waiting || most < Infinity || !isBehind ? this.refresh({ newest: newest && !waiting, wait: wait && (waiting || !isBehind), limit }) : EMPTY;
      waiting = true;
      return concat(refresh$, defer(() => this.attempt(most, wait, limit)));
    }).pipe(
      repeat(),
      filter((attempt) => attempt !== 'again'),
      take(1),
      filter((attempt) => attempt !== 'nothing'),
    );
  }

  /** Reads the newest entry, and whether the stream is sealed. Emits nothing. */
  refresh(options: NextOptions = { wait: false }): Observable<never> {
    return this.entries.next(options).pipe(
      tap(({ data }) => {
        const points = pointCount(data);
        this.lost = points === 0;
        if (points === 0) return;
        const value = pointOf<E>(data, points - 1);
        this.newest = { value };
        // The count never falls: an entry that another process wrote late may say less.
        this.known = Math.max(this.known, this.countIn(value));
      }),
      ignoreElements(),
    );
  }

  /** The points of a range within the known count, as one chunk. */
  range(start: number, stop: number): Observable<ChunkData<T>> {
    return defer(() => {
      this.position = start;
      this.until = stop;
      const parts: ChunkData<T>[] = [];
      return defer(() => this.next()).pipe(
        repeat(),
        tap(({ data }) => parts.push(data)),
        takeWhile(({ index, data }) => index + pointCount(data) < stop, true),
        ignoreElements(),
        (done$) => concat(done$, defer(() => of(codecOf(this.counted.type.encoding).concat(parts)))),
      );
    });
  }

  close(): void {
    this.entries.close();
  }

  private countIn(value: PointValue<E>): number {
    const { count, where } = this.counted;
    const invalid = (received: string, cause?: unknown): Error => blissdataError('InvalidEntry', { ...where, index: 0, expected: 'a number of points', received }, cause);
    let found: number;
    try {
      found = count(value);
    } catch (error) {
      throw isBlissdataError(error) ? error : invalid(`an error: ${error instanceof Error ? error.message : String(error)}`, error);
    }
    if (Number.isSafeInteger(found)) return found;
    throw invalid(describe(found));
  }

  private attempt(most: number, wait: boolean, limit: WaitLimit | undefined): Observable<Attempt<T>> {
    const { known: count, newest, sealed } = this;
    const later = wait && limit?.isOver !== true ? 'again' : 'nothing';
    if (newest === undefined || this.position >= count) {
      if (this.lost) return throwError(() => this.trimmed(this.position, 'the entry that counts the points'));
      return of(sealed ? 'nothing' : later);
    }
    const index = Math.max(this.position, count - most);
    const { core, type, read } = this.counted;
    const stop = Math.min(count, this.until, index + pointsPerPiece(type.encoding, core.budget.perRead));
    return pointsOfKind(type.encoding, () => read(index, stop, { count, newest: newest.value, sealed }), stop - index, { ...this.counted.where, index }).pipe(
      wait ? retryFiles(core.scheduler, limit) : identity,
      map((data) => {
        if (data !== null) return this.deliver(index, data);
        if (sealed) throw this.trimmed(index, 'the point');
        return later;
      }),
    );
  }

  private deliver(index: number, data: ChunkData<T>): PacedChunk<T> {
    const dropped = index - this.position;
    const points = pointCount(data);
    this.position = index + points;
    this.delivered = { points: this.delivered.points + points, dropped: this.delivered.dropped + dropped };
    this.lastBytes = bytesOf(data);
    // The code that returned it may hold the rest of the same memory.
    return { index, expired: 0, dropped, data: plainBooleans<T>(compactData<T>(data, 1)) };
  }

  private trimmed(index: number, what: string): Error {
    return blissdataError('IndexNoMoreThere', { ...this.counted.where, index, hint: `${what} is lost` });
  }
}
