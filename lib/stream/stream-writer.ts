/** Publishes the points of one stream. */
import { EMPTY, firstValueFrom, type Observable } from 'rxjs';
import { blissdataError, isBlissdataError, isStoreClosed, type BlissdataError } from '../model/errors.js';
import type { BatchInput, PointInput, StreamType } from '../model/stream-type.js';
import type { StreamSource } from '../reading/reader/stream-source.js';
import type { Codec } from '../wire/encoding/codec.js';
import type { EntryBuilder } from '../wire/encoding/entry-builder.js';
import { originId } from '../wire/stream-id.js';
import { builderOptions } from './builder-options.js';
import type { WritingCore } from './pending-writes.js';
import type { WindowStart } from './travelling-window.js';
import { waitSealed } from './wait-sealed.js';
import { WindowSender } from './window-sender.js';
import { WriterProgress, type WriterStatus } from './writer-progress.js';

export interface StreamWriterOptions {
  /** Whether points sent in the same tick travel as one entry (default true): faster to write and to read, but `at` and eviction then move whole entries. */
  readonly coalesce?: boolean;
  /**
   * Whether large points, and batches, are sent from the memory that `send` and `sendBatch` are given (default false: it is copied, and may
   * change at once). It must not change before a later `flush` has settled; `ready` does not tell. Ragged points, JSON and small points sent
   * one by one are copied all the same.
   */
  readonly lend?: boolean;
  /** The number of bytes waiting for the server from which on `send` returns false; 8 MiB by default. */
  readonly highWaterMark?: number;
}

const defaultHighWaterMark = 8 << 20;
/**
 * The writing end of a stream, from `scan.createStream`, or from `store.streamWriter` for a stream that exists already. A stream has one
 * writer at a time: after a new one has written, the one before fails with `WriteConflict`.
 *
 * Points travel in windows, one at a time, each appended as a whole or not at all; points sent meanwhile are gathered for the next one. The
 * small windows that all writers of a store have at the end of a tick travel in one request: give hundreds of streams their points in one go. While
 * the server is away or out of memory the window is sent again, as the store's option `retry` says, until it has been appended exactly once.
 * Meanwhile `send` returns false once too much is waiting, `ready`, `flush` and `seal` wait, and `status$` says `retrying`.
 *
 * After a failure nothing more is written: `send` throws it, `ready`, `flush` and `seal` reject with it. Failures are:
 * - `PointTooLarge`: the server does not accept a point of that size. All points before it were written, none after it.
 * - `WriteConflict`: another writer has written to the stream.
 * - `StreamRewound`: the server came back with fewer points than it had acknowledged.
 * - `StreamSealed`, `ScanNotFound`, `ServerError`.
 * - When the retries are used up, the last attempt's error (`Disconnected`, `OutOfMemory`, ...), or `OutcomeUnknown` if an earlier
 *   attempt may have been carried out.
 *
 * @example
 * for (const value of values) if (!writer.send(value)) await writer.ready();
 * await writer.seal();
 */
export class StreamWriter<T extends StreamType = StreamType> {
  private readonly builder: EntryBuilder<T>;
  private readonly highWaterMark: number;
  private readonly progress: WriterProgress;

  private readonly sender: WindowSender;
  private sent: number;
  private isPending = false;
  private isSealing = false;
  private sealing: Promise<number> | undefined;

  /** The number of points that the server has acknowledged, replaying the present one. Completes at the seal, errors when the writer fails. */
  readonly acknowledged$: Observable<number>;

  /**
   * The state of this writer, replaying the present one: `writing`, `retrying` while a window waits for another attempt, and finally
   * `failed` or `sealed`, with which it completes. Errors with `StoreClosed` if the store is closed first.
   *
   * @example
   * writer.status$.subscribe((status) => {
   *   if (status._tag === 'retrying') console.warn(`${status.error.message}: attempt ${status.attempt} in ${status.delay} ms`);
   * });
   */
  readonly status$: Observable<WriterStatus>;

  /** @internal */
  constructor(
    private readonly core: WritingCore,
    private readonly source: StreamSource,
    codec: Codec<T>,
    { highWaterMark = defaultHighWaterMark, coalesce = true, lend = false }: StreamWriterOptions = {},
    start: WindowStart = { index: 0, lastId: originId },
  ) {
    // With less than 1, `ready` would never resolve.
    if (!(highWaterMark >= 1)) throw blissdataError('InvalidArgument', { argument: 'highWaterMark', expected: 'at least 1', received: String(highWaterMark) });
    this.builder = codec.builder({ key: source.key, stream: source.name }, { coalesce, ...builderOptions(core.database, lend) });
    this.highWaterMark = highWaterMark;
    this.sent = start.index;
    this.progress = new WriterProgress(core.pendingWrites, start.index);
    this.sender = new WindowSender({
      core,
      source,
      builder: this.builder,
      start,
      onAcknowledged: (index) => this.acknowledge(index),
      onDelivered: () => this.progress.changed(),
      onWait: (next) => this.progress.retrying(next),
      onFailure: (error) => this.fail(error),
    });
    this.acknowledged$ = this.progress.acknowledged$.pipe(core.untilClosed);
    this.status$ = this.progress.status$.pipe(core.untilClosed);
  }

  get name(): string {
    return this.source.name;
  }

  /** The Redis key of the points. */
  get key(): string {
    return this.source.key;
  }

  /** The number of points in the stream, those included that are still waiting for the server. */
  get length(): number {
    return this.sent;
  }

