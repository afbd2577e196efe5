/** One listener per signal and process, which closes what was registered: shared by all copies of the package. */
import { constants } from 'node:os';
import { asyncScheduler } from 'rxjs';
import { isStoreClosed, isStreamSealed, isUnauthorizedStateTransition } from '../model/errors.js';

export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGBREAK' | 'SIGQUIT' | 'SIGUSR1' | 'SIGUSR2';

/** Resolves to a line for each target that could not be closed. */
type Close = () => Promise<readonly string[]>;

export interface Registration {
  readonly signals: readonly Signal[];
  /** Whether nothing is left to close. */
  readonly isDone: () => boolean;
  /** Starts the time that closing may take. Scans are closed over their stores, and so before them. */
  readonly begin: () => { readonly closeScans: Close; readonly closeStores: Close };
}

interface SignalHandlers {
  readonly add: (registration: Registration) => void;
  readonly remove: (registration: Registration) => void;
}

/** npm and others pass on to their child a signal that the terminal has sent it already: within so many ms that is not a second Ctrl-C. */
const echo = 100;

const place = 'blissdata-rx.signal-handlers';
interface Shared {
  [place]?: SignalHandlers | undefined;
}
const shared: Shared & typeof globalThis = globalThis;

export function signalHandlers(): SignalHandlers {
  const handlers = shared[place] ?? newHandlers();
  shared[place] = handlers;
  return handlers;
}

function newHandlers(): SignalHandlers {
  const registrations = new Set<Registration>();
  const listening = new Set<Signal>();
  let since: number | undefined;

  const onSignal = (signal: NodeJS.Signals): void => {
    const exit = (): never => process.exit(128 + constants.signals[signal]);
    const isOurs = process.listeners(signal).every((listener) => listener === onSignal);
    if (since === undefined) {
      since = asyncScheduler.now();
      const concerned = [...registrations].filter(({ signals }) => signals.some((each) => each === signal));
      void closeAll(concerned, signal, isOurs).then(() => {
        since = undefined;
        for (const registration of concerned) remove(registration);
        if (isOurs) exit();
      });
    } else if (isOurs && asyncScheduler.now() - since >= echo) exit();
  };

  /** With nothing to close, a signal keeps its default effect. */
  const listen = (): void => {
    const wanted = new Set([...registrations].flatMap(({ signals }) => signals));
    for (const signal of wanted) if (!listening.has(signal)) process.on(signal, onSignal);
    for (const signal of listening) if (!wanted.has(signal)) process.off(signal, onSignal);
    listening.clear();
    for (const signal of wanted) listening.add(signal);
  };
  const remove = (registration: Registration): void => {
    registrations.delete(registration);
    listen();
  };
  return {
    add: (registration) => {
      // A process may publish one scan after another.
      for (const other of registrations) if (other.isDone()) registrations.delete(other);
      registrations.add(registration);
      listen();
    },
    remove,
  };
}

/** @param isOurs whether the process exits afterwards: errors that would end it sooner are held back until then */
async function closeAll(registrations: readonly Registration[], signal: string, isOurs: boolean): Promise<void> {
  // Never removed: Node reports the rejection of a module's top-level await between two microtasks.
  if (isOurs) process.on('uncaughtException', onUncaught);
  const closings = registrations.map(({ begin }) => begin());
  const ofScans = await Promise.all(closings.map(({ closeScans }) => closeScans()));
  const ofStores = await Promise.all(closings.map(({ closeStores }) => closeStores()));
  for (const line of [...ofScans, ...ofStores].flat()) process.stderr.write(`blissdata-rx: ${signal}: ${line}\n`);
}

/** The program goes on while its scans are being closed, and fails on them: expected, and not worth a message. */
function onUncaught(error: unknown): void {
  if (isStreamSealed(error) || isStoreClosed(error) || isUnauthorizedStateTransition(error)) return;
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}
