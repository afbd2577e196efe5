/** The mark that a wake leaves on a reader, so that none is lost between two looks. */
import { of, Subject, take, type Observable, type Subscription, type Unsubscribable } from 'rxjs';

/** Lives as long as its reader: a wake may come while the reader is doing something else. */
export class DirtyFlag implements Unsubscribable {
  private rung = false;
  private readonly rings$ = new Subject<void>();
  private readonly subscription: Subscription;

  constructor(changes$: Observable<void>) {
    this.subscription = changes$.subscribe({
      next: () => {
        this.rung = true;
        this.rings$.next();
      },
      error: (error: unknown) => this.rings$.error(error),
    });
  }

  /** Clears the mark, and tells whether it was set. */
  clear(): boolean {
    const { rung } = this;
    this.rung = false;
    return rung;
  }

  /** Emits once: at once if there was a wake since the mark was cleared, otherwise at the next one. */
  next(): Observable<void> {
    return this.rung ? of(undefined) : this.rings$.pipe(take(1));
  }

  unsubscribe(): void {
    this.subscription.unsubscribe();
  }
}
