/** One listener a signal for all of a process, with what is to be closed when it comes: shared by all copies of the package. */
import { constants } from 'node:os';
import { asyncScheduler } from 'rxjs';
import { isStoreClosed, isStreamSealed, isUnauthorizedStateTransition } from '../model/errors.js';

export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGBREAK' | 'SIGQUIT' | 'SIGUSR1' | 'SIGUSR2';

/** Answers what could not be closed, a line each. */
type Close = () => Promise<readonly string[]>;

export interface Entry {
  readonly signals: readonly Signal[];
  /** Whether there is nothing left to be closed. */
  readonly isOver: () => boolean;
  /** Begins: the time that it may take runs from here. Scans need their stores to be closed. */
  readonly begin: () => { readonly scans: Close; readonly stores: Close };
}

export interface Registry {
  readonly add: (entry: Entry) => void;
  readonly remove: (entry: Entry) => void;
}

/** npm and others pass on to their child what the terminal has sent it already: that is not the second Ctrl-C of somebody impatient. In ms. */
const echo = 100;

const place = 'blissdata-rx.signals';
interface Shared {
  [place]?: Registry | undefined;
}
const shared: Shared & typeof globalThis = globalThis;

export function registry(): Registry {
  const { [place]: known } = shared;
  const one = known ?? newRegistry();
  shared[place] = one;
  return one;
}

function newRegistry(): Registry {
  const entries = new Set<Entry>();
  const heard = new Set<Signal>();
  let since: number | undefined;

  const onSignal = (signal: NodeJS.Signals): void => {
    const exit = (): never => process.exit(128 + constants.signals[signal]);
    const isOurs = process.listeners(signal).every((listener) => listener === onSignal);
    if (since === undefined) {
      since = asyncScheduler.now();
      const mine = [...entries].filter(({ signals }) => signals.some((each) => each === signal));
      void closeAll(mine, signal, isOurs).then(() => {
        since = undefined;
        for (const entry of mine) remove(entry);
        if (isOurs) exit();
      });
    } else if (isOurs && asyncScheduler.now() - since >= echo) exit();
  };

  /** As long as there is nothing to be closed, a signal does what it does without us. */
  const listen = (): void => {
    const wanted = new Set([...entries].flatMap(({ signals }) => signals));
    for (const signal of wanted) if (!heard.has(signal)) process.on(signal, onSignal);
    for (const signal of heard) if (!wanted.has(signal)) process.off(signal, onSignal);
    heard.clear();
    for (const signal of wanted) heard.add(signal);
  };
  const remove = (entry: Entry): void => {
    entries.delete(entry);
    listen();
  };
  return {
    add: (entry) => {
      // A process may publish one scan after another.
      for (const other of entries) if (other.isOver()) entries.delete(other);
      entries.add(entry);
      listen();
    },
    remove,
  };
}

/** @param isOurs whether the process ends afterwards: until then the program's own end, which may come in the very moment before, does not count */
async function closeAll(entries: readonly Entry[], signal: string, isOurs: boolean): Promise<void> {
  // Until the very end: Node reports what a module's top-level await rejects with between two microtasks.
  if (isOurs) process.on('uncaughtException', onConsequence);
  const begun = entries.map(({ begin }) => begin());
  const ofScans = await Promise.all(begun.map(({ scans }) => scans()));
  const ofStores = await Promise.all(begun.map(({ stores }) => stores()));
  for (const line of [...ofScans, ...ofStores].flat()) process.stderr.write(`blissdata-rx: ${signal}: ${line}\n`);
}

/** The program goes on while its scans are closed, and finds them closed: that must not end it before they are. */
function onConsequence(error: unknown): void {
  if (isStreamSealed(error) || isStoreClosed(error) || isUnauthorizedStateTransition(error)) return;
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}
