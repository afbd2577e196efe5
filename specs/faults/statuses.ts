/** The statuses that a store reported. */
import { filter, firstValueFrom, ReplaySubject, type Observable } from 'rxjs';
import type { DataStore, Status } from '../../lib/index.js';

export class Statuses {
  readonly tags: Status['_tag'][] = [];
  private readonly seen$ = new ReplaySubject<Status>(Infinity);

  constructor(store: DataStore) {
    store.status$.subscribe(this.seen$);
    this.seen$.subscribe(({ _tag }) => this.tags.push(_tag));
  }

  /** Resolves when it is in that state, or was before. */
  async has(tag: Status['_tag']): Promise<void> {
    await firstValueFrom(this.seen$.pipe(filter(({ _tag }) => _tag === tag)));
  }

  /** Whether the connection was ever lost, or something else failed. */
  get troubled(): boolean {
    return this.tags.includes('failed') || this.tags.includes('retrying');
  }
}

/** Resolves when the Observable has emitted so often. */
export async function times(count: number, source$: Observable<unknown>): Promise<void> {
  let emitted = 0;
  await firstValueFrom(source$.pipe(filter(() => ++emitted === count)));
}
