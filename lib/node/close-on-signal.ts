/** Closes scans and stores when the process is told to end: a `finally` does not run when a signal ends it. */
import * as E from 'fp-ts/lib/Either.js';
import { asyncScheduler, catchError, defer, firstValueFrom, map, of, race, type SchedulerLike } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import { ScanState } from '../model/scan-state.js';
import { after, requireTime } from '../model/time.js';
import { registry, type Entry, type Signal } from './signal-registry.js';

/** What a scan has of use here: a `ScanWriter`. */
export interface ClosableScan {
  readonly key: string;
  readonly state: ScanState;
  info: Record<string, unknown>;
  close(): Promise<void>;
}

/** What a store has of use here: a `DataStore`. */
export interface ClosableStore {
  close(options?: { readonly within?: number }): Promise<void>;
}

export interface CloseOnSignalOptions {
  /** Ctrl-C, `kill`, and a terminal that is closed, by default: `['SIGINT', 'SIGTERM', 'SIGHUP']`. */
  readonly signals?: readonly Signal[];
  /** How many ms closing may take, 10,000 by default; then the process ends all the same, and says on standard error what was not closed. */
  readonly within?: number;
  /** The `end_reason` in the info of a scan that has none yet: `'USER_ABORT'` by default, as in Python; `undefined` for none. */
  readonly endReason?: string | undefined;
  /** For tests in virtual time. */
  readonly scheduler?: SchedulerLike;
}

/** Ends it: from then on signals do what they did before. */
export interface SignalRegistration extends Disposable {
  (): void;
}

/**
 * Closes a scan, a store, or several of them, when the process gets SIGINT (Ctrl-C), SIGTERM or SIGHUP: what was sent is written, the
 * streams are sealed, and the scan is CLOSED with the `end_reason` `'USER_ABORT'`. Scans are closed first, then stores. Then the process
 * ends with the exit code 128 + the signal's number (130 for Ctrl-C), unless the program listens for the signal as well: then its end
 * is the program's business. A second signal ends the process at once.
 *
 * It is in force until it is called off, and for a scan no longer than until that is CLOSED; it keeps no process alive. Whatever the
 * program does meanwhile goes on: `send` throws `StreamSealed` then, which does not end the process before all is closed.
 *
 * `InvalidArgument` for what cannot be closed, and for a time that is none.
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

  const entry: Entry = {
    signals,
    isOver: () => stores.length === 0 && scans.every(({ state }) => state === ScanState.CLOSED),
    begin: () => {
      const until = scheduler.now() + within;
      const left = (): number => Math.max(0, until - scheduler.now());
      return {
        scans: () => inTime(scans.map((scan) => ({ name: scan.key, close: () => closeScan(scan, endReason) })), left(), scheduler),
        // One that may not wait any more has yet to hang up.
        stores: () => inTime(stores.map((store) => ({ name: 'a store', close: () => store.close({ within: left() }) })), left() + hangingUp, scheduler),
      };
    },
  };
  const { add, remove } = registry();
  add(entry);
  const end = (): void => remove(entry);
  return Object.assign(end, { [Symbol.dispose]: end });
}

/** In ms. */
const hangingUp = 1000;

async function closeScan(scan: ClosableScan, endReason: string | undefined): Promise<void> {
  if (scan.state !== ScanState.CLOSED && endReason !== undefined) scan.info['end_reason'] ??= endReason;
  await scan.close();
}

interface Closing {
  readonly name: string;
  readonly close: () => Promise<void>;
}

/** What was not closed in time, or could not be, a line each. */
async function inTime(all: readonly Closing[], ms: number, scheduler: SchedulerLike): Promise<readonly string[]> {
  const lines = all.map(async ({ name, close }) => {
    const done$ = defer(close).pipe(map(() => []), catchError((error: unknown) => of([`${name} was not closed: ${E.toError(error).message}`])));
    return firstValueFrom(race(done$, after(ms, scheduler).pipe(map(() => [`${name} could not be closed within the time given for it`]))));
  });
  return (await Promise.all(lines)).flat();
}

const isList = <A extends object>(targets: A | readonly A[]): targets is readonly A[] => Array.isArray(targets);

const isClosable = (target: unknown): boolean => typeof target === 'object' && target !== null && 'close' in target && typeof target.close === 'function';

const isScan = (target: ClosableScan | ClosableStore): target is ClosableScan => 'state' in target && 'info' in target;
