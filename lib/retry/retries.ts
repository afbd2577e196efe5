/** How a store retries requests: one backoff for each cause that it waits for. */
import { throwError, type Observable, type SchedulerLike } from 'rxjs';
import { isBlissdataError, isDisconnected, isIndexIncomplete, isOutOfMemory, isRequestTooLarge, isServerError, isUnexpectedReply } from '../model/errors.js';
import { Backoff, type BackoffReports, type NextAttempt, type RequestRetries } from './backoff.js';
import { transientCause, type RetryPolicy } from './policy.js';

export interface RequestOptions {
  /** Whether the request may be repeated although it may have been carried out; false by default. */
  readonly repeatable?: boolean;
  /** Called before each wait. */
  readonly onWait?: (next: NextAttempt) => void;
}

/** Retries one request: `request$.pipe(retry({ delay: nextAttempt }), finalize(release))`. */
interface RetryHandle {
  /** Emits once and completes when it is time for another attempt; errors with the request's error if there will be none, with `StoreClosed` once the store is closed. */
  readonly nextAttempt: (error: unknown) => Observable<void>;
  /** The request has ended, or was cancelled. */
  readonly release: () => void;
}

interface RetriesOptions {
  /** Receives waits for the server or its memory. An index under construction is no fault of the connection, and not reported. */
  readonly reports?: BackoffReports;
  /** Whether to wait for a server that was never reached, whose address may be wrong; false by default. */
  readonly waitForServer?: boolean;
}

/** The retries of all requests of a store. */
export class Retries {
  private readonly server: Backoff;
  private readonly memory: Backoff;
  private readonly index: Backoff;
  /** Whether there is, or was, a server at the address. */
  private hasConnected: boolean;

  constructor(policy: RetryPolicy, scheduler: SchedulerLike, { reports, waitForServer = false }: RetriesOptions = {}) {
    this.hasConnected = waitForServer;
    this.server = new Backoff(policy, scheduler, reports);
    this.memory = new Backoff(policy, scheduler, reports);
    this.index = new Backoff(policy, scheduler);
  }

  handle({ repeatable = false, onWait }: RequestOptions = {}): RetryHandle {
    const request: RequestRetries = { count: 0, since: undefined };
    let hasMetIncompleteIndex = false;
    const nextAttempt = (error: unknown): Observable<void> => {
      if (isRefusal(error)) this.server.succeeded();
      if (isIndexIncomplete(error)) hasMetIncompleteIndex = true;
      const cause = transientCause(error, repeatable);
      const isWrongAddress = isDisconnected(error) && !this.hasConnected;
      if (!isBlissdataError(error) || cause === undefined || cause === 'data' || isWrongAddress) return throwError(() => error);
      return this[cause].wait(error, request, onWait);
    };
    const release = (): void => {
      for (const backoff of this.all) backoff.release(request);
      // The next incomplete index is another event, with waits of its own.
      if (hasMetIncompleteIndex) this.index.succeeded();
    };
    return { nextAttempt, release };
  }

  connected(): void {
    this.hasConnected = true;
  }

  /** The server has answered a read. */
  answered(): void {
    this.server.succeeded();
    this.memory.succeededElsewhere();
  }

  /** The server has carried out a write. */
  written(): void {
    this.server.succeeded();
    this.memory.succeeded();
  }

  /** The store is closing: requests that end from here on are not reported as failed. */
  beginClose(): void {
    for (const backoff of this.all) backoff.beginClose();
  }

  close(): void {
    for (const backoff of this.all) backoff.close();
  }

  private get all(): readonly Backoff[] {
    return [this.server, this.memory, this.index];
  }
}

/** A server that refuses a request is there, and answers. */
const isRefusal = (error: unknown): boolean =>
  isOutOfMemory(error) || isServerError(error) || isUnexpectedReply(error) || isRequestTooLarge(error) || isIndexIncomplete(error);
