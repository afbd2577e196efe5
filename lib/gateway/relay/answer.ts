/** The binary answer to one request, on its way to the session. */
import type { Lane, Outbox } from './outbox.js';

export class Answer implements Lane {
  readonly kind = 'answer';
  private readonly messages: Uint8Array[] = [];
  private isComplete = false;
  private untilTaken: (() => void) | undefined;
  private readonly afterwards: (() => void)[] = [];

  /** @param finished called once the last message has been handed to the socket */
  constructor(
    private readonly outbox: Outbox,
    private readonly finished: () => void,
  ) {}

  put(message: Uint8Array): void {
    this.messages.push(message);
    this.outbox.offer(this);
  }

  /** The last message. */
  end(message: Uint8Array): void {
    this.isComplete = true;
    this.put(message);
  }

  /** Does more work for this answer once all that there is of it has been handed to the socket. */
  whenTaken(work: () => void): void {
    if (this.messages.length === 0) work();
    else this.untilTaken = work;
  }

  /** Does something once the last message has been handed to the socket. */
  afterIt(work: () => void): void {
    this.afterwards.push(work);
  }

  withdraw(): void {
    this.messages.length = 0;
    this.untilTaken = undefined;
    this.isComplete = false;
    this.outbox.withdraw(this);
  }

  next(): Uint8Array | undefined {
    return this.messages.shift();
  }

  sent(): void {
    if (this.messages.length > 0) return;
    const { untilTaken } = this;
    this.untilTaken = undefined;
    if (this.isComplete) {
      for (const work of this.afterwards) work();
      this.finished();
    } else untilTaken?.();
  }
}
