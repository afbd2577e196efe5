/** The binary answer to one request, on its way to the session. */
import type { Lane, Outbox } from './outbox.js';

export class Answer implements Lane {
  readonly kind = 'answer';
  private readonly messages: Uint8Array[] = [];
  private isComplete = false;
  /** Whether the database works on more of it, which nothing can stop. */
  private isAwaited = true;
  isCancelled = false;
  /** Whether a message that was begun is still to be sent to its end. */
  private isLeaving = false;
  private untilTaken: (() => void) | undefined;
  private readonly afterwards: (() => void)[] = [];

  /** @param finished called once the last message has been handed to the socket, or nothing is left to do for one that was cancelled */
  constructor(
    private readonly outbox: Outbox,
    private readonly finished: () => void,
  ) {}

  put(message: Uint8Array): void {
    if (this.isCancelled) return;
    this.messages.push(message);
    this.outbox.offer(this);
  }

  /** The last message. */
  end(message: Uint8Array): void {
    this.isComplete = true;
    this.isAwaited = false;
    if (this.isCancelled) this.finishIfLeft();
    else this.put(message);
  }

  /** Does more work for this answer once all that there is of it has been handed to the socket. */
  whenTaken(work: () => void): void {
    if (!this.isCancelled && this.messages.length === 0) return work();
    this.isAwaited = false;
    this.untilTaken = work;
    this.finishIfLeft();
  }

  /** Does something once the last message has been handed to the socket. */
  afterIt(work: () => void): void {
    this.afterwards.push(work);
  }

  /** The answer is not wanted any more. It is finished once the database is, and once what was begun has been sent. */
  cancel(): void {
    this.isCancelled = true;
    this.withdraw();
    this.finishIfLeft();
  }

  /** What was not begun is not sent. */
  withdraw(): void {
    this.messages.length = 0;
    this.isLeaving = !this.outbox.withdraw(this);
  }

  private finishIfLeft(): void {
    if (this.isCancelled && !this.isAwaited && !this.isLeaving) this.finished();
  }

  next(): Uint8Array | undefined {
    return this.messages.shift();
  }

  sent(): void {
    if (this.isCancelled) {
      this.isLeaving = false;
      return this.finishIfLeft();
    }
    if (this.messages.length > 0) return;
    const { untilTaken } = this;
    this.untilTaken = undefined;
    if (this.isComplete) {
      for (const work of this.afterwards) work();
      this.finished();
    } else if (untilTaken !== undefined) {
      this.isAwaited = true;
      untilTaken();
    }
  }
}
