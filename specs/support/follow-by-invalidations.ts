/** The smallest reader that waits for wakes as the ports mean it: reads what is dirty, and nothing without a invalidation. */
import { Observable, Subscription } from 'rxjs';
import type { Database } from '../../lib/ports/database.js';
import type { Id, Key } from '../../lib/ports/keys.js';
import type { Block } from '../../lib/ports/streams.js';
import { entryId, originId } from '../../lib/wire/stream-id.js';

/** Reads streams to their seals and emits the indices of all entries by stream. */
export function followByInvalidations(database: Database, keys: readonly Key[]): Observable<ReadonlyMap<Key, readonly number[]>> {
  return new Observable((subscriber) => {
    const found = new Map<Key, number[]>(keys.map((key) => [key, []]));
    const open = new Set(keys);
    const dirty = new Set(keys);
    let reading = false;
    const subscription = new Subscription();

    const position = (key: Key): Id => {
      const last = found.get(key)?.at(-1);
      return last === undefined ? originId : entryId(last);
    };
    const take = ({ key, firsts, seal }: Block): void => {
      found.get(key)?.push(...firsts);
      if (seal !== undefined) open.delete(key);
      else if (firsts.length > 0) dirty.add(key);
    };
    const look = (): void => {
      if (reading) return;
      const requests = [...dirty].filter((key) => open.has(key)).map((key) => ({ key, after: position(key), maxEntries: 3 }));
      // Clean from the moment the read is sent: what changes while it travels makes the key dirty again.
      dirty.clear();
      if (requests.length === 0) return;
      reading = true;
      subscription.add(
        database.read(requests).subscribe({
          next: (blocks) => blocks.forEach(take),
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            reading = false;
            if (open.size > 0) return look();
            subscriber.next(found);
            subscriber.complete();
          },
        }),
      );
    };

    subscription.add(
      database.invalidations$.subscribe((invalidation) => {
        for (const key of invalidation._tag === 'all' ? keys : invalidation.keys) dirty.add(key);
        look();
      }),
    );
    look();
    return subscription;
  });
}
