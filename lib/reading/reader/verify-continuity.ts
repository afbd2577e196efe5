/** Whether a stream is still the one that was read, after the connection to its server was lost: what came back may hold less, or something else. */
import { forkJoin, map, of, switchMap, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Database } from '../../ports/database.js';
import type { Block } from '../../ports/streams.js';
import { compareIds } from '../../wire/stream-id.js';
import { fingerprint } from './fingerprint.js';
import type { Position } from './position.js';
import type { StreamSource } from './stream-source.js';

/**
 * Emits true if the last entry that was read is there as it was, or has been trimmed off; false if there is no stream any more: why
 * not, its reader finds out, and until then another one may begin in its place. Errors with `StreamRewound` if that has happened.
 */
export function verifyContinuity(database: Database, source: StreamSource, position: Position): Observable<boolean> {
  const { key } = source;
  const first = Number.parseInt(position.seen, 10);
  return database.range(source, { min: first, max: first, count: 1 }).pipe(
    switchMap((block) => {
      const same = block.firsts.length > 0 && fingerprint(block, 0) === position.fingerprint;
      database.recycle(block);
      return same ? of(true) : forkJoin([database.heads([source]), database.range(source, { count: 1, bare: true })]).pipe(map(([[head], oldest]) => {
        if (head?.exists === true && !isTrimmed(block, head.lastId, oldest, position)) {
          throw blissdataError('StreamRewound', { key, stream: source.name, expected: position.index, found: head.length });
        }
        return head?.exists === true;
      }));
    }),
  );
}

/** Nothing that is left begins before what was read, and it had come that far. */
function isTrimmed(found: Block, lastId: string, oldest: Block, { seen }: Position): boolean {
  if (found.firsts.length > 0 || compareIds(lastId, seen) < 0) return false;
  const [first] = oldest.firsts;
  return first === undefined || first > Number.parseInt(seen, 10);
}
