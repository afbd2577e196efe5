/** What a store is made of beneath its scans: its database, asked patiently, and how that is getting on. */
import { asapScheduler, asyncScheduler, BehaviorSubject, type Observable } from 'rxjs';
import { isBlissdataError } from '../model/errors.js';
import { coreOver, type Core } from '../reading/core.js';
import { retryingDatabase } from '../retry/retrying-database.js';
import { Retries } from '../retry/retries.js';
import { retryPolicy } from '../retry/policy.js';
import type { Database } from '../ports/database.js';
import type { Status } from '../ports/status.js';
import { checkedDatabase } from './checked-database.js';
import type { StoreOptions } from './store-options.js';

export interface StoreCore {
  readonly core: Core;
  readonly status$: Observable<Status>;
  /** Follows the database's status no more. */
  readonly release: () => void;
}

type Options = Pick<StoreOptions, 'byteBudget' | 'retry' | 'scheduler' | 'waitForServer'>;

/** @throws InvalidArgument for a retry policy that is none */
export function storeCore(rawDatabase: Database, { byteBudget, retry, scheduler = asyncScheduler, waitForServer = false }: Options, untilClosed: Core['untilClosed']): StoreCore {
  const status = new BehaviorSubject<Status>({ _tag: 'idle' });
  // It may have failed before, while somebody was still setting the database up.
  const right = (): void => {
    if (status.value._tag === 'failed' || status.value._tag === 'retrying') status.next({ _tag: 'ready' });
  };
  const failed = (error: unknown): void => {
    if (isBlissdataError(error)) status.next({ _tag: 'failed', error });
  };
  const retries = new Retries(retryPolicy(retry), scheduler, { retrying: (state) => status.next({ _tag: 'retrying', ...state }), givenUp: failed, over: right }, waitForServer);
  const relay = rawDatabase.status$.subscribe({
    next: (raw) => {
      if (raw._tag === 'ready') retries.reached();
      status.next(raw);
    },
    error: failed,
    complete: () => status.complete(),
  });
  const core = coreOver(retryingDatabase(checkedDatabase(rawDatabase, failed, right), retries), {
    untilClosed,
    scheduler,
    retries,
    // A test's virtual time has ticks of its own.
    endOfTick: scheduler === asyncScheduler ? asapScheduler : scheduler,
    ...(byteBudget === undefined ? {} : { byteBudget }),
  });
  return { core, status$: status.asObservable(), release: () => relay.unsubscribe() };
}
