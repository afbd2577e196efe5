/** The wakes of one database in memory: as with Redis' CLIENT TRACKING, a key is named once after each arming read. */
import { Subject, type Observable, type SchedulerLike } from 'rxjs';
import type { Invalidation } from '../ports/invalidations.js';
import type { Key } from '../ports/keys.js';
import type { Keyspace, Watcher } from './keyspace.js';

export class Invalidations implements Watcher {
  private readonly armed = new Set<Key>();
  /** What is to be named by the delivery under way; `all` names everything, and so does `lost`, which also says that nobody could be told. */
  private due: 'all' | 'lost' | Set<Key> = new Set();
  private delivering = false;
  private readonly wakes = new Subject<Invalidation>();
  readonly invalidations$: Observable<Invalidation> = this.wakes.asObservable();

  constructor(
    private readonly keyspace: Keyspace,
    private readonly scheduler: SchedulerLike,
  ) {
    keyspace.join(this);
  }

  /** The next change of the key, which may not exist yet, wakes. */
  arm(key: Key): void {
    this.armed.add(key);
    this.keyspace.startTimer(key);
  }

  unwatch(keys: readonly Key[]): void {
    for (const key of keys) this.armed.delete(key);
  }

  watches(key: Key): boolean {
    return this.armed.has(key);
  }

  changed(key: Key): void {
    if (!this.armed.delete(key) || typeof this.due === 'string') return;
    this.due.add(key);
    this.deliver();
  }

  flushed(): void {
    this.armed.clear();
    if (this.due !== 'lost') this.due = 'all';
    this.deliver();
  }

  /** Nobody will be told any more of what was armed before. */
  lost(): void {
    this.armed.clear();
    this.due = 'lost';
    this.deliver();
  }

  close(): void {
    this.armed.clear();
    this.keyspace.leave(this);
    this.wakes.complete();
  }

  /** Never inside the call that made the change: whoever hears of it may call the database again. */
  private deliver(): void {
    if (this.delivering) return;
    this.delivering = true;
    this.scheduler.schedule(() => {
      const due = this.due;
      this.due = new Set();
      this.delivering = false;
      this.wakes.next(due === 'lost' ? { _tag: 'all', interrupted: true } : due === 'all' ? { _tag: 'all' } : { _tag: 'keys', keys: [...due] });
    });
  }
}
