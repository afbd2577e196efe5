/** Publishes the points of one stream. */
import { BehaviorSubject, first, firstValueFrom, map, type Observable, type Subscription } from 'rxjs';
import { blissdataError, isBlissdataError, type BlissdataError } from '../model/errors.js';
import type { BatchInput, PointInput, StreamType } from '../model/stream-type.js';
import type { AppendResult, Id, NewEntry } from '../ports/database.js';
import type { StreamSource } from '../polling/stream-source.js';
import type { Core } from '../polling/core.js';
import type { EncodingOf } from '../wire/encoding/encoding.js';
import { entryBuilder, type EntryBuilder } from '../wire/encoding/entry-builder.js';
import { originId } from '../wire/stream-id.js';
import { waitSealed } from './wait-sealed.js';

export interface StreamWriterOptions {
  /** Whether points sent in the same tick travel as one entry (default true): faster for everybody, but `at` and eviction move whole entries. */
  readonly coalesce?: boolean;
  /** How many bytes may wait for the server before `send` answers false; 8 MiB by default. */
  readonly highWaterMark?: number;
}

/** Where a writer begins: the index of its first point, and the id of the entry before that. */
export interface WriterStart {
  readonly index: number;
  readonly lastId: Id;
}

const defaultHighWaterMark = 8 << 20;
/** What travels in one go: enough to make the round trip cheap, little enough to keep the server responsive. */
const windowBytes = 1 << 20;
const windowEntries = 2000;

/**
 * The writing end of a stream. One at a time writes to a stream: `scan.createStream` gives the first writer, `store.streamWriter` one
 * that goes on where a stream ends. Whoever wrote before, and sends one more point, fails with `WriteConflict`. Points travel in windows, one at a time, each appended whole or not at
 * all; what is sent meanwhile is gathered for the next.
 *
 * After a failure (`WriteConflict` when somebody else writes to the stream, `StreamSealed`, `ScanNotFound`, `Disconnected`,
 * `OutcomeUnknown`, ...) nothing more is written: `send` throws it, `ready`, `flush` and `seal` reject with it.
 *
 * @example
 * for (const value of values) if (!writer.send(value)) await writer.ready();
 * await writer.seal();
 */
export class StreamWriter<T extends StreamType = StreamType> {
  private readonly builder: EntryBuilder<T>;
  private readonly highWaterMark: number;
  private acknowledged: number;
  private readonly acknowledgements: BehaviorSubject<number>;
  /** Emits at every step forward; what waits for something looks again. */
  private readonly progress = new BehaviorSubject<undefined>(undefined);

  /** Where the next entry goes, once it is on its way. */
  private nextIndex: number;
  private lastId: Id;
  private sent: number;
  private travelling: readonly NewEntry[] = [];
  private travellingBytes = 0;
  private flushing: Subscription | undefined;
  private failure: BlissdataError | undefined;
  /** Whether the end was asked for, sealed yet or not. */
  private ending = false;
  private sealing: Promise<number> | undefined;

  /** How many points of the stream the server has confirmed, from the present number on. Completes at the seal, errors with what the writer fails with. */
  readonly acknowledged$: Observable<number>;

  constructor(
    private readonly core: Core,
    private readonly source: StreamSource,
    encoding: EncodingOf<T>,
    options: StreamWriterOptions = {},
    { index, lastId }: WriterStart = { index: 0, lastId: originId },
  ) {
    this.nextIndex = index;
    this.lastId = lastId;
    this.sent = index;
    this.acknowledged = index;
    this.acknowledgements = new BehaviorSubject(index);
    this.builder = entryBuilder(encoding, { key: source.key, stream: source.name }, { coalesce: options.coalesce ?? true });
    const { highWaterMark = defaultHighWaterMark } = options;
    // Less than nothing never waits, so that nobody would ever be ready.
    if (!(highWaterMark >= 1)) throw blissdataError('InvalidArgument', { argument: 'highWaterMark', expected: 'at least 1', received: String(highWaterMark) });
    this.highWaterMark = highWaterMark;
    this.acknowledged$ = this.acknowledgements.pipe(core.untilClosed);
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
    return this.builder.pendingBytes + this.travellingBytes;
  }

