/** How everybody who reads from a store is getting on. */
import { exhaustMap, map, timer, type Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { Core } from '../polling/core.js';
import type { ReaderStatus } from '../polling/reader-status.js';

/** A reader's status, and how many points have been published that its consumer has not got yet. */
export type ReaderReport = ReaderStatus & { readonly lag: number };

export interface ReadersOptions {
  /** How often to report, in ms; 1000 by default. */
  readonly period?: number;
}

/** The reports of all readers there are, at once and then once per period. */
export function readerReports({ database, readers, untilClosed }: Core, { period = 1000 }: ReadersOptions): Observable<readonly ReaderReport[]> {
  if (!(period > 0)) throw blissdataError('InvalidArgument', { argument: 'period', expected: 'a time in ms above 0', received: String(period) });
  const reports$ = timer(0, period, database.scheduler).pipe(
    exhaustMap(() => {
      const keys = [...new Set([...readers].map(({ status }) => status.key))];
      return database.heads(keys).pipe(
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
