/** The states of many scans, in one round trip. */
import { map, type Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { ScanState } from '../model/scan-state.js';
import type { Database } from '../ports/database.js';
import type { Key } from '../ports/keys.js';
import { decodeState } from '../scan/snapshot.js';

/** Missing and deleted scans are left out. */
export const scansState = (database: Database, keys: readonly Key[]): Observable<ReadonlyMap<Key, ScanState>> =>
  database.states(keys).pipe(
    map((found) => {
      const states = new Map<Key, ScanState>();
      keys.forEach((key, i) => {
        const record = found[i];
        if (record === null || record === undefined) return;
        if (record.state === undefined) throw blissdataError('ScanValidation', { key, problems: ['it has no state'] });
        states.set(key, decodeState(key, record.state));
      });
      return states;
    }),
  );
