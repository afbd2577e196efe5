/** Publishes the points of one stream. */
import { firstValueFrom, type Observable, type Subscription } from 'rxjs';
import { blissdataError, isBlissdataError, isScanNotFound, isStoreClosed, isStreamSealed, type BlissdataError } from '../model/errors.js';
import type { BatchInput, PointInput, StreamType } from '../model/stream-type.js';
import type { StreamSource } from '../reading/reader/stream-source.js';
import type { Core } from '../reading/core.js';
import type { Retrying } from '../retry/backoff.js';
import type { Codec } from '../wire/encoding/codec.js';
import type { EntryBuilder } from '../wire/encoding/entry-builder.js';
import { originId } from '../wire/stream-id.js';
import { deliver, windowOf, type TravellingWindow, type WindowStart } from './append-window.js';
import { waitSealed } from './wait-sealed.js';
import { closedBy, WriterReports } from './writer-reports.js';
import type { WriterStatus } from './writer-status.js';

export interface StreamWriterOptions {
  /** Whether points sent in the same tick travel as one entry (default true): faster for everybody, but `at` and eviction move whole entries. */
  readonly coalesce?: boolean;
  /** How many bytes may wait for the server before `send` answers false; 8 MiB by default. */
  readonly highWaterMark?: number;
}

const defaultHighWaterMark = 8 << 20;
/** What travels in one go: enough to make the round trip cheap, little enough to keep the server responsive. */
const windowBytes = 1 << 20;
const windowEntries = 2000;

/**
 * The writing end of a stream. One at a time writes to a stream: `scan.createStream` gives the first writer, `store.streamWriter` one
 * that goes on where a stream ends. Whoever wrote before, and sends one more point, fails with `WriteConflict`.
 *
 * Points travel in windows, one at a time, each appended whole or not at all; what is sent meanwhile is gathered for the next. While the
 * server is away, or has no memory left, the window is sent again and again, as the store's option `retry` says, until it is there, once;
 * `send` answers false when too much is gathered, and `ready`, `flush` and `seal` wait. `status$` tells.
 *
 * After a failure nothing more is written: `send` throws it, `ready`, `flush` and `seal` reject with it. Failures are `PointTooLarge` for a
 * point that the server does not take, with those before it written and none after it, `WriteConflict` when somebody else writes to the
 * stream, `StreamRewound` when the server came back with less than it had acknowledged, `StreamSealed`, `ScanNotFound`, `ServerError`; and where
 * there are no more attempts what the last one failed with: `Disconnected`, `OutOfMemory`, ..., or `OutcomeUnknown` if points may be there all the same.
 *
 * @example
 * for (const value of values) if (!writer.send(value)) await writer.ready();
 * await writer.seal();
 */
export class StreamWriter<T extends StreamType = StreamType> {
  private readonly builder: EntryBuilder<T>;
  private readonly highWaterMark: number;
  private acknowledged: number;
  private readonly reports: WriterReports;

  /** Where the next window goes. */
  private end: WindowStart;
  private sent: number;
  private travelling: TravellingWindow | undefined;
  private flushing: Subscription | undefined;
  private failure: BlissdataError | undefined;
  /** Whether the store knows that there is something to write. */
  private isWriting = false;
  /** Whose failure it is that somebody is told of. */
  private readonly id = {};
  /** Whether the end was asked for, sealed yet or not. */
  private ending = false;
  private sealing: Promise<number> | undefined;

  /** How many points of the stream the server has confirmed, from the present number on. Completes at the seal, errors with what the writer fails with. */
  readonly acknowledged$: Observable<number>;

  /**
   * How this writer is getting on, from the present on: `writing`, `retrying` while what is under way waits for another attempt,
   * `failed` or `sealed`, with which it completes. Errors with `StoreClosed` when the store is closed before.
   *
   * @example
   * writer.status$.subscribe((status) => {
   *   if (status._tag === 'retrying') console.warn(`${status.error.message}: attempt ${status.attempt} in ${status.delay} ms`);
   * });
   */
  readonly status$: Observable<WriterStatus>;

