/** What a store's writers have yet to write, and failures of writers that were not reported yet. */
import { BehaviorSubject, distinctUntilChanged, type Observable } from 'rxjs';
import type { BlissdataError } from '../model/errors.js';

/** A writer with points that the server has not confirmed. */
export interface Writing {
  readonly flush: () => Promise<void>;
}

/** More failures are not kept, in case the writers of a store fail one after another. */
const mostFailures = 100;

/** Does not hold writers that have nothing to write, so that those no longer used can be collected. */
export class Unwritten {
  private readonly writers = new Set<Writing>();
  private readonly waiting = new Set<Writing>();
  private readonly isWaiting = new BehaviorSubject(false);
  /** Whether a writer waits for its next attempt, or makes it, after one that failed for a passing reason. Replays the present value. */
  readonly isWaiting$: Observable<boolean> = this.isWaiting.pipe(distinctUntilChanged());
  private readonly unreported = new Map<object, BlissdataError>();

  /** The writers that have something to write. */
  get writing(): readonly Writing[] {
    return [...this.writers];
  }

  /** The first failure that was not reported yet. */
  get failure(): BlissdataError | undefined {
    const [first] = this.unreported.values();
    return first;
  }

  hasToWait(writer: Writing): void {
    this.waiting.add(writer);
    this.isWaiting.next(true);
  }

  /** The server has accepted something. */
  moves(writer: Writing): void {
    if (this.waiting.delete(writer)) this.isWaiting.next(this.waiting.size > 0);
  }

  begins(writer: Writing): void {
    this.writers.add(writer);
  }

  /** All is written, or never will be. */
  ends(writer: Writing): void {
    this.writers.delete(writer);
    this.moves(writer);
  }

  /** @param id of the writer, for `told` */
  failed(id: object, error: BlissdataError): void {
    if (this.unreported.size < mostFailures) this.unreported.set(id, error);
  }

  /** The writer's user knows of the failure. */
  told(id: object): void {
    this.unreported.delete(id);
  }
}
