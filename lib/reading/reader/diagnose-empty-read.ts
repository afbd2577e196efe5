/** Why a reader of a stream found nothing though it was woken: a wake for something else, or the end of what it reads. */
import { forkJoin, map, of, switchMap, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Database } from '../../ports/database.js';
import type { Id } from '../../ports/keys.js';
import { compareIds, originId } from '../../wire/stream-id.js';
import { lostItsSeal, sealLost } from '../known-length.js';
import type { StreamSource } from './stream-source.js';

/**
 * Emits the number of points ever published where there is nothing else to say. Errors with `ScanNotFound`, `StreamDeleted`, or `StreamRewound` if the stream
 * restarted below what was read, or the whole database is empty; with `IndexNoMoreThere` if even the seal was trimmed off.
 *
 * @param index of the point that the reader expects next
 * @param seen the last entry that it has read, `0-0` before the first
 */
export function diagnoseEmptyRead(database: Database, source: StreamSource, index: number, seen: Id): Observable<number> {
  const { key, name, scan, stateKey } = source;
  // Reading the states arms a wake for the scan's deletion, which a stream without a key could not tell.
  return database.log(stateKey, originId, 1).pipe(
    switchMap(() => forkJoin([database.heads([source]), database.scansExist([scan])])),
    switchMap(([[head], [scanExists]]) => {
      if (scanExists !== true) return whyGone(database, source, index, seen);
      if (head === undefined) return of(0);
      // Whatever is left to be read, nobody can tell any more.
      if (lostItsSeal(head)) throw sealLost({ key, stream: name }, index);
      if (seen === originId) return of(head.length);
      if (!head.exists) throw blissdataError('StreamDeleted', { key, stream: name });
      if (compareIds(head.lastId, seen) < 0) throw blissdataError('StreamRewound', { key, stream: name, expected: index, found: head.length });
      return of(head.length);
    }),
  );
}

/** Where even the protocol's version is missing no scan was deleted: the database has lost everything, or is another one. */
function whyGone(database: Database, { key, name, scan }: StreamSource, index: number, seen: Id): Observable<never> {
  const deleted = blissdataError('ScanNotFound', { key: scan });
  if (seen === originId) throw deleted;
  return database.protocolVersion().pipe(
    map((version) => {
      throw version === null ? blissdataError('StreamRewound', { key, stream: name, expected: index, found: 0 }) : deleted;
    }),
  );
}
