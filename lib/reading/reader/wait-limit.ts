/** How long a reader waits for points: the time begins when it is known that there are none, for only waiting is bounded, not looking. */
import { defer, EMPTY, takeUntil, type Observable, type SchedulerLike } from 'rxjs';
import { after } from '../../model/time.js';

export class WaitLimit {
  private end: number | undefined;

  constructor(
    private readonly ms: number,
    private readonly scheduler: SchedulerLike,
  ) {}

  get isOver(): boolean {
    return this.end !== undefined && this.end <= this.scheduler.now();
  }

  /**
   * What is waited for; completes without it when the time is up. The first wait begins the time, the others have what is left.
   *
   * ```
   * awaited:   ------a-
   * limit(4):  ----|
   * ```
   */
  bound<A>(awaited$: Observable<A>): Observable<A> {
    return defer(() => {
      if (this.isOver) return EMPTY;
      const now = this.scheduler.now();
      this.end ??= now + this.ms;
      return awaited$.pipe(takeUntil(after(this.end - now, this.scheduler)));
    });
  }
}