  /**
   * Sends one point. False says that more waits than `highWaterMark`: await `ready()` before the next.
   * Throws `InvalidPoint` for a value of another dtype or shape, and then nothing was sent.
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

  /** Resolves when there is room for more. */
  ready(): Promise<void> {
    return this.until(() => this.pendingBytes < this.highWaterMark);
  }

  /** Resolves when the server has every point that was sent before. */
  flush(): Promise<void> {
    const goal = this.sent;
    return this.until(() => this.acknowledged >= goal);
  }

  /**
   * Flushes, then ends the stream: readers complete. Resolves to its number of points; sealing again does the same, and so does sealing
   * a stream that somebody else has sealed, or seals at the same time.
   * Where points could not be written, the stream is sealed after those that could, and this rejects with the reason. Where the server
   * refuses the seal itself (`OutOfMemory`, `Disconnected`), the stream takes no more points, and sealing again tries again.
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
      await this.sealNow();
      throw error;
    }
    return await this.sealNow();
  }

  private async sealNow(): Promise<number> {
    const { key, scanKey } = this.source;
    const result = await firstValueFrom(this.core.database.seal({ key, scan: scanKey, length: this.acknowledged })).catch((error: unknown) => {
      this.sealing = undefined;
      throw error;
    });
    if (result._tag === 'scanGone') throw blissdataError('ScanNotFound', { key: scanKey });
    this.failure ??= blissdataError('StreamSealed', { key, stream: this.name });
    this.acknowledgements.complete();
    return result.length;
  }

  private requireWritable(): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.ending) throw blissdataError('StreamSealed', { key: this.key, stream: this.name });
  }

  private scheduled(): boolean {
    if (this.travelling.length === 0) this.flushing ??= this.core.endOfTick.schedule(() => this.sendWindow());
    return this.pendingBytes < this.highWaterMark;
  }

  /** Puts the next window on its way. Its bytes stay as they are until the server has them: it may have to be sent again. */
  private sendWindow(): void {
    this.flushing = undefined;
    const drafts = this.builder.take(windowBytes, windowEntries);
    if (drafts.length === 0) return;
    let index = this.nextIndex;
    this.travelling = drafts.map(({ len, payload }) => {
      const entry = { index, len, payload };
      index += len;
      return entry;
    });
    this.travellingBytes = drafts.reduce((sum, { payload }) => sum + payload.length, 0);
    const { key, scanKey } = this.source;
    // eslint-disable-next-line rxjs-x/no-ignored-subscription -- a window travels until it is answered, whoever still wants to know
    this.core.database.append({ key, scan: scanKey, expected: this.lastId, entries: this.travelling }).subscribe({
      next: (result) => this.answered(result, index),
      error: (error: unknown) => this.fail(error),
    });
  }

  private answered(result: AppendResult, nextIndex: number): void {
    const { key, name, scanKey } = this.source;
    switch (result._tag) {
      case 'appended':
        this.lastId = result.lastId;
        this.nextIndex = nextIndex;
        this.travelling = [];
        this.travellingBytes = 0;
        this.acknowledged = nextIndex;
        this.acknowledgements.next(nextIndex);
        this.progress.next(undefined);
        if (this.builder.pendingPoints > 0 && this.flushing === undefined) this.sendWindow();
        return;
      case 'conflict':
        this.fail(blissdataError('WriteConflict', { key, stream: name, expected: this.lastId, found: result.found }));
        return;
      case 'sealed':
        this.fail(blissdataError('StreamSealed', { key, stream: name }));
        return;
      case 'scanGone':
        this.fail(blissdataError('ScanNotFound', { key: scanKey }));
    }
  }

  private fail(error: unknown): void {
    this.failure = isBlissdataError(error) ? error : blissdataError('OutcomeUnknown', { key: this.key, reason: String(error) }, error);
    this.acknowledgements.error(this.failure);
    this.progress.next(undefined);
  }

  private until(done: () => boolean): Promise<void> {
    return firstValueFrom(
      this.progress.pipe(
        first(() => done() || this.failure !== undefined),
        map(() => {
          const { failure } = this;
          if (failure !== undefined && !done()) throw failure;
        }),
      ),
    );
  }
}
