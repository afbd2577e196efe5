/** Reads a saved stream from Redis, and from its file what was trimmed off there. */
import { concat, defer, identity, map, of, switchMap, take, type Observable } from 'rxjs';
import { compactData, pointCount, sliceData } from '../../model/chunk-data.js';
import type { PacedChunk, StreamType } from '../../model/stream-type.js';
import type { NextOptions } from '../../reading/reader/demand.js';
import { paceOf, type Pace, type ReaderOptions } from '../../reading/reader/reader-options.js';
import type { ReaderStatus } from '../../reading/reader-status.js';
import { ChunkReader } from '../../stream/entry-points.js';
import type { PointReader } from '../../stream/stream-points.js';
import type { FilePoints } from '../file-points.js';
import { bytesOf } from '../piece-size.js';
import { retryFiles } from '../retry-files.js';

/** Points that Redis has lost and the file has, and the chunk that follows them. */
interface Gap<T extends StreamType> {
  start: number;
  readonly stop: number;
  /** Reported with the next piece. */
  dropped: number;
  readonly after: PacedChunk<T> | undefined;
  readonly heldBytes: number;
}

export class FallbackReader<T extends StreamType> implements PointReader<T> {
  private readonly redis: ChunkReader<T>;
  private readonly pace: Pace;
  private gap: Gap<T> | undefined;
  lastBytes = 0;

  /** @throws InvalidArgument for an invalid credit or policy */
  constructor(
    private readonly file: FilePoints<T>,
    options: ReaderOptions,
  ) {
    this.pace = paceOf(options.policy ?? 'all');
    this.redis = new ChunkReader(file.stream, { ...options, lost: 'report' });
  }

  get ended(): boolean {
    return this.gap === undefined && this.redis.ended;
  }

  /** `expired` counts the points that Redis had lost. */
  get status(): ReaderStatus {
    const { status } = this.redis;
    return this.gap === undefined ? status : { ...status, position: this.gap.start };
  }

  next(options: NextOptions = {}): Observable<PacedChunk<T>> {
    return defer(() => {
      const { gap } = this;
      if (gap === undefined) return this.fromRedis(options);
      return options.newest === true ? this.newest(gap, options) : this.fromFile(gap, options);
    });
  }

  close(): void {
    this.leave();
    this.redis.close();
  }

  private fromRedis(options: NextOptions): Observable<PacedChunk<T>> {
    return this.redis.next(options).pipe(
      switchMap((chunk) => {
        this.lastBytes = this.redis.lastBytes;
        if (chunk.expired === 0) return of(chunk);
        return this.fromFile(this.enter(chunk, options.newest === true), options);
      }),
    );
  }

  /** Opens a gap: what was trimmed off, as far as the consumer's policy includes it beside the points of the chunk. */
  private enter({ index, expired, dropped, data }: PacedChunk<T>, newest: boolean): Gap<T> {
    const limit = newest || this.pace._tag === 'newest' ? 1 : this.pace._tag === 'window' ? this.pace.points : Infinity;
    const points = pointCount(data);
    const stop = index + expired;
    const start = Math.max(index, stop - Math.max(limit - points, 0));
    const after = points > 0 ? { index: stop, expired: 0, dropped: 0, data } : undefined;
    const gap = { start, stop, dropped: dropped + start - index, after, heldBytes: after === undefined ? 0 : this.redis.lastBytes };
    this.file.stream.core.budget.hold(gap.heldBytes);
    this.gap = gap;
    return gap;
  }

  private leave(): void {
    if (this.gap !== undefined) this.file.stream.core.budget.release(this.gap.heldBytes);
    this.gap = undefined;
  }

  private fromFile(gap: Gap<T>, { wait = true, limit }: NextOptions): Observable<PacedChunk<T>> {
    if (gap.start === gap.stop && gap.after !== undefined) return this.onwards(gap, gap.after);
    const { scheduler } = this.file.stream.core;
    return this.file.piece(gap.start, gap.stop).pipe(
      wait ? retryFiles(scheduler, limit) : identity,
      map((data) => {
        const chunk = { index: gap.start, expired: 0, dropped: gap.dropped, data };
        gap.start += pointCount(data);
        gap.dropped = 0;
        this.lastBytes = bytesOf(data);
        if (gap.start === gap.stop && gap.after === undefined) this.leave();
        return chunk;
      }),
    );
  }

  /** All of the gap was delivered: what follows it in Redis. */
  private onwards({ dropped, heldBytes }: Gap<T>, after: PacedChunk<T>): Observable<PacedChunk<T>> {
    this.leave();
    this.lastBytes = heldBytes;
    return of({ ...after, dropped });
  }

  /** A consumer of the newest point alone skips the rest of the gap. */
  private newest(gap: Gap<T>, options: NextOptions): Observable<PacedChunk<T>> {
    return concat(this.redis.next({ newest: true, wait: false }), of(undefined)).pipe(
      take(1),
      switchMap((newer) => {
        const { after, start, stop } = gap;
        const chunk = newer ?? after;
        const points = chunk === undefined ? 0 : pointCount(chunk.data);
        // The index of the chunk's last point, trimmed off or not.
        const last = chunk === undefined ? stop - 1 : chunk.index + chunk.expired + points - 1;
        const dropped = gap.dropped + last - start;
        this.leave();
        if (chunk === undefined || points === 0) {
          this.gap = { start: last, stop: last + 1, dropped, after: undefined, heldBytes: 0 };
          return this.fromFile(this.gap, options);
        }
        this.lastBytes = newer === undefined ? gap.heldBytes : this.redis.lastBytes;
        return of({ index: last, expired: 0, dropped, data: compactData<T>(sliceData<T>(chunk.data, points - 1, Infinity)) });
      }),
    );
  }
}
