/** The loop behind everything live: read and, if there is nothing, wait for an invalidation and read again. */
import { concat, defer, filter, ignoreElements, Observable, repeat, take, type Subscription, type Unsubscribable } from 'rxjs';

/** Waits for an invalidation. Called once. */
export interface Waiter {
  next(): void;
  error(error: unknown): void;
}

/** Remembers an invalidation until the next read, so that none is missed while its reader is busy. Lives as long as the reader. */
export class DirtyFlag implements Unsubscribable {
  private isSet = false;
  private failure: { readonly error: unknown } | undefined;
  private waiter: Waiter | undefined;
  private readonly subscription: Subscription;

  constructor(changes$: Observable<void>) {
    this.subscription = changes$.subscribe({
      next: () => {
        this.isSet = true;
        this.takeWaiter()?.next();
      },
      error: (error: unknown) => {
        this.failure = { error };
        this.takeWaiter()?.error(error);
      },
    });
  }

  /** Clears the flag and returns whether it was set. */
  clear(): boolean {
    const { isSet } = this;
    this.isSet = false;
    return isSet;
  }

  /** Calls the waiter once: at once if the flag is set, otherwise when it is. One waits at a time. */
  wait(waiter: Waiter): void {
    if (this.isSet) waiter.next();
    else if (this.failure !== undefined) waiter.error(this.failure.error);
    else this.waiter = waiter;
  }

  forget(waiter: Waiter): void {
    if (this.waiter === waiter) this.waiter = undefined;
  }

  /** The same as an Observable, which emits and completes. */
  next(): Observable<void> {
    return new Observable<void>((subscriber) => {
      this.wait(subscriber);
      return () => this.forget(subscriber);
    }).pipe(take(1));
  }

  unsubscribe(): void {
    this.subscription.unsubscribe();
  }

  private takeWaiter(): Waiter | undefined {
    const { waiter } = this;
    this.waiter = undefined;
    return waiter;
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
    filter((found) => found !== undefined),
    take(1),
  );
}

/** The same after a read that has reached the end and watches the key: waits for an invalidation first. */
export const pollFromEnd = <A>(dirty: DirtyFlag, read: (invalidated: boolean) => Observable<A | undefined>): Observable<A> =>
  concat(
    defer(() => dirty.next()).pipe(ignoreElements()),
    poll(dirty, read),
  );