  /** Whether the stream is sealed, as far as this writer knows: then nothing can be sent any more. */
  get sealed(): boolean {
    return this.progress.sealed;
  }

  /** The number of bytes waiting for the server. */
  get pendingBytes(): number {
    return this.builder.pendingBytes + this.sender.bytes;
  }

  /**
   * Sends one point. Returns false when more than `highWaterMark` is waiting: await `ready()` before the next one.
   * Throws `InvalidPoint` for another dtype or shape, or for more bytes than the server is known to accept; nothing was sent then.
   */
  send(point: PointInput<T>): boolean {
    this.requireWritable();
    this.builder.add(point);
    this.sent++;
    return this.scheduleWindow();
  }

  /** Sends many points at once: all of them or, with `InvalidPoint`, none. */
  sendBatch(points: BatchInput<T>): boolean {
    this.requireWritable();
    this.sent += this.builder.addBatch(points);
    return this.scheduleWindow();
  }

  /**
   * Resolves when there is room for more, however long the server is away. Rejects with the writer's failure, or with `StoreClosed` once
   * the store is closed.
   */
  ready(): Promise<void> {
    const closed = this.progress.failure === undefined ? this.closedBy : undefined;
    if (closed !== undefined) return Promise.reject(closed);
    // Checked at once: points sent before this resolves do not delay it.
    return this.until(() => this.pendingBytes < this.highWaterMark && this.progress.mayReach(this.sent));
  }

  /** Resolves when the server has every point sent so far, however long it is away. Rejects with the writer's failure. */
  flush(): Promise<void> {
    const goal = this.sent;
    return this.until(() => this.progress.acknowledged >= goal && this.progress.mayReach(goal));
  }

  /**
   * Flushes, then ends the stream, so that its readers complete. Resolves to the number of points. Sealing a sealed stream does the same,
   * whichever writer has sealed it. If points could not be written, the stream is sealed after those that were, and this
   * rejects with the reason. If the seal itself fails, the stream accepts no more points, and `seal` may be called again.
   */
  seal(): Promise<number> {
    this.isSealing = true;
    this.sealing ??= this.flushAndSeal();
    return this.sealing;
  }

  /**
   * Emits the number of points once the stream is sealed, by whichever writer, and completes: so the owner of a scan waits for other
   * publishers before it stops the scan. Errors: `ScanNotFound`, `StreamDeleted`, `StreamRewound`, `StoreClosed`.
   */
  waitSealed(): Observable<number> {
    return waitSealed(this.core, this.source);
  }

  private async flushAndSeal(): Promise<number> {
    try {
      await this.flush();
    } catch (error) {
      await this.appendSeal().catch((refusal: unknown) => {
        // Why points were not written matters more than that the store is closed.
        throw isStoreClosed(refusal) ? error : refusal;
      });
      throw error;
    }
    return await this.appendSeal();
  }

  private async appendSeal(): Promise<number> {
    const { key, scan, name: stream } = this.source;
    const { acknowledged } = this.progress;
    const result = await firstValueFrom(this.core.database.seal({ key, scan, length: acknowledged })).catch((error: unknown) => {
      this.sealing = undefined;
      throw error;
    });
    if (result._tag === 'scanDeleted') throw this.failReporting(blissdataError('ScanNotFound', { key: scan }));
    const { length } = result;
    if (length < acknowledged && this.progress.failure === undefined) throw this.failReporting(blissdataError('StreamRewound', { key, stream, expected: acknowledged, found: length }));
    this.discard();
    this.progress.seal(blissdataError('StreamSealed', { key, stream }));
    return length;
  }

  private requireWritable(): void {
    this.progress.throwFailure();
    if (this.isSealing) throw blissdataError('StreamSealed', { key: this.key, stream: this.name });
  }

  /** `StoreClosed` once the store is closed. */
  private get closedBy(): BlissdataError | undefined {
    let reason: BlissdataError | undefined;
    const closed = this.core.untilClosed(EMPTY).subscribe({
      error: (error: unknown) => {
        if (isBlissdataError(error)) reason = error;
      },
    });
    closed.unsubscribe();
    return reason;
  }

  private async until(isMet: () => boolean): Promise<void> {
    await this.progress.until(isMet);
    if (!isMet()) this.requireWritable();
  }

  private scheduleWindow(): boolean {
    if (!this.isPending) this.core.pendingWrites.add(this);
    this.isPending = true;
    this.sender.send();
    this.progress.throwFailure();
    return this.pendingBytes < this.highWaterMark;
  }

  /** The server has all points before this index. */
  private acknowledge(index: number): void {
    // Before the acknowledgement, whose subscribers may close the store.
    if (index === this.sent) this.finish();
    this.progress.acknowledge(index);
  }

  private fail(error: unknown): void {
    this.discard();
    this.progress.fail(isBlissdataError(error) ? error : blissdataError('InternalError', { where: `Writing ${this.key}`, reason: String(error) }, error));
  }

  /** Fails, and gives the error to be thrown to the user. */
  private failReporting(error: BlissdataError): BlissdataError {
    this.fail(error);
    this.progress.reported();
    return error;
  }

  /** Frees what will not be written any more. */
  private discard(): void {
    this.finish();
    this.sender.discard();
    this.builder.clear();
  }

  /** Nothing is left to write when the store closes. */
  private finish(): void {
    this.core.pendingWrites.remove(this);
    this.isPending = false;
  }
}
