/** The pause that everybody shares who waits for the same trouble to pass: a server that is away, or has no memory left. */
import { Observable, Subject, type SchedulerLike, type Subscription } from 'rxjs';
import { blissdataError, type BlissdataError } from '../model/errors.js';
import { after } from '../model/time.js';
import { delayBefore, isTooLate, type RetryPolicy } from './policy.js';

/** A failed attempt, and the next one. */
export interface Retrying {
  readonly error: BlissdataError;
  /** How many attempts will have been made after the first failure, the next one included. */
  readonly attempt: number;
  /** In how many ms that will be. */
  readonly delay: number;
}

export interface BackoffReports {
  readonly retrying: (state: Retrying) => void;
  /** Somebody has tried often or long enough. */
  readonly givenUp: (error: BlissdataError) => void;
  /** The trouble has passed. */
  readonly over: () => void;
}

/** How often one request has failed for the same reason, and since when. */
export interface Tries {
  attempts: number;
  since: number | undefined;
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
export class Backoff {
  private attempt = 0;
  private pause: Pause | undefined;
  /** Whose attempts there are to come. */
  private readonly trying = new Set<Tries>();
  /** What they were told last, as long as they try. */
  private trouble: BlissdataError | undefined;
  private closed = false;
  /** Whether the last that was told is that somebody has given up. */
  private hasGivenUp = false;

  constructor(
    private readonly policy: RetryPolicy,
    private readonly scheduler: SchedulerLike,
    private readonly reports: BackoffReports,
  ) {}

  /**
   * Emits once and completes, when it is time for another attempt. Errors with the error itself where the request has had as many as it
   * may, with `StoreClosed` once it is closed.
   *
   * @param tries those of the request so far, which are counted here
   * @param waiting told that it waits, and for how long still
   */
  again(error: BlissdataError, tries: Tries, waiting?: (state: Retrying) => void): Observable<void> {
    return new Observable((subscriber) => {
      if (this.closed) return subscriber.error(blissdataError('StoreClosed', {}, error));
      const now = this.scheduler.now();
      tries.since ??= now;
      const until = this.pause?.until ?? now + delayBefore(this.attempt + 1, this.policy);
      if (tries.attempts >= this.policy.attempts || isTooLate(until - tries.since, this.policy)) {
        this.trying.delete(tries);
        if (this.trying.size === 0) this.rest();
        this.giveUp(error);
        return subscriber.error(error);
      }
      tries.attempts++;
      this.trying.add(tries);
      this.trouble = error;
      this.pause ??= this.begin(error, until - now);
      waiting?.({ error, attempt: this.pause.attempt, delay: until - now });
      return this.pause.end$.subscribe(subscriber);
    });
  }

  /** A request is over, or nobody wants its answer any more. Where it was the last that tried, there are no attempts to come. */
  left(tries: Tries): void {
    if (!this.trying.delete(tries) || this.trying.size > 0 || this.closed) return;
    const { trouble } = this;
    this.rest();
    if (trouble !== undefined) this.giveUp(trouble);
  }

  /** An attempt has succeeded: the next trouble is another one. Who waits already waits to the end, for something else may be what failed. */
  succeeded(): void {
    if (this.attempt === 0 && !this.hasGivenUp) return;
    this.attempt = 0;
    this.trouble = undefined;
    this.hasGivenUp = false;
    this.reports.over();
  }

  /** Something else has succeeded. Where nobody tries any more, nobody would ever say that the trouble has passed. */
  elsewhere(): void {
    if (this.hasGivenUp && this.trying.size === 0) this.succeeded();
  }

  private giveUp(error: BlissdataError): void {
    this.hasGivenUp = true;
    this.reports.givenUp(error);
  }

  /** There are no more attempts, and no more reports. */
  closing(): void {
    this.closed = true;
  }

  /** Who waits waits no longer. */
  close(): void {
    this.closing();
    const { pause } = this;
    this.pause = undefined;
    pause?.timer.unsubscribe();
    pause?.end$.error(blissdataError('StoreClosed', {}));
  }

  private begin(error: BlissdataError, delay: number): Pause {
    const attempt = ++this.attempt;
    this.hasGivenUp = false;
    this.reports.retrying({ error, attempt, delay });
    const end$ = new Subject<void>();
    const end = after(delay, this.scheduler).subscribe({ next: () => this.endPause(), error: (failure: unknown) => end$.error(failure) });
    return { end$, attempt, until: this.scheduler.now() + delay, timer: end };
  }

  private rest(): void {
    this.pause?.timer.unsubscribe();
    this.pause = undefined;
    this.trouble = undefined;
  }

  private endPause(): void {
    const { pause } = this;
    this.pause = undefined;
    pause?.timer.unsubscribe();
    pause?.end$.next();
    pause?.end$.complete();
  }
}
