/** How fast a session may send requests: so many a second, after a burst that it may always send. */
import type { SchedulerLike } from 'rxjs';

const perSecond = 500;
const burst = 1000;
/** More waiting messages would be more than 5 s behind. */
export const mostLate = 5 * perSecond;

export class RequestRate {
  /** When all that was sent would have been sent at the permitted rate, in ms. */
  private even = -Infinity;

  constructor(private readonly scheduler: SchedulerLike) {}

  /** For how many ms the next request has to wait; not positive if it need not. */
  get wait(): number {
    const now = this.scheduler.now();
    // One request is not that far ahead: the clock was set back.
    if (this.even > now + burst) this.even = now;
    return this.even - now;
  }

  count(requests: number): void {
    this.even = Math.max(this.even, this.scheduler.now() - (1000 * burst) / perSecond) + (1000 * requests) / perSecond;
  }
}
