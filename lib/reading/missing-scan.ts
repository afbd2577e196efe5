/** Tells a deleted scan from a database that has lost everything. */
import { map, of, type Observable } from 'rxjs';
import { blissdataError, type BlissdataError } from '../model/errors.js';
import type { Database } from '../ports/database.js';
import type { StreamSource } from './reader/stream-source.js';

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
