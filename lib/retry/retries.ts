/** What a store does about failures that pass by themselves: it tries again, as its policy says. */
import { throwError, type Observable, type SchedulerLike } from 'rxjs';
import { isBlissdataError, isDisconnected, isIndexIncomplete, isOutcomeUnknown, isOutOfMemory, isRequestTooLarge, isServerError, isUnexpectedReply } from '../model/errors.js';
import { Backoff, type BackoffReports, type Retrying, type Tries } from './backoff.js';
import type { RetryPolicy } from './policy.js';

/** What is asked to be tried again. */
export interface Attempted {
  /** Whether it may be done again where nobody knows if it has been done; false by default. */
  readonly repeatable?: boolean;
  /** Told that it waits for the next attempt. */
  readonly waiting?: (state: Retrying) => void;
}

/** One request that is tried until it succeeds. */
export interface RetryHandle {
  /** Emits once and completes, when it is time for another attempt; errors with the error itself where there is to be none, and with `StoreClosed` once the store is closed. */
  readonly again: (error: unknown) => Observable<void>;
  /** It has come to its end, or is not wanted any more. */
  readonly left: () => void;
}

/**
 * Three troubles pass by themselves, each with a pause of its own: a server that cannot be reached, or cannot answer now, one that
 * has no memory for what is written, and one that still builds its search index. The last is none of the connection's, and not reported as such.
 */
export class Retries {
  private readonly server: Backoff;
  private readonly memory: Backoff;
  private readonly index: Backoff;
  private hasReached = false;

  /** @param waitForServer whether to wait for a server that has never been reached: its address may be wrong */
  constructor(
    policy: RetryPolicy,
    scheduler: SchedulerLike,
    reports: BackoffReports,
    private readonly waitForServer = false,
  ) {
    this.server = new Backoff(policy, scheduler, reports);
    this.memory = new Backoff(policy, scheduler, reports);
    this.index = new Backoff(policy, scheduler, { retrying: () => undefined, givenUp: () => undefined, over: () => undefined });
  }

  /** For one request: what it is to do with each error. */
  trying({ repeatable = false, waiting }: Attempted = {}): RetryHandle {
    const tries: Tries = { attempts: 0, since: undefined };
    let hasMetIncompleteIndex = false;
    const again = (error: unknown): Observable<void> => {
      // Whoever refuses is there.
      if (isOutOfMemory(error) || isServerError(error) || isUnexpectedReply(error) || isRequestTooLarge(error) || isIndexIncomplete(error)) this.server.succeeded();
      if (isIndexIncomplete(error)) {
        hasMetIncompleteIndex = true;
        return this.index.again(error, tries, waiting);
      }
      if (isOutOfMemory(error)) return this.memory.again(error, tries, waiting);
      const passes = isBlissdataError(error) && (error.retriable || (repeatable && isOutcomeUnknown(error)));
      const isWrongAddress = isDisconnected(error) && !this.hasReached && !this.waitForServer;
      return passes && !isWrongAddress ? this.server.again(error, tries, waiting) : throwError(() => error);
    };
    const left = (): void => {
      this.server.left(tries);
      this.memory.left(tries);
      this.index.left(tries);
      // The next index that is incomplete is another one's trouble.
      if (hasMetIncompleteIndex) this.index.succeeded();
    };
    return { again, left };
  }

  /** There is a server at the address. */
  reached(): void {
    this.hasReached = true;
  }

  answered(): void {
    this.server.succeeded();
    this.memory.elsewhere();
  }

  /** The server had memory for something. */
  written(): void {
    this.server.succeeded();
    this.memory.succeeded();
  }

  /** The store is closing: what is given up now is no failure. */
  closing(): void {
    this.server.closing();
    this.memory.closing();
    this.index.closing();
  }

  close(): void {
    this.server.close();
    this.memory.close();
    this.index.close();
  }
}
