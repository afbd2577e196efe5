/** Waits until a starting server logs that it accepts connections. */
import * as E from 'fp-ts/lib/Either.js';
import { asyncScheduler } from 'rxjs';
import { blissdataError, type BlissdataError } from '../model/errors.js';
import { doAfter } from '../model/time.js';
import type { LogTail } from './log-tail.js';

export interface Starting {
  /** The server's name in messages. */
  readonly name: string;
  readonly port: number;
  readonly log: LogTail;
  /** Resolves when the process has ended; code null: by a signal, or it could not be executed. */
  readonly exited: Promise<{ readonly code: number | null }>;
  /** How long to wait, in milliseconds. */
  readonly readyWithin: number;
  readonly signal: AbortSignal | undefined;
}

/** Rejects with `PortInUse`, with `NoServer` and the last lines of the log, or with the reason of the abort signal. */
export function ready({ name, port, log, exited, readyWithin, signal }: Starting): Promise<void> {
  return new Promise((resolve, reject) => {
    const notReady = (what: string): BlissdataError =>
      blissdataError('NoServer', { tried: [`${name}: ${what}`, ...log.lines()], advice: 'The lines above are the end of its log.' });
    const settle = (done: () => void): void => {
      timer.unsubscribe();
      unfollow();
      signal?.removeEventListener('abort', abort);
      done();
    };
    const abort = (): void => settle(() => reject(E.toError(signal?.reason)));
    const giveUp = (): void => settle(() => reject(notReady(`not ready after ${readyWithin / 1000} s`)));
    // If other work has blocked the event loop, the line may have arrived already: input is read before immediates run.
    const timer = doAfter(readyWithin, asyncScheduler, () => void setImmediate(giveUp));
    const unfollow = log.follow((line) => {
      if (/ready to accept connections/i.test(line)) settle(resolve);
    });
    signal?.addEventListener('abort', abort);
    void exited.then(({ code }) =>
      settle(() => {
        const taken = log.lines().some((line) => /address already in use|port is already allocated/i.test(line));
        reject(taken ? blissdataError('PortInUse', { port }) : notReady(code === null ? 'could not be executed' : `ended with exit code ${code}`));
      }),
    );
  });
}
