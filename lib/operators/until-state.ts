/** Ends a pipeline when its scan reaches a state. */
import { filter, takeUntil, type MonoTypeOperatorFunction } from 'rxjs';
import type { ScanState } from '../model/scan-state.js';
import type { Scan } from '../scan/scan.js';

/**
 * Mirrors the source until the scan has reached or passed a state.
 *
 * In plain words: keep going until the scan has got that far.
 *
 * ```
 * scan:                       P-----S-----T---
 * source:                     -a--b----c----d-
 * untilState(scan, STOPPED):  -a--b----c--|
 * ```
 *
 * - Emits the source's values. It does not even subscribe to the source if the scan is that far already.
 * - Completes when the scan reaches the state or a later one (a scan may close from any state), or when the source completes.
 * - Errors when the source or `scan.state$` does (`ScanNotFound` when the scan is deleted, `StoreClosed`, ...).
 *
 * It cuts off points that were published before the state changed but are still on their way. To get all points use no operator:
 * `points$` and `chunks$` complete by themselves once the stream is sealed.
 *
 * @param scan the scan, from `store.loadScan`
 * @param state such as `ScanState.STOPPED`
 * @example
 * interval(1000).pipe(untilState(scan, ScanState.STOPPED)).subscribe(() => console.log('running'));
 */
export function untilState<A>(scan: Pick<Scan, 'state$'>, state: ScanState): MonoTypeOperatorFunction<A> {
  return takeUntil(scan.state$.pipe(filter((present) => present >= state)));
}
