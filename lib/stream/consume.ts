/** Reads at the pace of its consumer. */
import { finalize, from, Observable, type ObservableInput, type Subscriber } from 'rxjs';
import { pointCount, pointOf } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import type { Chunk, PacedChunk, Point, StreamType } from '../model/stream-type.js';
import type { Core } from '../reading/core.js';
import type { ReaderOptions } from '../reading/reader/reader-options.js';
import { whereOf, type StreamSource } from '../reading/reader/stream-source.js';
import { received } from '../wire/problems.js';
import type { ChunkTaker, PointReader, StreamPoints } from './stream-points.js';

export interface ConsumeOptions extends ReaderOptions {
  /** How many chunks may be worked on at once; 1 by default. */
  readonly concurrency?: number;
}

/** Work on a chunk: done at once, or when the Promise or Observable that it returns ends. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a function that returns nothing is as good as one that returns undefined
export type Work<T extends StreamType, R> = (chunk: PacedChunk<T>, results: Subscriber<R>) => ObservableInput<R> | void;

/** Reads a chunk whenever fewer than `concurrency` are being worked on, and emits what the work emits. */
export function consumeChunks<T extends StreamType, R>(core: Core, points: StreamPoints<T>, work: Work<T, R>, { concurrency = 1, ...options }: ConsumeOptions = {}): Observable<R> {
  const result$ = new Observable<R>((subscriber) => {
    if (!(concurrency >= 1)) throw blissdataError('InvalidArgument', { argument: 'concurrency', expected: 'at least 1', received: String(concurrency) });
    const reader = points.reader(options);
    subscriber.add(() => reader.close());
    new Consumption(core, reader, work, concurrency, subscriber).advance();
  });
  return core.untilClosed(result$);
}

/** Emits the points of a chunk until it is unsubscribed from. Throws `IndexNoMoreThere` if points before them were trimmed off, unless those are skipped. */
export function emitPoints<T extends StreamType>(chunk: Chunk<T>, source: StreamSource, { expired, hint }: { readonly expired: 'error' | 'skip'; readonly hint?: string | undefined }, subscriber: Subscriber<Point<T>>): void {
  if (chunk.expired > 0 && expired === 'error') throw blissdataError('IndexNoMoreThere', { ...whereOf(source), index: chunk.index, ...(hint === undefined ? {} : { hint }) });
  const start = chunk.index + chunk.expired;
  const count = pointCount(chunk.data);
  for (let i = 0; i < count && !subscriber.closed; i++) subscriber.next({ index: start + i, value: pointOf<T>(chunk.data, i) });
}

/** Emits only the last point of a chunk. */
export function emitLastPoint<T extends StreamType>({ index, expired, data }: Chunk<T>, subscriber: Subscriber<Point<T>>): void {
  const last = pointCount(data) - 1;
  if (last >= 0) subscriber.next({ index: index + expired + last, value: pointOf<T>(data, last) });
}

class Consumption<T extends StreamType, R> implements ChunkTaker<T> {
  private working = 0;
  /** Whether a chunk was demanded. */
  private reading = false;
  private ended = false;
  private advancing = false;

  constructor(
    private readonly core: Core,
    private readonly reader: PointReader<T>,
    private readonly work: Work<T, R>,
    private readonly concurrency: number,
    private readonly subscriber: Subscriber<R>,
  ) {}

  /** Never nested: work that is done at once would pile up calls. */
  advance(): void {
    if (this.advancing) return;
    this.advancing = true;
    while (this.wantsMore) this.read();
    this.advancing = false;
    if (this.ended && !this.reading && this.working === 0) this.subscriber.complete();
  }

  private get wantsMore(): boolean {
    return !this.subscriber.closed && !this.reading && !this.ended && this.working < this.concurrency;
  }

  private read(): void {
    const { reader } = this;
    this.reading = true;
    // Closing the reader withdraws the demand.
    if (reader.demand !== undefined) reader.demand({}, this);
    else this.readObservable();
  }

  private readObservable(): void {
    // Unless there is another chunk: the reader completes without one at the end.
    this.ended = true;
    this.subscriber.add(
      this.reader.next().subscribe({
        next: (chunk) => {
          this.ended = false;
          this.begin(chunk);
        },
        error: (error: unknown) => this.error(error),
        complete: () => this.readOn(),
      }),
    );
  }

  chunk(chunk: PacedChunk<T>): void {
    this.begin(chunk);
    this.readOn();
  }

  none(): void {
    this.ended = true;
    this.readOn();
  }

  error(error: unknown): void {
    this.subscriber.error(error);
  }

  private readOn(): void {
    this.reading = false;
    this.advance();
  }

  private begin(chunk: PacedChunk<T>): void {
    const { subscriber } = this;
    const { budget } = this.core;
    const { lent } = this.reader;
    let result$: Observable<R> | undefined;
    try {
      result$ = observableOf(this.work(chunk, subscriber));
    } catch (error) {
      subscriber.error(error);
      return;
    }
    if (result$ === undefined) {
      lent?.();
      return;
    }
    const bytes = this.reader.lastBytes;
    budget.hold(bytes);
    this.working++;
    subscriber.add(
      result$
        .pipe(finalize(() => budget.release(bytes)))
        .subscribe({
          next: (result) => subscriber.next(result),
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            lent?.();
            this.working--;
            this.advance();
          },
        }),
    );
  }
}

/** What work returns, if anything. A function typed to return nothing may return something all the same, which deserves a clear error. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- what work may return
function observableOf<R>(results: ObservableInput<R> | void): Observable<R> | undefined {
  if (results === undefined) return undefined;
  if (typeof results === 'object' || typeof results === 'function') return from(results);
  throw blissdataError('InvalidArgument', { argument: 'project', expected: 'a function that returns nothing, a Promise or an Observable', received: `one that returns ${received(results)}` });
}
