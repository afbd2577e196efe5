/** Why a read after an invalidation was empty: another key or a trim caused the invalidation, or the stream does not exist any more. */
import { map, of, switchMap, type Observable } from 'rxjs';
import { blissdataError, type BlissdataError } from '../../model/errors.js';
import type { Database } from '../../ports/database.js';
import type { Id } from '../../ports/keys.js';
import { compareIds, originId } from '../../wire/stream-id.js';
import { lostItsSeal, sealLost } from '../known-length.js';
import { whereOf, type StreamSource } from './stream-source.js';
import { both } from '../both.js';

/**
 * Emits the number of points ever published if the stream is all right. Errors with `ScanNotFound`, `StreamDeleted`, `StreamRewound` if the
 * stream restarted below what was read, or the whole database is empty, and with `IndexNoMoreThere` if even the seal was trimmed off.
 *
 * @param index of the reader's next point
 * @param seen the last entry that it has read, `0-0` before the first
 */
export function diagnoseEmptyRead(database: Database, source: StreamSource, index: number, seen: Id): Observable<number> {
  const { scan, stateKey } = source;
  // Reading the states watches them, which reports the scan's deletion if the stream has no key of its own yet.
  return database.log(stateKey, originId, 1, scan).pipe(
    switchMap(() => both(database.heads([source]), database.scansExist([scan]))),
    switchMap(([[head], [scanExists]]) => {
      if (scanExists !== true) return diagnoseMissingScan(database, source, index, seen !== originId).pipe(map((error) => { throw error; }));
      if (head === undefined) return of(0);
      // How many points there were cannot be known any more.
      if (lostItsSeal(head)) throw sealLost(whereOf(source), index);
      if (seen === originId) return of(head.length);
      if (!head.exists) throw blissdataError('StreamDeleted', whereOf(source));
      if (compareIds(head.lastId, seen) < 0) throw blissdataError('StreamRewound', { ...whereOf(source), expected: index, found: head.length });
      return of(head.length);
    }),
  );
}

/**
 * Emits why a stream's scan is missing: `ScanNotFound`, or `StreamRewound` if even the protocol version is missing, so that the
 * server has lost its data or is another one.
 *
 * @param expected the index of the point to come next
 * @param hasEntries whether entries of the stream were read or written before; otherwise nothing can be missing
 */
export function diagnoseMissingScan(database: Database, { key, name, scan }: StreamSource, expected: number, hasEntries: boolean): Observable<BlissdataError> {
  const deleted = blissdataError('ScanNotFound', { key: scan });
  if (!hasEntries) return of(deleted);
  return database.protocolVersion().pipe(map((version) => (version === null ? blissdataError('StreamRewound', { key, stream: name, expected, found: 0 }) : deleted)));
}
