/** Sends the entries that a writer has gathered: one window at a time, while the next one is gathered. */
import type { EntryBuilder } from '../wire/encoding/entry-builder.js';
import type { Appender } from './append-scheduler.js';
import { deliver, type Delivery } from './append-window.js';
import { windowOf, type FirstAttempt, type TravellingWindow, type WindowStart } from './travelling-window.js';

/** The size of a window: large enough to make the round trip cheap, small enough to keep the server responsive. */
const windowBytes = 4 << 20;
const windowEntries = 2000;

/** The writer whose entries are sent. */
interface Sending extends Delivery {
  readonly builder: Pick<EntryBuilder, 'take' | 'split' | 'pendingPoints'>;
  /** Where the first window goes. */
  readonly start: WindowStart;
  /** The server has all points before this index. */
  readonly onAcknowledged: (index: number) => void;
  /** A window was delivered, and none is travelling. */
  readonly onDelivered: () => void;
  readonly onFailure: (error: unknown) => void;
}

export class WindowSender implements Appender {
  /** Where the next window goes. */
  private end: WindowStart;
  private travelling: TravellingWindow | undefined;
  /** Whether the next window will be taken at the end of the tick. */
  private isDue = false;

  constructor(private readonly sending: Sending) {
    this.end = sending.start;
  }

  get bytes(): number {
    return this.travelling?.bytes ?? 0;
  }

  /** Sends what there is at the end of the tick, or once the travelling window has arrived. */
  send(): void {
    if (this.travelling !== undefined || this.isDue) return;
    try {
      this.sending.core.appends.add(this);
      this.isDue = true;
    } catch (error) {
      this.sending.onFailure(error);
    }
  }

  /** Forgets the window that is travelling. */
  discard(): void {
    this.travelling = undefined;
  }

  /** The window's bytes stay unchanged until the server has them: they may have to be sent again. */
  nextWindow(): TravellingWindow | undefined {
    const { core, source, builder, onFailure } = this.sending;
    this.isDue = false;
    try {
      const drafts = builder.take(Math.min(windowBytes, core.database.sizes?.().window ?? Infinity), windowEntries);
      if (drafts.length > 0) this.travelling = windowOf(source, this.end, drafts);
    } catch (error) {
      onFailure(error);
    }
    return this.travelling;
  }

  appended({ next }: TravellingWindow): void {
    this.travelling = undefined;
    this.advance(next);
    this.goOn();
  }

  deliver(window: TravellingWindow, uncertain?: boolean, first?: FirstAttempt): void {
    const { onFailure, onDelivered } = this.sending;
    // eslint-disable-next-line rxjs-x/no-ignored-subscription -- a window that was sent is not cancelled
    deliver(this.sending, window, uncertain, first).subscribe({
      next: (end) => this.advance(end),
      error: onFailure,
      complete: () => {
        this.travelling = undefined;
        onDelivered();
        this.goOn();
      },
    });
  }

  private advance(end: WindowStart): void {
    this.end = end;
    this.sending.onAcknowledged(end.index);
  }

  private goOn(): void {
    if (this.sending.builder.pendingPoints > 0) this.send();
  }
}
