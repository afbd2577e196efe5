/** Hands the database's wakes to those who wait, each only those of its own key. */
import { Observable, type Subscriber, type Subscription } from 'rxjs';
import type { Database } from '../ports/database.js';
import type { Invalidation } from '../ports/invalidations.js';
import type { Key } from '../ports/keys.js';

type Listener = Subscriber<void>;

/**
 * One subscription to the database's wakes serves every waiting reader; a wake costs as much as it has listeners,
 * however many others wait.
 */
export class InvalidationHub {
  private readonly listeners = new Map<Key, Set<Listener>>();
  private subscription: Subscription | undefined;
  /** How often a connection was lost over which streams are read. */
  interruptions = 0;

  constructor(private readonly database: Pick<Database, 'invalidations$' | 'unwatch'>) {}

  /** Emits whenever one of the keys may have changed. Never completes. */
  changes(...keys: readonly Key[]): Observable<void> {
    return new Observable((listener) => {
      for (const key of keys) this.add(key, listener);
      this.subscription ??= this.database.invalidations$.subscribe({ next: (wake) => this.wake(wake), error: (error: unknown) => this.fail(error) });
      return () => {
        const left = keys.filter((key) => this.remove(key, listener));
        if (left.length > 0) this.database.unwatch(left);
        if (this.listeners.size > 0) return;
        this.subscription?.unsubscribe();
        this.subscription = undefined;
      };
    });
  }

  private wake(wake: Invalidation): void {
    if (wake._tag === 'all' && wake.interrupted === true) this.interruptions++;
    const keys = wake._tag === 'all' ? [...this.listeners.keys()] : wake.keys;
    // Gathered first: a listener may leave, or another come, while they are called; and who waits for several of the keys looks once.
    const woken = new Set(keys.flatMap((key) => [...(this.listeners.get(key) ?? [])]));
    for (const listener of woken) listener.next();
  }

  private fail(error: unknown): void {
    for (const listeners of [...this.listeners.values()]) for (const listener of [...listeners]) listener.error(error);
  }

  private add(key: Key, listener: Listener): void {
    const present = this.listeners.get(key);
    if (present === undefined) this.listeners.set(key, new Set([listener]));
    else present.add(listener);
  }

  /** Whether it was the key's last listener. */
  private remove(key: Key, listener: Listener): boolean {
    const present = this.listeners.get(key);
    if (present?.delete(listener) !== true || present.size > 0) return false;
    this.listeners.delete(key);
    return true;
  }
}
