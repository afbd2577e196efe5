/** The pause that everybody shares who waits for the same trouble to pass: a server that is away, or has no memory left. */
import { Observable, Subject, timer, type SchedulerLike, type Subscription } from 'rxjs';
import { blissdataError, isBlissdataError, type BlissdataError } from '../model/errors.js';
import { delayBefore, type RetryPolicy } from './retry-policy.js';

/** A failed attempt, and the next one. */
export interface Retrying {
  readonly error: BlissdataError;
  /** How many attempts will have been made after the first failure, the next one included. */
  readonly attempt: number;
  /** In how many ms that will be. */
  readonly delay: number;
}

export interface PatienceReports {
  readonly retrying: (state: Retrying) => void;
  /** The trouble has passed. */
  readonly over: () => void;
}

interface Pause {
  readonly end$: Subject<void>;
  readonly timer: Subscription;
  readonly attempt: number;
  /** When it ends, by the scheduler's clock. */
  readonly until: number;
}

/**
 * Whoever fails asks for another attempt, and gets it together with all others who failed meanwhile: a thousand readers that lost
 * their server do not come back a thousand times. The first success ends the trouble for all.
 *
 * ```
 * a fails:   -x------------------
 * b fails:   --x-----------------
 * attempts:  ------(ab)----------   after the delay; then 2, 4, ... times that until one succeeds
 * ```
 */
export class Patience {
  private attempt = 0;
  private since = 0;
  private pause: Pause | undefined;
  private closed = false;

  constructor(
    private readonly policy: RetryPolicy,
    private readonly scheduler: SchedulerLike,
    private readonly reports: PatienceReports,
  ) {}

  /** Whether something has failed since the last success. */
  get troubled(): boolean {
    return this.attempt > 0;
  }

  /**
   * Emits once and completes, when it is time for another attempt. Errors with the error itself where there are to be no more,
   * with `StoreClosed` once it is closed.
   *
   * @param waiting told that it waits, and for how long still
   */
  again(error: unknown, waiting?: (state: Retrying) => void): Observable<void> {
    return new Observable((subscriber) => {
      if (this.closed) return subscriber.error(blissdataError('StoreClosed', {}, error));
      if (!isBlissdataError(error)) return subscriber.error(error);
      this.pause ??= this.begin(error);
      const { pause } = this;
      if (pause === undefined) return subscriber.error(error);
      waiting?.({ error, attempt: pause.attempt, delay: pause.until - this.scheduler.now() });
      return pause.end$.subscribe(subscriber);
    });
  }

  /** An attempt has succeeded: the next trouble is another one. Who waits already waits to the end, for something else may be what failed. */
  succeeded(): void {
    if (this.attempt === 0) return;
    this.attempt = 0;
    this.reports.over();
  }

  /** There are no more attempts. */
  close(): void {
    this.closed = true;
    const { pause } = this;
    this.pause = undefined;
    pause?.timer.unsubscribe();
    pause?.end$.error(blissdataError('StoreClosed', {}));
  }

  /** The next pause, unless enough attempts have been made. */
  private begin(error: BlissdataError): Pause | undefined {
    const { policy, scheduler } = this;
    const now = scheduler.now();
    if (this.attempt === 0) this.since = now;
    const delay = delayBefore(this.attempt + 1, policy);
    if (this.attempt >= policy.attempts || now + delay - this.since >= policy.within) {
      // What is tried from now on has all its attempts before it.
      this.attempt = 0;
      return undefined;
    }
    this.attempt++;
    this.reports.retrying({ error, attempt: this.attempt, delay });
    const end$ = new Subject<void>();
    return { end$, attempt: this.attempt, until: now + delay, timer: timer(delay, scheduler).subscribe({ next: () => this.endPause(), error: (failure: unknown) => end$.error(failure) }) };
  }

  private endPause(): void {
    const { pause } = this;
    this.pause = undefined;
    pause?.timer.unsubscribe();
    pause?.end$.next();
    pause?.end$.complete();
  }
}
