/** How far a writer has come: what the server has acknowledged, and what ended the writing. */
import { BehaviorSubject, ReplaySubject, type Observable } from 'rxjs';
import { isScanNotFound, isStreamSealed, type BlissdataError } from '../model/errors.js';
import type { NextAttempt } from '../retry/backoff.js';
import type { PendingWrites } from './pending-writes.js';

/**
 * - `writing`: the server accepts what there is to write, if anything.
 * - `retrying`: the server is away or out of memory, and points wait; attempt number `attempt` follows in `delay` ms.
 * - `failed`: nothing beyond the acknowledged points was or will be written.
 * - `sealed`: this writer has ended the stream.
 */
export type WriterStatus =
  | { readonly _tag: 'writing' }
  | ({ readonly _tag: 'retrying' } & NextAttempt)
  | { readonly _tag: 'failed'; readonly error: BlissdataError }
  | { readonly _tag: 'sealed' };

export class WriterProgress {
  private count: number;
  private reason: BlissdataError | undefined;
  private isRetrying = false;
  private readonly counts: BehaviorSubject<number>;
  private readonly statuses = new ReplaySubject<WriterStatus>(1);
  /** The Promises that wait for something: each settles, and is done, or goes on waiting. */
  private waiting: (() => boolean)[] = [];
  /** The writer in `pendingWrites`. */
  private readonly id = {};

  readonly acknowledged$: Observable<number>;
  readonly status$: Observable<WriterStatus> = this.statuses;

  constructor(
    private readonly pendingWrites: PendingWrites,
    acknowledged: number,
  ) {
    this.count = acknowledged;
    this.counts = new BehaviorSubject(acknowledged);
    this.acknowledged$ = this.counts;
    this.statuses.next({ _tag: 'writing' });
  }

  /** The number of points that the server has. */
  get acknowledged(): number {
    return this.count;
  }

  /** Why nothing can be written any more; `StreamSealed` after the seal. */
  get failure(): BlissdataError | undefined {
    return this.reason;
  }

  get sealed(): boolean {
    return this.reason?._tag === 'StreamSealed';
  }

  retrying(next: NextAttempt): void {
    this.isRetrying = true;
    this.pendingWrites.stall(this.id);
    this.statuses.next({ _tag: 'retrying', ...next });
  }

  acknowledge(count: number): void {
    this.count = count;
    this.pendingWrites.advanced(this.id);
    if (this.isRetrying) this.statuses.next({ _tag: 'writing' });
    this.isRetrying = false;
    this.counts.next(count);
    this.changed();
  }

  /** Something has changed that a Promise may wait for. */
  changed(): void {
    if (this.waiting.length > 0) this.waiting = this.waiting.filter((isDone) => !isDone());
  }

  /** @param refusal for points sent afterwards */
  seal(refusal: BlissdataError): void {
    this.reason ??= refusal;
    this.counts.complete();
    this.end({ _tag: 'sealed' });
  }

  /** A failure that no subscriber sees is kept for the closing store, unless it is the end of the stream or scan. */
  fail(error: BlissdataError): void {
    this.reason ??= error;
    const isObserved = this.counts.observed || this.statuses.observed;
    if (!isObserved && !isScanNotFound(error) && !isStreamSealed(error)) this.pendingWrites.failed(this.id, error);
    this.counts.error(error);
    this.end({ _tag: 'failed', error });
  }

  /** Throws what has ended the writing, which counts as reported. */
  throwFailure(): void {
    if (this.reason === undefined) return;
    this.reported();
    throw this.reason;
  }

  reported(): void {
    this.pendingWrites.reported(this.id);
  }

  /** Whether the server has so many points, or nothing has kept it from getting them so far. */
  mayReach(count: number): boolean {
    return this.reason === undefined || (this.sealed && this.count >= count);
  }

  /** Resolves once the condition is met or writing has ended. */
  until(isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(() => {
        const isOver = isMet() || this.reason !== undefined;
        if (isOver) resolve();
        return isOver;
      });
      this.changed();
    });
  }

  private end(status: WriterStatus): void {
    this.pendingWrites.advanced(this.id);
    this.statuses.next(status);
    this.statuses.complete();
    this.changed();
  }
}
