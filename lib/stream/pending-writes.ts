/** What a store has yet to write when it closes, and the failures of its writers that were not reported to anyone. */
import { BehaviorSubject, type Observable } from 'rxjs';
import type { BlissdataError } from '../model/errors.js';
import type { Core } from '../reading/core.js';
import type { Retries } from '../retry/retries.js';
import type { AppendScheduler } from './append-scheduler.js';

/** A store's core as its writers need it. */
export interface WritingCore extends Core {
  readonly retries: Retries;
  readonly pendingWrites: PendingWrites;
  readonly appends: AppendScheduler;
}

interface Flushable {
  readonly flush: () => Promise<void>;
}

/** A store whose writers fail one after another keeps no more than the first failures: it reports only one when it closes. */
const maxFailures = 100;

/** Only writers with pending points are held here, so that unused ones can be collected. */
export class PendingWrites {
  private readonly pending = new Set<Flushable>();
  private readonly stalled = new Set<object>();
  private readonly isStalled = new BehaviorSubject(false);
  private readonly failures = new Map<object, BlissdataError>();

  /** Whether a write has failed for a passing reason and not succeeded since; replays the present answer. */
  readonly isStalled$: Observable<boolean> = this.isStalled;

  get writers(): readonly Flushable[] {
    return [...this.pending];
  }

  /** The first failure that was not reported. */
  get failure(): BlissdataError | undefined {
    const [first] = this.failures.values();
    return first;
  }

  add(writer: Flushable): void {
    this.pending.add(writer);
  }

  /** Everything was written, or never will be. */
  remove(writer: Flushable): void {
    this.pending.delete(writer);
  }

  /** A write waits for another attempt; `id` identifies its writer. */
  stall(id: object): void {
    const isFirst = this.stalled.size === 0;
    this.stalled.add(id);
    if (isFirst) this.isStalled.next(true);
  }

  /** The server has accepted something, or the writer has ended. */
  advanced(id: object): void {
    if (this.stalled.delete(id) && this.stalled.size === 0) this.isStalled.next(false);
  }

  /** @param id identifies the failed writer, without keeping it in memory */
  failed(id: object, error: BlissdataError): void {
    if (this.failures.size < maxFailures) this.failures.set(id, error);
  }

  /** The writer's failure was thrown to its user. */
  reported(id: object): void {
    this.failures.delete(id);
  }
}
