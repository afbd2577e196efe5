/** What a store is made of beneath its scans: its database, asked patiently, and how that is getting on. */
import { asapScheduler, asyncScheduler, BehaviorSubject, type Observable } from 'rxjs';
import { isBlissdataError } from '../model/errors.js';
import { coreOver } from '../reading/core.js';
import { retryingDatabase } from '../retry/middleware.js';
import { Retries } from '../retry/retries.js';
import { retryPolicy } from '../retry/policy.js';
import { PendingWrites, type WritingCore } from '../stream/pending-writes.js';
import type { Database } from '../ports/database.js';
import type { Status } from '../ports/status.js';
import { checkedDatabase } from './checked-database.js';
import type { StoreOptions } from './store-options.js';

export interface StoreCore {
  readonly core: WritingCore;
  readonly status$: Observable<Status>;
  /** Follows the database's status no more. */
  readonly release: () => void;
}

type Options = Pick<StoreOptions, 'byteBudget' | 'retry' | 'scheduler' | 'waitForServer'>;

/** @throws InvalidArgument for a retry policy that is none */
export function storeCore(rawDatabase: Database, { byteBudget, retry, scheduler = asyncScheduler, waitForServer = false }: Options, untilClosed: WritingCore['untilClosed']): StoreCore {
  const status = new BehaviorSubject<Status>({ _tag: 'idle' });
  // It may have failed before, while somebody was still setting the database up.
  const right = (): void => {
    if (status.value._tag === 'failed' || status.value._tag === 'retrying') status.next({ _tag: 'ready' });
  };
  const failed = (error: unknown): void => {
    if (isBlissdataError(error)) status.next({ _tag: 'failed', error });
  };
  const retries = new Retries(retryPolicy(retry), scheduler, { reports: { retrying: (next) => status.next({ _tag: 'retrying', ...next }), givenUp: failed, recovered: right }, waitForServer });
  const relay = rawDatabase.status$.subscribe({
    next: (raw) => {
      if (raw._tag === 'ready') retries.connected();
      status.next(raw);
    },
    error: failed,
    complete: () => status.complete(),
  });
  const reading = coreOver(retryingDatabase(checkedDatabase(rawDatabase, failed, right), retries), {
    untilClosed,
    scheduler,
    // A test's virtual time has ticks of its own.
    endOfTick: scheduler === asyncScheduler ? asapScheduler : scheduler,
    ...(byteBudget === undefined ? {} : { byteBudget }),
  });
  return { core: { ...reading, retries, pendingWrites: new PendingWrites() }, status$: status.asObservable(), release: () => relay.unsubscribe() };
}
