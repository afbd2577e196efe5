/** The keys of a server in memory: their values, expiry and watchers. */
import { Subscription, type SchedulerLike } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import { doAfter } from '../model/time.js';
import type { Key } from '../ports/keys.js';
import { Snapshot, type Value, type ValueOf } from './values.js';

/** Is notified when watched keys change. */
export interface Watcher {
  /** Whether it has read the key since it last changed. */
  watches(key: Key): boolean;
  changed(key: Key): void;
  flushed(): void;
}

export class Keyspace {
  private readonly values = new Map<Key, Value>();
  private readonly deadlines = new Map<Key, number>();
  /** Watched keys need a timer; all others expire when they are accessed. */
  private readonly timers = new Map<Key, Subscription>();
  private readonly watchers = new Set<Watcher>();
  private fullUntil = -Infinity;

  constructor(readonly scheduler: SchedulerLike) {}

  /** The value of a key, if it exists. Throws `ServerError` (`WRONGTYPE`) if it is of another type. */
  get<Tag extends Value['_tag']>(key: Key, tag: Tag): ValueOf<Tag> | undefined {
    const value = this.peek(key);
    if (value === undefined || isA(value, tag)) return value;
    throw blissdataError('ServerError', { command: 'TYPE', code: 'WRONGTYPE', reply: `WRONGTYPE ${key} holds ${value._tag}, not ${tag}` });
  }

  peek(key: Key): Value | undefined {
    this.expireIfDue(key);
    return this.values.get(key);
  }

  keys(): readonly Key[] {
    return [...this.values.keys()].filter((key) => this.peek(key) !== undefined);
  }

  /** Sets a value, or marks the present one as changed. The time to live stays, as with JSON.SET and XADD. */
  put(key: Key, value: Value): void {
    this.values.set(key, value);
    this.touch(key);
  }

  delete(key: Key): boolean {
    if (this.peek(key) === undefined) return false;
    this.remove(key);
    return true;
  }

  clear(): void {
    this.forget();
    for (const watcher of this.watchers) watcher.flushed();
  }

  save(): Snapshot {
    return new Snapshot(this.values, this.deadlines);
  }

  /** Restores a snapshot without notifying watchers: they have lost their connections. */
  load(snapshot: Snapshot): void {
    this.forget();
    for (const [key, value] of snapshot.copy()) this.values.set(key, value);
    for (const [key, deadline] of snapshot.deadlines) this.deadlines.set(key, deadline);
  }

  /** Refuses writes for so many ms. */
  fill(ms: number): void {
    this.fullUntil = this.scheduler.now() + ms;
  }

  /** Called before the first write of a request that Redis refuses when out of memory. Throws `OutOfMemory` for the key. */
  requireMemory(key: Key): void {
    if (this.scheduler.now() < this.fullUntil) throw blissdataError('OutOfMemory', { key });
  }

  /** Sets the time to live of a key, if it exists. */
  expire(key: Key, ms: number): void {
    if (this.peek(key) === undefined) return;
    if (ms <= 0) return this.remove(key);
    this.deadlines.set(key, this.scheduler.now() + ms);
    this.touch(key);
  }

  /** The time to live in ms: Infinity if the key never expires, undefined if there is no such key. */
  ttl(key: Key): number | undefined {
    if (this.peek(key) === undefined) return undefined;
    return (this.deadlines.get(key) ?? Infinity) - this.scheduler.now();
  }

  /** Notifies the watcher of every change of the keys it watches, until it leaves. */
  join(watcher: Watcher): void {
    this.watchers.add(watcher);
  }

  leave(watcher: Watcher): void {
    this.watchers.delete(watcher);
    for (const key of [...this.timers.keys()]) if (!this.isWatched(key)) this.stopTimer(key);
  }

  /** Called when a watcher begins to watch a key: it must be notified of the expiry in time. */
  startTimer(key: Key): void {
    const deadline = this.deadlines.get(key);
    if (deadline === undefined || this.timers.has(key) || !this.isWatched(key)) return;
    const left = deadline - this.scheduler.now();
    // A scheduler may run the work at once, before there is a subscription to keep.
    const timer = new Subscription();
    this.timers.set(key, timer);
    timer.add(
      doAfter(left, this.scheduler, () => {
        this.stopTimer(key);
        if (!this.expireIfDue(key)) this.startTimer(key);
      }),
    );
  }

  private forget(): void {
    this.values.clear();
    this.deadlines.clear();
    for (const timer of this.timers.values()) timer.unsubscribe();
    this.timers.clear();
  }

  private isWatched(key: Key): boolean {
    return [...this.watchers].some((watcher) => watcher.watches(key));
  }

  private expireIfDue(key: Key): boolean {
    const due = (this.deadlines.get(key) ?? Infinity) <= this.scheduler.now();
    if (due) this.remove(key);
    return due;
  }

  private remove(key: Key): void {
    this.values.delete(key);
    this.deadlines.delete(key);
    this.touch(key);
  }

  private touch(key: Key): void {
    // A change ends the watching, and with it the need for a timer.
    this.stopTimer(key);
    for (const watcher of this.watchers) watcher.changed(key);
  }

  private stopTimer(key: Key): void {
    this.timers.get(key)?.unsubscribe();
    this.timers.delete(key);
  }
}

const isA = <Tag extends Value['_tag']>(value: Value, tag: Tag): value is ValueOf<Tag> => value._tag === tag;
