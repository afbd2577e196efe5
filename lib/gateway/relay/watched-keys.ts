/** Who in the gateway depends on which key of the database: one subscription to its invalidations serves all. */
import { Subscription } from 'rxjs';
import type { Database } from '../../ports/database.js';
import type { Key } from '../../ports/keys.js';

/** A session, a tail, what is kept of answers. */
export interface KeyListener {
  /** The key may have changed. Still listens, unless it stops. */
  changed(key: Key): void;
  /** Any key may have changed: said once to each listener, whatever it listens to. */
  allChanged(interrupted: boolean): void;
}

/** What is kept of the database: dropped before the listeners hear of a change, as they may read at once. */
export interface KeyObserver {
  changed(key: Key): void;
  allChanged(): void;
  /** Nothing listens to the key any more: its changes are not reported from now on. */
  unused(key: Key): void;
}

export class WatchedKeys {
  private readonly listeners = new Map<Key, Set<KeyListener>>();
  private readonly observers = new Set<KeyObserver>();
  /** Told of `allChanged` even without keys. */
  private readonly members = new Set<KeyListener>();
  private readonly subscription = new Subscription();

  constructor(private readonly database: Pick<Database, 'invalidations$' | 'unwatch'>) {}

  /** Begins to listen to the database. An error of its invalidations goes to `failed`. */
  start(failed: (error: unknown) => void): void {
    this.subscription.add(
      this.database.invalidations$.subscribe({
        next: (invalidation) => {
          if (invalidation._tag === 'all') {
            for (const observer of this.observers) observer.allChanged();
            for (const member of [...this.members]) member.allChanged(invalidation.interrupted === true);
            return;
          }
          for (const key of invalidation.keys) for (const observer of this.observers) observer.changed(key);
          for (const key of invalidation.keys) for (const listener of [...(this.listeners.get(key) ?? [])]) listener.changed(key);
        },
        error: failed,
      }),
    );
  }

  /** Reports every change to what needs no key itself. */
  observe(observer: KeyObserver): void {
    this.observers.add(observer);
  }

  join(member: KeyListener): void {
    this.members.add(member);
  }

  leave(member: KeyListener): void {
    this.members.delete(member);
  }

  /** Call it before the watching read is sent: what changes from then on is reported. */
  listen(key: Key, listener: KeyListener): void {
    const present = this.listeners.get(key);
    if (present === undefined) this.listeners.set(key, new Set([listener]));
    else present.add(listener);
  }

  unlisten(keys: readonly Key[], listener: KeyListener): void {
    const unused = keys.filter((key) => {
      const present = this.listeners.get(key);
      if (present?.delete(listener) !== true || present.size > 0) return false;
      this.listeners.delete(key);
      return true;
    });
    if (unused.length === 0) return;
    for (const key of unused) for (const observer of this.observers) observer.unused(key);
    this.database.unwatch(unused);
  }

  close(): void {
    this.subscription.unsubscribe();
    this.listeners.clear();
    this.members.clear();
    this.observers.clear();
  }
}
