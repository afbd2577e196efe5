/** Records the invalidations of a database, and waits for them by event. */
import { concat, filter, firstValueFrom, from, Subject, type Subscription } from 'rxjs';
import type { Invalidation } from '../../lib/ports/invalidations.js';
import type { Key } from '../../lib/ports/keys.js';
import type { Opened } from './opened.js';
import { bytesOf, streamKeyOf, readRequest } from './samples.js';

const fenceKey = streamKeyOf(9999);
const pollKey = streamKeyOf(9998);

export class InvalidationLog {
  private readonly received: Invalidation[] = [];
  private readonly new$ = new Subject<Invalidation>();
  private readonly subscription: Subscription;
  private fences = 0;
  private polls = 0;

  constructor(private readonly opened: Opened) {
    this.subscription = opened.database.invalidations$.subscribe((invalidation) => {
      this.received.push(invalidation);
      this.new$.next(invalidation);
    });
  }

  /** How many invalidations have named a key. */
  count(key: Key): number {
    return this.received.filter((invalidation) => invalidation._tag === 'keys' && invalidation.keys.includes(key)).length;
  }

  get alls(): number {
    return this.received.filter((invalidation) => invalidation._tag === 'all').length;
  }

  /** Resolves with the first invalidation, past or to come, that meets the predicate. */
  async first(predicate: (invalidation: Invalidation) => boolean): Promise<void> {
    await firstValueFrom(concat(from(this.received), this.new$).pipe(filter(predicate)));
  }

  async named(key: Key, times = 1): Promise<void> {
    await this.first(() => this.count(key) >= times);
  }

  /** Watches keys by reading them as data streams; where changes are found by polling, their present state has been polled. */
  async watch(...keys: readonly Key[]): Promise<void> {
    await this.read(...keys);
    if (this.opened.polls === true) await this.polled();
  }

  /** Resolves when the invalidations of all earlier changes have arrived: that of a later change has. */
  async fence(): Promise<void> {
    await this.read(fenceKey);
    await this.put(fenceKey, this.fences++);
    await this.named(fenceKey, this.fences);
    if (this.opened.polls === true) await this.polled();
  }

  /** The deletion of a key is found by polling only: the poll that reports it has seen everything else as it was then, or later. */
  private async polled(): Promise<void> {
    await this.put(pollKey, 0);
    await this.read(pollKey);
    await this.opened.raw.delete(pollKey);
    await this.named(pollKey, ++this.polls);
  }

  private async read(...keys: readonly Key[]): Promise<void> {
    await firstValueFrom(this.opened.database.read(keys.map((key) => readRequest(key))));
  }

  private async put(key: Key, index: number): Promise<void> {
    await this.opened.raw.putEntry(key, { index, len: 1, payload: bytesOf('fence') });
  }

  stop(): void {
    this.subscription.unsubscribe();
  }
}
