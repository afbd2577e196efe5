/** Demand: a consumer that waits for its next chunk, and for how long it does. */
import { defer, EMPTY, takeUntil, type Observable, type SchedulerLike, type Unsubscribable } from 'rxjs';
import { after } from '../../model/time.js';
import type { EncodedChunk } from './encoded-chunk.js';
import type { Pace } from './reader-options.js';

/** How a consumer asks for its next chunk. */
export interface NextOptions {
  /** The newest point, whatever the policy. */
  readonly newest?: boolean;
  /** Whether to wait if there is nothing yet; true by default. */
  readonly wait?: boolean;
  /** How long to wait; for ever by default. A demand with a limit reads at least once, even if the last read reached the end. */
  readonly limit?: WaitLimit | undefined;
}

/** Exactly one of these is called, once. They must not throw. */
export interface ChunkConsumer {
  next(chunk: EncodedChunk): void;
  /** There is nothing yet, and the demand does not wait, or has waited long enough. */
  nothing(): void;
  error(error: unknown): void;
}

/** A consumer that waits for its next chunk. */
export class Demand implements Unsubscribable {
  /** Whether a read was sent for it. */
  hasRead = false;

  constructor(
    private readonly reader: { withdraw(demand: Demand): void },
    readonly consumer: ChunkConsumer,
    readonly pace: Pace,
    readonly wait: boolean,
    readonly limit: WaitLimit | undefined,
  ) {}

  unsubscribe(): void {
    this.reader.withdraw(this);
  }
}

/** How long a demand waits. Only waiting is limited, not reading: the time starts when the server has answered that there is nothing. */
export class WaitLimit {
  private end: number | undefined;

  constructor(
    private readonly ms: number,
    private readonly scheduler: SchedulerLike,
  ) {}

  get isOver(): boolean {
    return this.end !== undefined && this.end <= this.scheduler.now();
  }

  /**
   * Mirrors the source; completes without it when the time is up. The first wait starts the time, later ones have what is left.
   *
   * ```
   * awaited:   ------a-
   * limit(4):  ----|
   * ```
   */
  bound<A>(awaited$: Observable<A>): Observable<A> {
    return defer(() => {
      if (this.isOver) return EMPTY;
      const now = this.scheduler.now();
      this.end ??= now + this.ms;
      return awaited$.pipe(takeUntil(after(this.end - now, this.scheduler)));
    });
  }
}
