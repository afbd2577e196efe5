/** What a writer tells those who wait for it, or watch it. */
import { BehaviorSubject, first, firstValueFrom, NEVER, ReplaySubject, type Observable } from 'rxjs';
import { isBlissdataError, type BlissdataError } from '../model/errors.js';
import type { Core } from '../reading/core.js';
import type { Retrying } from '../retry/backoff.js';
import type { WriterStatus } from './writer-status.js';

export class WriterReports {
  private readonly acknowledgements: BehaviorSubject<number>;
  private readonly statuses = new ReplaySubject<WriterStatus>(1);
  /** Emits at every step forward; what waits for something looks again. */
  private readonly progress = new BehaviorSubject<undefined>(undefined);
  private isRetrying = false;
  readonly acknowledged$: Observable<number>;
  readonly status$: Observable<WriterStatus> = this.statuses.asObservable();

  constructor(acknowledged: number) {
    this.acknowledgements = new BehaviorSubject(acknowledged);
    this.acknowledged$ = this.acknowledgements.asObservable();
    this.statuses.next({ _tag: 'writing' });
  }

  /** Whether a failure would be noticed by anybody. */
  get observed(): boolean {
    return this.acknowledgements.observed || this.statuses.observed;
  }

  retrying(state: Retrying): void {
    this.isRetrying = true;
    this.statuses.next({ _tag: 'retrying', ...state });
  }

  acknowledged(count: number): void {
    if (this.isRetrying) this.statuses.next({ _tag: 'writing' });
    this.isRetrying = false;
    this.acknowledgements.next(count);
    this.moved();
  }

  moved(): void {
    this.progress.next(undefined);
  }

  sealed(): void {
    this.acknowledgements.complete();
    this.statuses.next({ _tag: 'sealed' });
    this.statuses.complete();
    this.moved();
  }

  failed(error: BlissdataError): void {
    this.acknowledgements.error(error);
    this.statuses.next({ _tag: 'failed', error });
    this.statuses.complete();
    this.moved();
  }

  /** Resolves at the first step at which this is so. */
  async until(isSo: () => boolean): Promise<void> {
    await firstValueFrom(this.progress.pipe(first(isSo)));
  }
}

/** What has ended everything that a store does, if it is closed. */
export function closedBy({ untilClosed }: Core): BlissdataError | undefined {
  let reason: BlissdataError | undefined;
  const closed = untilClosed(NEVER).subscribe({
    error: (error: unknown) => {
      if (isBlissdataError(error)) reason = error;
    },
  });
  closed.unsubscribe();
  return reason;
}
