/** Where a read of data streams left them. */
import type { Block, Want } from '../../ports/database.js';
import { entryId } from '../../wire/stream-id.js';
import type { Place } from './armed-keys.js';

export function placesOf(wants: readonly Want[], blocks: readonly Block[]): readonly Place[] {
  // The smallest credit counted for all.
  const count = wants.reduce((least, { maxEntries }) => Math.min(least, maxEntries), Infinity);
  return wants.map(({ key, after }, i) => {
    const block = blocks[i];
    const last = block?.firsts.at(-1);
    // Behind a seal nothing comes.
    const more = block !== undefined && (block.firsts.length >= count || block.seal !== undefined);
    return { key, id: last === undefined ? after : entryId(last), more };
  });
}
