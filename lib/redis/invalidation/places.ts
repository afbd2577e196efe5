/** Where a read left what it read. */
import type { Id, Key } from '../../ports/keys.js';
import type { LogEntry } from '../../ports/logs.js';
import type { Block, ReadRequest } from '../../ports/streams.js';
import { entryId } from '../../wire/stream-id.js';
import type { Place } from './watched-keys.js';

/** The data streams of one XREAD. */
export function placesOf(wants: readonly ReadRequest[], blocks: readonly Block[]): readonly Place[] {
  // The smallest credit counted for all.
  const count = wants.reduce((least, { maxEntries }) => Math.min(least, maxEntries), Infinity);
  return wants.map(({ key, after }, i) => {
    const block = blocks[i];
    const last = block?.firsts.at(-1);
    const sealed = block?.seal !== undefined;
    // Behind a seal nothing comes.
    return { key, id: last === undefined ? after : entryId(last), found: last !== undefined || sealed, more: sealed || (block?.firsts.length ?? 0) >= count };
  });
}

/** Where a read of a log left it. */
export const placeOf = (key: Key, after: Id, count: number, entries: readonly LogEntry[]): Place => ({
  key,
  id: entries.at(-1)?.id ?? after,
  found: entries.length > 0,
  more: entries.length >= count,
});
