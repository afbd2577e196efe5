/** Reads at the pace of work that takes time. */
import { finalize, from, Observable, type ObservableInput, type Subscriber } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { PacedChunk, StreamType } from '../model/stream-type.js';
import type { Core } from '../reading/core.js';
import { received } from '../wire/problems.js';
import type { ReaderOptions } from './reader-options.js';
import type { PointReader, StreamPoints } from './stream-points.js';

export interface ConsumeOptions extends ReaderOptions {
  /** How many chunks may be worked on at once; 1 by default. */
  readonly concurrency?: number;
}

/** What is done with a chunk: at once, or until the Promise or Observable that it gives has come to its end. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a function that returns nothing is as good as one that returns undefined
export type Work<T extends StreamType, R> = (chunk: PacedChunk<T>, results: Subscriber<R>) => ObservableInput<R> | void;

/** Reads a chunk whenever fewer than `concurrency` are being worked on, and emits what the work gives. */
export function consumeChunks<T extends StreamType, R>(core: Core, points: StreamPoints<T>, work: Work<T, R>, { concurrency = 1, ...options }: ConsumeOptions = {}): Observable<R> {
  const result$ = new Observable<R>((subscriber) => {
    if (!(concurrency >= 1)) throw blissdataError('InvalidArgument', { argument: 'concurrency', expected: 'at least 1', received: String(concurrency) });
    const reader = points.reader(options);
    subscriber.add(() => reader.close());
    new Consumption(core, reader, work, concurrency, subscriber).advance();
  });
  return core.untilClosed(result$);
}

class Consumption<T extends StreamType, R> {
  private working = 0;
  private asking = false;
  private ended = false;
  private advancing = false;

  constructor(
    private readonly core: Core,
    private readonly reader: PointReader<T>,
    private readonly work: Work<T, R>,
    private readonly concurrency: number,
    private readonly subscriber: Subscriber<R>,
  ) {}

  /** Not again from within itself: work that is done at once would pile up calls. */
  advance(): void {
    if (this.advancing) return;
    this.advancing = true;
    while (this.wantsMore) this.ask();
    this.advancing = false;
    if (this.ended && !this.asking && this.working === 0) this.subscriber.complete();
  }

  private get wantsMore(): boolean {
    return !this.subscriber.closed && !this.asking && !this.ended && this.working < this.concurrency;
  }

  private ask(): void {
    this.asking = true;
    // Until there is another one; the reader completes without one at the end.
    this.ended = true;
    this.subscriber.add(
      this.reader.next().subscribe({
        next: (chunk) => {
          this.ended = false;
          this.begin(chunk);
        },
        error: (error: unknown) => this.subscriber.error(error),
        complete: () => {
          this.asking = false;
          this.advance();
        },
      }),
    );
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

/** What work gives, if anything. A function whose type says that it gives nothing may give something all the same: that is said clearly. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- what work may give
function observableOf<R>(results: ObservableInput<R> | void): Observable<R> | undefined {
  if (results === undefined) return undefined;
  if (typeof results === 'object' || typeof results === 'function') return from(results);
  throw blissdataError('InvalidArgument', { argument: 'project', expected: 'a function that gives nothing, a Promise or an Observable', received: `one that gives ${received(results)}` });
}
