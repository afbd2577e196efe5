/** What a store's writers have yet to write, and what kept one of them from it, as long as nobody has been told. */
import { BehaviorSubject, distinctUntilChanged, type Observable } from 'rxjs';
import type { BlissdataError } from '../model/errors.js';

/** Whoever has points that the server has not confirmed. */
export interface Writing {
  readonly flush: () => Promise<void>;
}

/** Of more failures nobody wants to be told: a store whose writers fail one after another keeps no more. */
const mostUntold = 100;

/** Writers that have nothing to write are not known here, so that those that nobody uses any more can go. */
export class Unwritten {
  private readonly writers = new Set<Writing>();
  private readonly waiting = new Set<Writing>();
  private readonly isWaiting = new BehaviorSubject(false);
  /** Whether a writer waits for its next attempt, or makes it, since one has failed for a reason that passes; from the present answer on. */
  readonly isWaiting$: Observable<boolean> = this.isWaiting.pipe(distinctUntilChanged());
  private readonly untold = new Map<object, BlissdataError>();

  /** Those that have something to write at present. */
  get writing(): readonly Writing[] {
    return [...this.writers];
  }

  /** What kept points from being written and nobody knows yet: the first, if there are several. */
  get failure(): BlissdataError | undefined {
    const [first] = this.untold.values();
    return first;
  }

  hasToWait(writer: Writing): void {
    this.waiting.add(writer);
    this.isWaiting.next(true);
  }

  /** The server has taken something. */
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

  /** @param id whose failure it is, to be named again when somebody has been told */
  failed(id: object, error: BlissdataError): void {
    if (this.untold.size < mostUntold) this.untold.set(id, error);
  }

  told(id: object): void {
    this.untold.delete(id);
  }
}
