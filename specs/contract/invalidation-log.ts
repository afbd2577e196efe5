/** Records the wakes of a database, and waits for them by event. */
import { concat, filter, firstValueFrom, from, Subject, type Subscription } from 'rxjs';
import type { Invalidation } from '../../lib/ports/invalidations.js';
import type { Key } from '../../lib/ports/keys.js';
import type { Opened } from './opened.js';
import { bytesOf, streamKeyOf, want } from './samples.js';

const fenceKey = streamKeyOf(9999);
const lookKey = streamKeyOf(9998);

export class InvalidationLog {
  private readonly wakes: Invalidation[] = [];
  private readonly invalidations$ = new Subject<Invalidation>();
  private readonly subscription: Subscription;
  private fences = 0;
  private looks = 0;

  constructor(private readonly opened: Opened) {
    this.subscription = opened.database.invalidations$.subscribe((wake) => {
      this.wakes.push(wake);
      this.invalidations$.next(wake);
    });
  }

  /** How many wakes have named a key. */
  count(key: Key): number {
    return this.wakes.filter((wake) => wake._tag === 'keys' && wake.keys.includes(key)).length;
  }

  get alls(): number {
    return this.wakes.filter((wake) => wake._tag === 'all').length;
  }

  /** Resolves with the first wake, past or to come, of which the predicate holds. */
  async first(predicate: (wake: Invalidation) => boolean): Promise<void> {
    await firstValueFrom(concat(from(this.wakes), this.invalidations$).pipe(filter(predicate)));
  }

  async named(key: Key, times = 1): Promise<void> {
    await this.first(() => this.count(key) >= times);
  }

  /** Arms wakes for keys by reading them as data streams; where changes are found by looking, they have been looked at as they are now. */
  async arm(...keys: readonly Key[]): Promise<void> {
    await this.read(...keys);
    if (this.opened.looks === true) await this.looked();
  }

  /** Returns when the wakes of all changes made before have come: a change made after them has woken us. */
  async fence(): Promise<void> {
    await this.read(fenceKey);
    await this.put(fenceKey, this.fences++);
    await this.named(fenceKey, this.fences);
    if (this.opened.looks === true) await this.looked();
  }

  /** A key that is deleted, which no new entry tells, is named by a look that saw all else as it was then, or later. */
  private async looked(): Promise<void> {
    await this.put(lookKey, 0);
    await this.read(lookKey);
    await this.opened.raw.delete(lookKey);
    await this.named(lookKey, ++this.looks);
  }

  private async read(...keys: readonly Key[]): Promise<void> {
    await firstValueFrom(this.opened.database.read(keys.map((key) => want(key))));
  }

  private async put(key: Key, index: number): Promise<void> {
    await this.opened.raw.putEntry(key, { index, len: 1, payload: bytesOf('fence') });
  }

  stop(): void {
    this.subscription.unsubscribe();
  }
}
