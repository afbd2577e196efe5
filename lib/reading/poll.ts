/** The loop behind everything live: read and, if there is nothing, wait for an invalidation and read again. */
import { concat, defer, first, ignoreElements, of, repeat, Subject, take, type Observable, type Subscription, type Unsubscribable } from 'rxjs';

/** Remembers an invalidation until the next read, so that none is missed while its reader is busy. Lives as long as the reader. */
export class DirtyFlag implements Unsubscribable {
  private isSet = false;
  private readonly sets$ = new Subject<void>();
  private readonly subscription: Subscription;

  constructor(changes$: Observable<void>) {
    this.subscription = changes$.subscribe({
      next: () => {
        this.isSet = true;
        this.sets$.next();
      },
      error: (error: unknown) => this.sets$.error(error),
    });
  }

  /** Clears the flag and returns whether it was set. */
  clear(): boolean {
    const { isSet } = this;
    this.isSet = false;
    return isSet;
  }

  /** Emits once: at once if the flag is set, otherwise when it is. */
  next(): Observable<void> {
    return this.isSet ? of(undefined) : this.sets$.pipe(take(1));
  }

  unsubscribe(): void {
    this.subscription.unsubscribe();
  }
}

/**
 * Reads until it finds something other than `undefined`, emits that, and completes.
 *
 * ```
 * invalidations:  -----x----------x-
 * reads:          --u
 *                      --u
 *                                 --v
 * poll:           ------------------(v|)
 * ```
 *
 * An invalidation during a read leads to another one, for the change may be newer than what the read saw. `read` sends its (watching) request
 * when it is subscribed to, and the flag is cleared right before that, never when the answer arrives: the other order misses changes.
 *
 * @param read gets whether the flag was set
 */
export function poll<A>(dirty: DirtyFlag, read: (invalidated: boolean) => Observable<A | undefined>): Observable<A> {
  return defer(() => read(dirty.clear())).pipe(
    repeat({ delay: () => dirty.next() }),
    first((found): found is A => found !== undefined),
  );
}

/** The same after a read that has reached the end and watches the key: waits for an invalidation first. */
export const pollFromEnd = <A>(dirty: DirtyFlag, read: (invalidated: boolean) => Observable<A | undefined>): Observable<A> =>
  concat(
    defer(() => dirty.next()).pipe(ignoreElements()),
    poll(dirty, read),
  );
