/** Closes scans and stores when a signal ends the process, which runs no `finally`. */
/// <reference lib="esnext.disposable" preserve="true" />
import * as E from 'fp-ts/lib/Either.js';
import { asyncScheduler, catchError, defer, firstValueFrom, map, of, race, type SchedulerLike } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import { ScanState } from '../model/scan-state.js';
import { after, requireTime } from '../model/time.js';
import { signalHandlers, type Registration, type Signal } from './signal-handlers.js';

/** The part of a `ScanWriter` that is used here. */
export interface ClosableScan {
  readonly key: string;
  readonly state: ScanState;
  info: Record<string, unknown>;
  close(): Promise<void>;
}

/** The part of a `DataStore` that is used here. */
export interface ClosableStore {
  close(options?: { readonly within?: number }): Promise<void>;
}

export interface CloseOnSignalOptions {
  /** `['SIGINT', 'SIGTERM', 'SIGHUP']` by default: Ctrl-C, `kill`, and a closed terminal. */
  readonly signals?: readonly Signal[];
  /** How many ms closing may take, 10,000 by default. Then the process ends all the same, and writes to standard error what was not closed. */
  readonly within?: number;
  /** The `end_reason` for the info of a scan that has none yet: `'USER_ABORT'` by default, as in Python; `undefined` for none. */
  readonly endReason?: string | undefined;
  /** For tests in virtual time. */
  readonly scheduler?: SchedulerLike;
}

/** Call it to cancel: from then on signals do what they did before. */
export interface SignalRegistration extends Disposable {
  (): void;
}

/**
 * Closes scans and stores when the process gets SIGINT (Ctrl-C), SIGTERM or SIGHUP: points that were sent are written, streams are sealed, and
 * scans are CLOSED with the `end_reason` `'USER_ABORT'`. Scans are closed first, then stores. Then the process exits with code 128 + the
 * signal's number (130 for Ctrl-C), unless the program has a listener for the signal too, and so ends itself. A second signal
 * ends the process at once.
 *
 * Stays in force until it is cancelled, or until all its scans are CLOSED; it does not keep the process alive. The program goes on meanwhile:
 * `send` then throws `StreamSealed`, which does not end the process before everything is closed.
 *
 * Throws `InvalidArgument` for targets without `close()`, and for an invalid time.
 *
 * @example
 * const scan = await store.createScan({ name: 'ascan', number: 1, data_policy: 'ESRF' });
 * closeOnSignal([scan, store]);
 */
export function closeOnSignal(targets: ClosableScan | ClosableStore | readonly (ClosableScan | ClosableStore)[], options: CloseOnSignalOptions = {}): SignalRegistration {
  const { signals = ['SIGINT', 'SIGTERM', 'SIGHUP'], within = 10_000, scheduler = asyncScheduler } = options;
  const endReason = 'endReason' in options ? options.endReason : 'USER_ABORT';
  requireTime('within', within);
  const all = isList(targets) ? targets : [targets];
  if (!all.every(isClosable)) throw blissdataError('InvalidArgument', { argument: 'targets', expected: 'scan writers and stores', received: 'something that has no close()' });
  const scans = all.filter(isScan);
  const stores = all.filter((target) => !isScan(target));

  const registration: Registration = {
    signals,
    isDone: () => stores.length === 0 && scans.every(({ state }) => state === ScanState.CLOSED),
    begin: () => {
      const until = scheduler.now() + within;
      const remaining = (): number => Math.max(0, until - scheduler.now());
      return {
        closeScans: () => closeAll(scans.map((scan) => ({ name: scan.key, close: () => closeScan(scan, endReason) })), remaining(), scheduler),
        closeStores: () => closeAll(stores.map((store) => ({ name: 'a store', close: () => store.close({ within: remaining() }) })), remaining() + disconnecting, scheduler),
      };
    },
  };
  const { add, remove } = signalHandlers();
  add(registration);
  const cancel = (): void => remove(registration);
  return Object.assign(cancel, { [Symbol.dispose]: cancel });
}

/** How many ms a store may take to disconnect when it has no time left to flush. */
const disconnecting = 1000;

async function closeScan(scan: ClosableScan, endReason: string | undefined): Promise<void> {
  if (scan.state !== ScanState.CLOSED && endReason !== undefined) scan.info['end_reason'] ??= endReason;
  await scan.close();
}

interface Closing {
  readonly name: string;
  readonly close: () => Promise<void>;
}

/** Resolves to a line for each target that could not be closed in time. */
async function closeAll(targets: readonly Closing[], ms: number, scheduler: SchedulerLike): Promise<readonly string[]> {
  const lines = targets.map(async ({ name, close }) => {
    const closed$ = defer(close).pipe(map(() => []), catchError((error: unknown) => of([`${name} was not closed: ${E.toError(error).message}`])));
    return firstValueFrom(race(closed$, after(ms, scheduler).pipe(map(() => [`${name} could not be closed within the time given for it`]))));
  });
  return (await Promise.all(lines)).flat();
}

const isList = <A extends object>(targets: A | readonly A[]): targets is readonly A[] => Array.isArray(targets);

const isClosable = (target: unknown): boolean => typeof target === 'object' && target !== null && 'close' in target && typeof target.close === 'function';

const isScan = (target: ClosableScan | ClosableStore): target is ClosableScan => 'state' in target && 'info' in target;
