/** Sends the small windows of all writers of a store together: hundreds of streams that get a point each make one request. */
import type { Subscription } from 'rxjs';
import type { EndOfTick } from '../model/end-of-tick.js';
import { blissdataError, isOutcomeUnknown, isOutOfMemory, isReadOnlyReplica } from '../model/errors.js';
import type { Database } from '../ports/database.js';
import type { Key } from '../ports/keys.js';
import { transientCause } from '../retry/policy.js';
import { entryOverhead } from '../wire/protocol.js';
import type { FirstAttempt, TravellingWindow } from './travelling-window.js';

/** A writer with points to send. Its methods must not throw. */
export interface Appender {
  /** The next window, if there is still something to send. It comes back by one of the other methods. */
  nextWindow(): TravellingWindow | undefined;
  /** The server has it. */
  appended(window: TravellingWindow): void;
  /** It is to be sent by itself. See `deliver`. */
  deliver(window: TravellingWindow, uncertain?: boolean, first?: FirstAttempt): void;
}

/** Larger windows travel alone: they are worth a request, and one that breaks its connection is soon found out. */
const smallBytes = 16 << 10;
/** The size of a request, so that the server answers others in between. */
const jointBytes = 64 << 10;

interface Sent {
  readonly appender: Appender;
  readonly window: TravellingWindow;
}

/**
 * The windows of one tick, each as a whole or not at all, and none twice: whatever does not simply succeed goes on window by window, as if
 * each had been sent alone.
 *
 * ```
 * a, b, c send:  -(abc)-------
 * request:       -^---!          a, b and c
 *                     ^---!      b, which was refused
 * ```
 */
export class AppendScheduler {
  private due: Appender[] = [];
  private gathering: Subscription | undefined;

  constructor(
    private readonly database: Pick<Database, 'append' | 'sizes'>,
    private readonly endOfTick: EndOfTick,
  ) {}

  /** Takes the appender's next window at the end of the tick. To be called once before each. */
  add(appender: Appender): void {
    this.gathering ??= this.endOfTick.schedule(() => this.sendDue());
    this.due.push(appender);
  }

  private sendDue(): void {
    const { due } = this;
    this.due = [];
    this.gathering = undefined;
    const largest = this.database.sizes?.().window ?? Infinity;
    let batch: Sent[] = [];
    let size = 0;
    for (const appender of due) {
      const window = appender.nextWindow();
      if (window === undefined) continue;
      const added = window.bytes + window.entries.length * entryOverhead;
      if (added > Math.min(smallBytes, largest)) {
        appender.deliver(window);
        continue;
      }
      if (size + added > Math.min(jointBytes, largest)) {
        this.send(batch);
        batch = [];
        size = 0;
      }
      batch.push({ appender, window });
      size += added;
    }
    if (batch.length > 0) this.send(batch);
  }

  private send(batch: readonly Sent[]): void {
    // eslint-disable-next-line rxjs-x/no-ignored-subscription -- windows that were sent are not cancelled
    this.database.append(batch.map(({ window }) => window)).subscribe({
      next: (results) =>
        batch.forEach(({ appender, window }, i) => {
          const result = results[i];
          if (result?._tag === 'appended') appender.appended(window);
          else appender.deliver(window, false, result === undefined || result._tag === 'sendAlone' ? undefined : () => result);
        }),
      error: (error: unknown) => {
        // What passes concerns all alike, and is waited for. Anything else may be about one of them.
        const isShared = batch.length === 1 || transientCause(error, true) !== undefined;
        for (const { appender, window } of batch) {
          if (isShared) appender.deliver(window, false, () => fail(error, window.key));
          else appender.deliver(window, true);
        }
      },
    });
  }
}

/** Throws a request's error as a window's. */
function fail(error: unknown, key: Key): never {
  if (isOutcomeUnknown(error)) throw blissdataError('OutcomeUnknown', { key, reason: error.reason }, error.cause);
  if (isOutOfMemory(error)) throw blissdataError('OutOfMemory', { key });
  if (isReadOnlyReplica(error)) throw blissdataError('ReadOnlyReplica', { url: error.url, key });
  throw error;
}
