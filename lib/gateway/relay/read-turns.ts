/** How many feeds of a session may read for themselves at a time: each has a frame in memory until the socket has room for it. */
import type { Lane, Outbox } from './outbox.js';

const atOnce = 2;

export class ReadTurns {
  private readonly reading = new Set<Lane>();
  private readonly waiting = new Set<Lane>();

  constructor(private readonly outbox: Outbox) {}

  /** Whether it is the lane's turn; otherwise it is offered to the outbox when it is. */
  take(lane: Lane): boolean {
    if (this.reading.has(lane)) return true;
    if (this.reading.size >= atOnce) {
      this.waiting.add(lane);
      return false;
    }
    this.reading.add(lane);
    return true;
  }

  leave(lane: Lane): void {
    this.waiting.delete(lane);
    if (!this.reading.delete(lane)) return;
    const [next] = this.waiting;
    if (next === undefined) return;
    this.waiting.delete(next);
    this.outbox.offer(next);
  }
}
