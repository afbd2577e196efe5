/** What a store shares with its scans and streams: its database with retries, its status, and its end. */
import { asapScheduler, asyncScheduler, BehaviorSubject, firstValueFrom, ReplaySubject, takeUntil, type Observable } from 'rxjs';
import { blissdataError, isBlissdataError } from '../model/errors.js';
import type { Database } from '../ports/database.js';
import type { Status } from '../ports/status.js';
import { coreOver } from '../reading/core.js';
import { retryingDatabase } from '../retry/middleware.js';
import { retryPolicy } from '../retry/policy.js';
import { Retries } from '../retry/retries.js';
import { AppendScheduler } from '../stream/append-scheduler.js';
import { PendingWrites, type WritingCore } from '../stream/pending-writes.js';
import { checkedDatabase } from './checked-database.js';
import { flushWithin, type CloseOptions } from './closing.js';
import type { StoreOptions } from './store-options.js';

export interface StoreCore {
  readonly core: WritingCore;
  readonly status$: Observable<Status>;
  readonly close: (options: CloseOptions) => Promise<void>;
}

type Options = Pick<StoreOptions, 'byteBudget' | 'retry' | 'scheduler' | 'waitForServer'>;

/** @throws InvalidArgument for an invalid retry policy */
export function storeCore(database: Database, { byteBudget, retry, scheduler = asyncScheduler, waitForServer = false }: Options): StoreCore {
  const status = new BehaviorSubject<Status>({ _tag: 'idle' });
  const recovered = (): void => {
    if (status.value._tag === 'failed' || status.value._tag === 'retrying') status.next({ _tag: 'ready' });
  };
  const failed = (error: unknown): void => {
    if (isBlissdataError(error)) status.next({ _tag: 'failed', error });
  };
  const reports = { retrying: (next: Omit<Status & { _tag: 'retrying' }, '_tag'>): void => status.next({ _tag: 'retrying', ...next }), givenUp: failed, recovered };
  const retries = new Retries(retryPolicy(retry), scheduler, { reports, waitForServer });
  const relay = database.status$.subscribe({
    next: (raw) => {
      if (raw._tag === 'ready') retries.connected();
      status.next(raw);
    },
    error: failed,
    complete: () => status.complete(),
  });
  const closed = new ReplaySubject<never>(1);
  // A database that was not set up at first use, and is now, has recovered.
  const reading = coreOver(retryingDatabase(checkedDatabase(database, failed, recovered), retries), {
    untilClosed: (source$) => source$.pipe(takeUntil(closed)),
    scheduler,
    // A test's virtual time has ticks of its own.
    endOfTick: scheduler === asyncScheduler ? asapScheduler : scheduler,
    ...(byteBudget === undefined ? {} : { byteBudget }),
  });
  const core = { ...reading, retries, pendingWrites: new PendingWrites(), appends: new AppendScheduler(reading.database, reading.endOfTick) };

  const close = async (options: CloseOptions): Promise<void> => {
    const flushed = flushWithin(core, options);
    await flushed.inTime;
    retries.beginClose();
    closed.error(blissdataError('StoreClosed', {}));
    retries.close();
    await firstValueFrom(database.close(), { defaultValue: undefined });
    relay.unsubscribe();
    for (const result of await flushed.all) if (result.status === 'rejected') throw result.reason;
    if (core.pendingWrites.failure !== undefined) throw core.pendingWrites.failure;
  };
  return { core, status$: status.asObservable(), close };
}
