/** The invalidations of one database in memory: as with Redis' CLIENT TRACKING, a key is named once after each watching read. */
import { Subject, type Observable, type SchedulerLike } from 'rxjs';
import type { Invalidation } from '../ports/invalidations.js';
import type { Key } from '../ports/keys.js';
import type { Keyspace, Watcher } from './keyspace.js';

export class Invalidations implements Watcher {
  private readonly watched = new Set<Key>();
  /** What the next delivery names; `all` names everything, and so does `lost`, after an interrupted connection. */
  private due: 'all' | 'lost' | Set<Key> = new Set();
  private delivering = false;
  private readonly subject = new Subject<Invalidation>();
  readonly invalidations$: Observable<Invalidation> = this.subject.asObservable();

  constructor(
    private readonly keyspace: Keyspace,
    private readonly scheduler: SchedulerLike,
  ) {
    keyspace.join(this);
  }

  /** The next change of the key, which may not exist yet, is an invalidation. */
  watch(key: Key): void {
    this.watched.add(key);
    this.keyspace.startTimer(key);
  }

  unwatch(keys: readonly Key[]): void {
    for (const key of keys) this.watched.delete(key);
  }

  watches(key: Key): boolean {
    return this.watched.has(key);
  }

  changed(key: Key): void {
    if (!this.watched.delete(key) || typeof this.due === 'string') return;
    this.due.add(key);
    this.deliver();
  }

  flushed(): void {
    this.watched.clear();
    if (this.due !== 'lost') this.due = 'all';
    this.deliver();
  }

  /** The connection broke: the keys watched so far are watched no more. */
  lost(): void {
    this.watched.clear();
    this.due = 'lost';
    this.deliver();
  }

  close(): void {
    this.watched.clear();
    this.keyspace.leave(this);
    this.subject.complete();
  }

  /** Never inside the call that made the change: its observers may call the database again. */
  private deliver(): void {
    if (this.delivering) return;
    this.delivering = true;
    this.scheduler.schedule(() => {
      const due = this.due;
      this.due = new Set();
      this.delivering = false;
      this.subject.next(due === 'lost' ? { _tag: 'all', interrupted: true } : due === 'all' ? { _tag: 'all' } : { _tag: 'keys', keys: [...due] });
    });
  }
}
