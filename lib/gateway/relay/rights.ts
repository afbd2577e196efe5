/** What a connection may see and do. */
import type { Criterion } from '../../ports/search.js';

export interface Rights {
  /** All scans, or those that meet every criterion of one of these lists. What may not be seen does not exist. */
  readonly read: 'all' | readonly (readonly Criterion[])[];
  /** Creating scans, writing their streams and states; false by default. */
  readonly write?: boolean;
  /** Deleting scans; false by default. */
  readonly delete?: boolean;
  /** When they end, in ms since 1970; never by default. */
  readonly expires?: number;
}
