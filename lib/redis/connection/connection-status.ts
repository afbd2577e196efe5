/** What `status$` says of the five connections to one server together: how what was asked over any of them went last. */
import { BehaviorSubject, tap, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { blissdataError, isDisconnected, isOutcomeUnknown, isServerError, isTlsFailed, type BlissdataError } from '../../model/errors.js';
import type { Status } from '../../ports/status.js';
import { disconnected } from './redis-errors.js';

/**
 * An answer makes it `ready`, whichever connection it comes over, and a request that a lost connection leaves without one makes it `failed`.
 * That a connection ends over which nothing was due is neither: servers close those that are at rest (`timeout`), and the next use opens another.
 */
export class ConnectionStatus {
  private readonly status = new BehaviorSubject<Status>({ _tag: 'idle' });
  readonly status$: Observable<Status> = this.status.asObservable();

  constructor(private readonly url: () => string) {}

  get isClosed(): boolean {
    return this.status.value._tag === 'closed';
  }

  /** A connection is being opened for what somebody asks. */
  opening(): void {
    if (this.status.value._tag !== 'ready') this.status.next({ _tag: 'connecting' });
  }

  answered(): void {
    if (this.status.value._tag !== 'ready' && !this.isClosed) this.status.next({ _tag: 'ready' });
  }

  failed(reason: unknown): void {
    if (!this.isClosed) this.status.next({ _tag: 'failed', error: disconnected(reason, this.url()) });
  }

  close(): void {
    this.status.next({ _tag: 'closed' });
    this.status.complete();
  }

  /** Learns from how a request goes. */
  learnFrom<A>(): MonoTypeOperatorFunction<A> {
    const answered = (): void => this.answered();
    return tap({ next: answered, complete: answered, error: (error: unknown) => this.learnFromError(error) });
  }

  private learnFromError(error: unknown): void {
    const reason = lossIn(error, this.url());
    if (reason !== undefined) this.failed(reason);
    // A refusal is an answer; other errors say nothing about the connection.
    else if (isServerError(error)) this.answered();
  }
}

/** The commands that belong to opening a connection. */
const opening: ReadonlySet<string> = new Set(['connect', 'SENTINEL']);

/** How the connection was lost, or could not be had, if that is what the error says. */
function lossIn(error: unknown, url: string): BlissdataError | undefined {
  if (isDisconnected(error) || isTlsFailed(error)) return error;
  if (isServerError(error) && opening.has(error.command)) return error;
  return isOutcomeUnknown(error) ? blissdataError('Disconnected', { url, reason: error.reason }, error) : undefined;
}
