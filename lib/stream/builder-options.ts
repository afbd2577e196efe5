/** What a writer's entry builder must know of its database. */
import type { Database } from '../ports/database.js';
import type { EntryBuilderOptions } from '../wire/encoding/entry-builder.js';

export const builderOptions = ({ sizes, payloadMemory: memory }: Database, lend: boolean): EntryBuilderOptions => ({
  limit: { most: () => sizes?.().payload ?? Infinity, exceeded: (bytes) => sizes?.().refused?.(bytes) },
  // A database without memory of its own may keep what it is given.
  ...(memory === undefined ? {} : { lend, memory }),
});
