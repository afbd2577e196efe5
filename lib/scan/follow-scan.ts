/** Follows a scan's states, each with JSON at least as new. */
import { concat, concatMap, defer, EMPTY, from, map, of, switchMap, takeWhile, throwError, type Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { IdentityFields, IdentityModel } from '../model/identity-model.js';
import { ScanState } from '../model/scan-state.js';
import { followLog } from '../reading/follow-log.js';
import type { Key } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import type { Core } from '../reading/core.js';
import type { ScanDocument } from '../wire/scan-document.js';
import { decodeScan, decodeState } from './snapshot.js';

interface ScanStep<F extends IdentityFields> {
  readonly state: ScanState;
  /** The scan's JSON, as of this state or newer. */
  readonly document: ScanDocument<F>;
}

/**
 * Emits the present state, then every later one in order, and completes after CLOSED. An invalidation without a new state may mean that
 * the scan was deleted: then loading it gives `ScanNotFound`. A forced deletion closes the scan in the same transaction, and
 * subscribers see CLOSED instead.
 */
export function followScan<F extends IdentityFields>({ database, hub, untilClosed }: Core, model: IdentityModel<F>, key: Key, stateKey: Key): Observable<ScanStep<F>> {
  const load = (): Observable<ScanStep<F> & { readonly stateId: string }> => defer(() => database.scan(key, stateKey)).pipe(map((record) => decodeScan(model, key, record)));

  const stepsOf = (document: ScanDocument<F>, entries: readonly LogEntry[]): Observable<ScanStep<F>> =>
    from(entries.map((entry) => ({ document, state: decodeState(key, entry) })));

  /** The last states of a deleted scan, as long as its keys exist; then `ScanNotFound`. */
  const lastSteps = (entries: readonly LogEntry[]): Observable<ScanStep<F>> => {
    const deleted$ = throwError(() => blissdataError('ScanNotFound', { key }));
    if (entries.length === 0) return deleted$;
    return database.remains(key, stateKey).pipe(switchMap((record) => concat(record === null ? EMPTY : stepsOf(decodeScan(model, key, record).document, entries), deleted$)));
  };

  return load().pipe(
    switchMap(({ document, state, stateId }) =>
      concat(
        of({ document, state }),
        followLog(hub, stateKey, stateId, (after, count) => database.log(stateKey, after, count, key)).pipe(
          concatMap((entries) =>
            defer(() => database.scan(key, stateKey)).pipe(
              switchMap((record) => (record === null ? lastSteps(entries) : stepsOf(decodeScan(model, key, record).document, entries))),
            ),
          ),
        ),
      ),
    ),
    takeWhile(({ state }) => state < ScanState.CLOSED, true),
    untilClosed,
  );
}
