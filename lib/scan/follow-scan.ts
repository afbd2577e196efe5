/** Follows a scan's states, each with the JSON that goes with it. */
import { concat, concatMap, defer, from, map, mergeMap, of, switchMap, takeWhile, type Observable } from 'rxjs';
import type { IdentityFields, IdentityModel } from '../model/identity-model.js';
import { ScanState } from '../model/scan-state.js';
import { followLog } from '../polling/follow-log.js';
import type { Key } from '../ports/database.js';
import type { Core } from '../polling/core.js';
import type { ScanDocument } from '../wire/scan-document.js';
import { decodeScan, decodeState, type LoadedScan } from './snapshot.js';

export interface ScanStep<F extends IdentityFields> {
  readonly state: ScanState;
  /** The scan's JSON, as of this state or newer. */
  readonly document: ScanDocument<F>;
}

/**
 * Emits the present state, then every later one in order, and completes after CLOSED.
 * A wake without a new state means that the scan may have been deleted: loading it tells, by `ScanNotFound`. One that is deleted by
 * force is closed at the same moment, and that shows.
 */
export function followScan<F extends IdentityFields>({ database, hub, untilClosed }: Core, model: IdentityModel<F>, key: Key, stateKey: Key): Observable<ScanStep<F>> {
  const load = (): Observable<LoadedScan<F>> => defer(() => database.scan(key, stateKey)).pipe(map((record) => decodeScan(model, key, record)));
  const loadRemains = (): Observable<LoadedScan<F>> => defer(() => database.remains(key, stateKey)).pipe(map((record) => decodeScan(model, key, record)));
  return load().pipe(
    switchMap(({ document, state, stateId }) =>
      concat(
        of({ document, state }),
        followLog(database, hub, stateKey, stateId).pipe(
          concatMap((entries) =>
            // With nothing new it may be gone; but what it came to before that is told first.
            (entries.length === 0 ? load() : loadRemains()).pipe(
              mergeMap((loaded) => from(entries.map((entry) => ({ document: loaded.document, state: decodeState(key, entry) })))),
            ),
          ),
        ),
      ),
    ),
    takeWhile(({ state }) => state < ScanState.CLOSED, true),
    untilClosed,
  );
}
