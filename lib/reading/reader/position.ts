/** Where a reader stands in a stream. */
import type { StreamRef } from '../../ports/streams.js';
import { map, of, type Observable } from 'rxjs';
import type { Database } from '../../ports/database.js';
import type { Id } from '../../ports/keys.js';
import { entryId, originId } from '../../wire/stream-id.js';
import { fingerprint } from './fingerprint.js';

export interface Position {
  /** The index of the point that is wanted next. */
  readonly index: number;
  /** Where the entry that is read next begins: before `index` where that lies within an entry, or is not there yet. */
  readonly start: number;
  /** Entries after this id are read next. */
  readonly after: Id;
  /** The last entry that was seen, to notice a stream that restarted; `0-0` before the first. */
  readonly seen: Id;
  /** That entry's fingerprint, to notice another one in its place. */
  readonly fingerprint: number;
}

export const origin: Position = { index: 0, start: 0, after: originId, seen: originId, fingerprint: 0 };

/**
 * Where to begin so that the entry that holds point `index` is read, even if it starts before. Where that entry is not there
 * yet, right after the last one: the next may be a batch that starts before `index`, too.
 */
export function positionAt(database: Pick<Database, 'range'>, stream: StreamRef, index: number): Observable<Position> {
  if (index === 0) return of(origin);
  return database.range(stream, { max: index, count: 1, reverse: true }).pipe(
    map((block) => {
      const { firsts, lens } = block;
      const first = firsts[0];
      if (first === undefined) return { ...origin, index };
      const end = first + (lens[0] ?? 1);
      if (end > index) return { ...origin, index, start: first, after: `${first}-0` };
      return { index, start: end, after: entryId(first), seen: entryId(first), fingerprint: fingerprint(block, 0) };
    }),
  );
}