  /** @internal */
  constructor(
    private readonly core: Core,
    private readonly source: StreamSource,
    codec: Codec<T>,
    options: StreamWriterOptions = {},
    start: WindowStart = { index: 0, lastId: originId },
  ) {
    const { highWaterMark = defaultHighWaterMark, coalesce = true } = options;
    this.end = start;
    this.sent = start.index;
    this.acknowledged = start.index;
    this.reports = new WriterReports(start.index);
    this.builder = codec.builder({ key: source.key, stream: source.name }, { coalesce, limit: { most: () => core.database.sizes?.().payload ?? Infinity, exceeded: (bytes) => core.database.sizes?.().refused?.(bytes) } });
    // Less than nothing never waits, so that nobody would ever be ready.
    if (!(highWaterMark >= 1)) throw blissdataError('InvalidArgument', { argument: 'highWaterMark', expected: 'at least 1', received: String(highWaterMark) });
    this.highWaterMark = highWaterMark;
    this.acknowledged$ = this.reports.acknowledged$.pipe(core.untilClosed);
    this.status$ = this.reports.status$.pipe(core.untilClosed);
  }

  get name(): string {
    return this.source.name;
  }

  /** The Redis key of the points. */
  get key(): string {
    return this.source.key;
  }

  /** How many points the stream has by this writer: those that were there when it was opened, and those that it has sent. */
  get length(): number {
    return this.sent;
  }

  /** Whether the stream has been sealed by this writer, or was found to be: nothing can be sent any more. */
  get sealed(): boolean {
    return this.failure?._tag === 'StreamSealed';
  }

  /** How many bytes wait for the server. */
  get pendingBytes(): number {
    return this.builder.pendingBytes + (this.travelling?.bytes ?? 0);
  }

  /**
   * Sends one point. False says that more waits than `highWaterMark`: await `ready()` before the next.
   * Throws `InvalidPoint` for a value of another dtype or shape, or of more bytes than the server is known to take, and then nothing was sent.
   */
  send(point: PointInput<T>): boolean {
    this.requireWritable();
    this.builder.add(point);
    this.sent++;
    return this.scheduled();
  }

  /** Sends many points at once, all of them or (`InvalidPoint`) none. */
  sendBatch(points: BatchInput<T>): boolean {
    this.requireWritable();
    this.sent += this.builder.addBatch(points);
    return this.scheduled();
  }

  /**
   * Resolves when there is room for more, however long the server is away; rejects with what the writer fails with, or has failed with,
   * and with `StoreClosed` once the store is closed.
   */
  ready(): Promise<void> {
    const closed = closedBy(this.core);
    if (closed !== undefined && this.failure === undefined) return Promise.reject(closed);
    return this.until(() => this.pendingBytes < this.highWaterMark && this.wrote(this.sent));
  }

  /** Resolves when the server has every point that was sent before, however long it is away; rejects with what the writer fails with. */
  flush(): Promise<void> {
    const goal = this.sent;
    return this.until(() => this.acknowledged >= goal && this.wrote(goal));
  }

  /**
   * Flushes, then ends the stream: readers complete. Resolves to its number of points; sealing again does the same, and so does sealing
   * a stream that somebody else has sealed, or seals at the same time. Where points could not be written, the stream is sealed after those that
   * could, and this rejects with the reason. Where the seal itself fails for good, the stream takes no more points, and sealing again tries again.
   */
  seal(): Promise<number> {
    this.ending = true;
    this.sealing ??= this.flushAndSeal();
    return this.sealing;
  }

  /**
   * Emits the stream's number of points once it is sealed, by this writer or by another one, and completes: the owner of a scan waits
   * so for those who publish it before it stops the scan. Errors: `ScanNotFound`, `StreamDeleted`, `StreamRewound`, `StoreClosed`.
   */
  waitSealed(): Observable<number> {
    return waitSealed(this.core, this.source);
  }

  private async flushAndSeal(): Promise<number> {
    try {
      await this.flush();
    } catch (error) {
      await this.sealNow().catch((refusal: unknown) => {
        // It is what kept the points from being written that the caller has to know.
        throw isStoreClosed(refusal) ? error : refusal;
      });
      throw error;
    }
    return await this.sealNow();
  }

