/** Lets those who ask the same within one tick ask once. */
import { concat, defer, EMPTY, finalize, observeOn, share, type Observable, type SchedulerLike } from 'rxjs';

/**
 * Only questions that are not sent yet are shared: an answer that is on its way already may be older than the change that made
 * the next one ask.
 */
export class SameTick {
  private readonly gathering = new Map<string, Observable<unknown>>();

  /** @param endOfTick when what was gathered is sent */
  constructor(private readonly endOfTick: SchedulerLike) {}

  /** Emits what `ask` does. Everybody of one tick who names the same question gets the same answer. */
  ask<A>(question: string, ask: () => Observable<A>): Observable<A>;
  ask(question: string, ask: () => Observable<unknown>): Observable<unknown> {
    return defer(() => {
      const present$ = this.gathering.get(question);
      if (present$ !== undefined) return present$;
      const forget = (): void => {
        if (this.gathering.get(question) === shared$) this.gathering.delete(question);
      };
      const shared$: Observable<unknown> = concat(
        EMPTY.pipe(observeOn(this.endOfTick)),
        defer(() => {
          forget();
          return ask();
        }),
      ).pipe(finalize(forget), share());
      this.gathering.set(question, shared$);
      return shared$;
    });
  }
}
