/** The pause shared by all requests that wait for the same thing: for a server to come back, or to have memory again. */
import { Observable, Subject, type SchedulerLike, type Subscription } from 'rxjs';
import { blissdataError, type BlissdataError } from '../model/errors.js';
import { after } from '../model/time.js';
import { delayBefore, isExhausted, type RetryPolicy } from './policy.js';

/** A failure, and the retry that follows it. */
export interface NextAttempt {
  readonly error: BlissdataError;
  /** The number of retries since the first failure, this one included. */
  readonly attempt: number;
  /** The wait before it, in ms. */
  readonly delay: number;
}

export interface BackoffReports {
  readonly retrying: (next: NextAttempt) => void;
  /** A request has used up its retries, or the last one that was retrying was cancelled. */
  readonly givenUp: (error: BlissdataError) => void;
  readonly recovered: () => void;
}

/** The retries of one request. */
export interface RequestRetries {
  count: number;
  /** When it first failed. */
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
 * All requests that fail during a pause are retried together at its end: a thousand readers that lost their server do not come
 * back a thousand times. The first success ends the backoff for all.
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
  private readonly retrying = new Set<RequestRetries>();
  private lastError: BlissdataError | undefined;
  private closed = false;
  private hasGivenUp = false;

  constructor(
    private readonly policy: RetryPolicy,
    private readonly scheduler: SchedulerLike,
    private readonly reports?: BackoffReports,
  ) {}

  /**
   * Emits once and completes when it is time for the request's next attempt. Errors with the error itself if the request has no retries
   * left, with `StoreClosed` after `close`.
   *
   * @param onWait called with what this request waits for, and how much longer
   */
  wait(error: BlissdataError, request: RequestRetries, onWait?: (next: NextAttempt) => void): Observable<void> {
    return new Observable((subscriber) => {
      if (this.closed) return subscriber.error(blissdataError('StoreClosed', {}, error));
      const now = this.scheduler.now();
      request.since ??= now;
      const until = this.pause?.until ?? now + delayBefore(this.attempt + 1, this.policy);
      if (isExhausted(request.count, until - request.since, this.policy)) {
        this.retrying.delete(request);
        if (this.retrying.size === 0) this.rest();
        this.giveUp(error);
        return subscriber.error(error);
      }
      request.count++;
      this.retrying.add(request);
      this.lastError = error;
      this.pause ??= this.begin(error, until - now);
      onWait?.({ error, attempt: this.pause.attempt, delay: until - now });
      return this.pause.end$.subscribe(subscriber);
    });
  }

  /** A request has ended or was cancelled. If no other one is retrying, no attempts follow. */
  release(request: RequestRetries): void {
    if (!this.retrying.delete(request) || this.retrying.size > 0 || this.closed) return;
    const { lastError } = this;
    this.rest();
    if (lastError !== undefined) this.giveUp(lastError);
  }

  /** An attempt has succeeded. A pause under way still runs to its end: something else may have failed there. */
  succeeded(): void {
    if (this.attempt === 0 && !this.hasGivenUp) return;
    this.attempt = 0;
    this.lastError = undefined;
    this.hasGivenUp = false;
    this.reports?.recovered();
  }

  /** A request of another kind has succeeded: reports recovery if no retrying request is left that could. */
  succeededElsewhere(): void {
    if (this.hasGivenUp && this.retrying.size === 0) this.succeeded();
  }

  /** From here on requests are neither retried nor reported. */
  beginClose(): void {
    this.closed = true;
  }

  /** Ends all waits with `StoreClosed`. */
  close(): void {
    this.beginClose();
    this.endPause()?.end$.error(blissdataError('StoreClosed', {}));
  }

  private begin(error: BlissdataError, delay: number): Pause {
    const attempt = ++this.attempt;
    this.hasGivenUp = false;
    this.reports?.retrying({ error, attempt, delay });
    const end$ = new Subject<void>();
    const end = (): void => {
      this.endPause();
      end$.next();
      end$.complete();
    };
    // A scheduler that throws fails the waiting requests.
    const timer = after(delay, this.scheduler).subscribe({ next: end, error: (failure: unknown) => end$.error(failure) });
    return { end$, attempt, until: this.scheduler.now() + delay, timer };
  }

  private giveUp(error: BlissdataError): void {
    this.hasGivenUp = true;
    this.reports?.givenUp(error);
  }

  private rest(): void {
    this.endPause();
    this.lastError = undefined;
  }

  /** Gives the pause that was under way. */
  private endPause(): Pause | undefined {
    const { pause } = this;
    this.pause = undefined;
    pause?.timer.unsubscribe();
    return pause;
  }
}