  private async sealNow(): Promise<number> {
    const { key, scan } = this.source;
    const result = await firstValueFrom(this.core.database.seal({ key, scan, length: this.acknowledged })).catch((error: unknown) => {
      this.sealing = undefined;
      throw error;
    });
    if (result._tag === 'scanDeleted') {
      const gone = blissdataError('ScanNotFound', { key: scan });
      this.fail(gone);
      throw gone;
    }
    if (result.length < this.acknowledged && this.failure === undefined) {
      const rewound = blissdataError('StreamRewound', { key, stream: this.name, expected: this.acknowledged, found: result.length });
      this.fail(rewound);
      throw this.told(rewound);
    }
    this.failure ??= blissdataError('StreamSealed', { key, stream: this.name });
    this.letGo();
    this.reports.sealed();
    return result.length;
  }

  private requireWritable(): void {
    if (this.failure !== undefined) throw this.told(this.failure);
    if (this.ending) throw blissdataError('StreamSealed', { key: this.key, stream: this.name });
  }

  private scheduled(): boolean {
    if (!this.isWriting) this.core.unwritten.begins(this);
    this.isWriting = true;
    try {
      if (this.travelling === undefined) this.flushing ??= this.core.endOfTick.schedule(() => this.sendWindow());
    } catch (error) {
      this.fail(error);
      this.requireWritable();
    }
    return this.pendingBytes < this.highWaterMark;
  }

  /** Puts the next window on its way. Its bytes stay as they are until the server has them: it may have to be sent again. */
  private sendWindow(): void {
    this.flushing = undefined;
    const drafts = this.builder.take(Math.min(windowBytes, this.core.database.sizes?.().window ?? Infinity), windowEntries);
    if (drafts.length === 0) return;
    const window = windowOf(this.source, this.end, drafts);
    this.travelling = window;
    const { core, source, builder, reports } = this;
    const waiting = (state: Retrying): void => {
      core.unwritten.hasToWait(this);
      reports.retrying(state);
    };
    // eslint-disable-next-line rxjs-x/no-ignored-subscription -- a window travels until the server has it, whoever still wants to know
    deliver({ core, source, split: (entry) => builder.split(entry), waiting }, window).subscribe({
      next: (next) => this.arrived(next),
      error: (error: unknown) => this.fail(error),
      complete: () => {
        this.travelling = undefined;
        this.reports.moved();
        if (this.builder.pendingPoints > 0) this.sendWindow();
      },
    });
  }

  /** The server has all points before this. */
  private arrived(next: WindowStart): void {
    this.end = next;
    this.acknowledged = next.index;
    this.core.unwritten.moves(this);
    // The last ones are there before whoever hears of it may close the store.
    if (this.acknowledged === this.sent) this.written();
    this.reports.acknowledged(next.index);
  }

  private fail(error: unknown): void {
    const failure = isBlissdataError(error) ? error : blissdataError('InternalError', { where: `Writing ${this.key}`, reason: String(error) }, error);
    const isEnd = isScanNotFound(failure) || isStreamSealed(failure);
    this.failure ??= failure;
    if (!isEnd && !this.reports.observed) this.core.unwritten.failed(this.id, failure);
    this.letGo();
    this.reports.failed(failure);
  }

  /** Nothing is written any more: what waited needs no memory. */
  private letGo(): void {
    this.written();
    this.flushing?.unsubscribe();
    this.flushing = undefined;
    this.travelling = undefined;
    this.builder.clear();
  }

  /** Nothing is left to write when the store closes. */
  private written(): void {
    this.core.unwritten.ends(this);
    this.isWriting = false;
  }

  private told(failure: BlissdataError): BlissdataError {
    this.core.unwritten.told(this.id);
    return failure;
  }

  /** Whether nothing has kept the points before this from being written. */
  private wrote(goal: number): boolean {
    return this.failure === undefined || (this.sealed && this.acknowledged >= goal);
  }

  private async until(done: () => boolean): Promise<void> {
    await this.reports.until(() => done() || this.failure !== undefined);
    if (!done()) this.requireWritable();
  }
}
