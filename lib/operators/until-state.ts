/** Ends a pipeline when its scan gets to a state. */
import { filter, takeUntil, type MonoTypeOperatorFunction } from 'rxjs';
import type { ScanState } from '../model/scan-state.js';
import type { Scan } from '../scan/scan.js';

/**
 * Mirrors the source until the scan has reached a state, or passed it.
 *
 * In plain words: keep going while the scan has not got that far.
 *
 * ```
 * scan:                       P-----S-----T---
 * source:                     -a--b----c----d-
 * untilState(scan, STOPPED):  -a--b----c--|
 * ```
 *
 * - Emits what the source emits. Nothing, not even a subscription to the source, when the scan is that far already.
 * - Completes when the scan reaches the state or a later one (a scan may close from any state), or when the source completes.
 * - Errors with what the source errors with, and with what `scan.state$` errors with (`ScanNotFound` when the scan is deleted,
 *   `StoreClosed`, ...).
 *
 * Points that were published before the state changed may still be on their way to the reader then, and are cut off. Whoever wants
 * all of them needs no operator: `points$` and `chunks$` complete by themselves once the stream is sealed.
 *
 * @param scan a scan as `store.loadScan` emits it
 * @param state the state at which to end, such as `ScanState.STOPPED`
 * @example
 * interval(1000).pipe(untilState(scan, ScanState.STOPPED)).subscribe(() => console.log('running'));
 */
export function untilState<A>(scan: Pick<Scan, 'state$'>, state: ScanState): MonoTypeOperatorFunction<A> {
  return takeUntil(scan.state$.pipe(filter((present) => present >= state)));
}
