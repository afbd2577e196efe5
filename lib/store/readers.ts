/** How everybody who reads from a store is getting on. */
import { concat, exhaustMap, map, type Observable } from 'rxjs';
import { after, every, requirePeriod } from '../model/time.js';
import type { Core } from '../reading/core.js';
import type { ReaderStatus } from '../reading/reader/reader-status.js';

/** A reader's status, and how many points have been published that its consumer has not got yet. */
export type ReaderReport = ReaderStatus & { readonly lag: number };

export interface ReadersOptions {
  /** How often to report, in ms, of any length; 1000 by default, `Infinity` for once. */
  readonly period?: number;
}

/** The reports of all readers there are, at once and then once per period. */
export function readerReports({ database, scheduler, readers, untilClosed }: Core, { period = 1000 }: ReadersOptions): Observable<readonly ReaderReport[]> {
  requirePeriod('period', period);
  const reports$ = concat(after(0, scheduler), every(period, scheduler)).pipe(
    exhaustMap(() => {
      const keys = [...new Set([...readers].map(({ status }) => status.key))];
      return database.heads(keys.map((key) => ({ key }))).pipe(
        map((heads) => {
          const lengths = new Map(heads.map(({ key, length }) => [key, length]));
          // The lengths first: what was published since cannot be lag.
          return [...readers].map(({ status }): ReaderReport => ({ ...status, lag: Math.max((lengths.get(status.key) ?? 0) - status.position, 0) }));
        }),
      );
    }),
  );
  return untilClosed(reports$);
}
