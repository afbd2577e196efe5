/** Distributes the database's invalidations to the readers of each key. */
import { Observable, type Subscriber, type Subscription } from 'rxjs';
import type { Database } from '../ports/database.js';
import type { Invalidation } from '../ports/invalidations.js';
import type { Key } from '../ports/keys.js';

type Listener = Subscriber<void>;

/** One subscription to the database serves all readers; an invalidation costs as much as its key has listeners, however many others wait. */
export class InvalidationHub {
  private readonly listeners = new Map<Key, Set<Listener>>();
  private subscription: Subscription | undefined;
  /** How often the connection over which streams are read was lost. */
  interruptions = 0;

  constructor(private readonly database: Pick<Database, 'invalidations$' | 'unwatch'>) {}

  /** Emits whenever one of the keys may have changed. Never completes. */
  changes(...keys: readonly Key[]): Observable<void> {
    return new Observable((listener) => {
      for (const key of keys) this.add(key, listener);
      this.subscription ??= this.database.invalidations$.subscribe({
        next: (invalidation) => this.distribute(invalidation),
        error: (error: unknown) => this.fail(error),
      });
      return () => {
        const unused = keys.filter((key) => this.remove(key, listener));
        if (unused.length > 0) this.database.unwatch(unused);
        if (this.listeners.size > 0) return;
        this.subscription?.unsubscribe();
        this.subscription = undefined;
      };
    });
  }

  private distribute(invalidation: Invalidation): void {
    if (invalidation._tag === 'all' && invalidation.interrupted === true) this.interruptions++;
    const keys = invalidation._tag === 'all' ? [...this.listeners.keys()] : invalidation.keys;
    // As a set, for a reader of several of the keys reads once.
    const concerned = keys.length === 1 ? this.listeners.get(keys[0] ?? '') : new Set(keys.flatMap((of) => [...(this.listeners.get(of) ?? [])]));
    // Collected first, for listeners may come and go while they are called.
    for (const listener of [...(concerned ?? [])]) listener.next();
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
