/** `status$` of a database: how the last request over any of its connections went. */
import { BehaviorSubject, tap, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { blissdataError, isDisconnected, isOutcomeUnknown, isServerError, isTlsFailed, type BlissdataError } from '../../model/errors.js';
import type { Status } from '../../ports/status.js';
import { disconnected } from './redis-errors.js';

/**
 * An answer over any connection means `ready`; a request that a lost connection leaves without one means `failed`. The end of an idle
 * connection means neither: servers close those after a while (`timeout`), and the next use opens another.
 */
export class ConnectionStatus {
  private readonly status = new BehaviorSubject<Status>({ _tag: 'idle' });
  readonly status$: Observable<Status> = this.status.asObservable();

  constructor(private readonly url: () => string) {}

  get isClosed(): boolean {
    return this.status.value._tag === 'closed';
  }

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

  /** Updates the status by the outcome of a request. */
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

/** The commands that are part of opening a connection. */
const openingCommands: ReadonlySet<string> = new Set(['connect', 'SENTINEL']);

/** Why the connection was lost or could not be opened, if that is what the error is about. */
function lossIn(error: unknown, url: string): BlissdataError | undefined {
  if (isDisconnected(error) || isTlsFailed(error)) return error;
  if (isServerError(error) && openingCommands.has(error.command)) return error;
  return isOutcomeUnknown(error) ? blissdataError('Disconnected', { url, reason: error.reason }, error) : undefined;
}
