/** A pause of a server: work waits until it ends, in order of arrival. */
import { Subscription, type SchedulerLike } from 'rxjs';
import { doAfter } from '../model/time.js';

export class Pause {
  private until = -Infinity;
  private readonly waiting = new Set<() => void>();
  private timer: Subscription | undefined;

  constructor(private readonly scheduler: SchedulerLike) {}

  get lasts(): boolean {
    return this.scheduler.now() < this.until;
  }

  /** Begins a pause of so many ms, which also replaces one under way. */
  begin(ms: number): void {
    this.until = this.scheduler.now() + ms;
    this.timer?.unsubscribe();
    this.timer = undefined;
    if (this.waiting.size > 0) this.startTimer();
  }

  /** Does work at the end of the pause, or at once if there is none. Unsubscribing cancels it. */
  after(work: () => void): Subscription {
    if (!this.lasts) {
      work();
      return Subscription.EMPTY;
    }
    this.waiting.add(work);
    if (this.timer === undefined) this.startTimer();
    return new Subscription(() => {
      this.waiting.delete(work);
      if (this.waiting.size > 0) return;
      this.timer?.unsubscribe();
      this.timer = undefined;
    });
  }

  private startTimer(): void {
    this.timer = doAfter(this.until - this.scheduler.now(), this.scheduler, () => {
      this.timer = undefined;
      const due = [...this.waiting];
      this.waiting.clear();
      for (const work of due) this.after(work);
    });
  }
}
