/** Reports the progress of all readers of a store. */
import { concat, defer, filter, finalize, map, mergeMap, type Observable } from 'rxjs';
import { after, every, requirePeriod } from '../model/time.js';
import type { Core } from '../reading/core.js';
import type { ReaderStatus } from '../reading/reader-status.js';

/** A reader's status, and the number of published points that its consumer has not received yet. */
export type ReaderReport = ReaderStatus & { readonly lag: number };

export interface ReadersOptions {
  /** The time between reports in ms; 1000 by default, `Infinity` for a single report. */
  readonly period?: number;
}

/** Emits at once and then once per period. */
export function readerReports({ database, scheduler, readers, untilClosed }: Core, { period = 1000 }: ReadersOptions): Observable<readonly ReaderReport[]> {
  requirePeriod('period', period);
  const report$ = defer(() =>
    database.heads([...new Set([...readers].map(({ status }) => status.key))].map((key) => ({ key }))).pipe(
      map((heads) => {
        const lengths = new Map(heads.map(({ key, length }) => [key, length]));
        // Positions are read after the lengths: a reader may have passed the length by now, which is no lag.
        return [...readers].map(({ status }): ReaderReport => ({ ...status, lag: Math.max((lengths.get(status.key) ?? 0) - status.position, 0) }));
      }),
    ),
  );
  const reports$ = defer(() => {
    let isBusy = false;
    return concat(after(0, scheduler), every(period, scheduler)).pipe(
      filter(() => !isBusy),
      mergeMap(() => {
        isBusy = true;
        return report$.pipe(finalize(() => (isBusy = false)));
      }),
    );
  });
  return untilClosed(reports$);
}
