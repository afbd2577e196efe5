/** The search index: the scans whose identity matches. */
import type { Observable } from 'rxjs';
import type { Id, Key } from './keys.js';

/** What a scan's identity must match: every criterion; without any, every scan matches. */
export interface Search {
  /** The prefix of the identity model, such as `esrf`. */
  readonly prefix: string;
  readonly criteria: readonly Criterion[];
}

/** A condition on one identity field. Text matches case-insensitively and as a whole (a TAG field of RediSearch, separator `|`). */
export type Criterion =
  | { readonly field: string; readonly _tag: 'number'; readonly min: number; readonly max: number }
  | { readonly field: string; readonly _tag: 'text'; readonly kind: 'equals' | 'startsWith' | 'endsWith' | 'contains'; readonly text: string };

export interface SearchResult {
  readonly timetag: Id;
  readonly keys: readonly Key[];
}

/** Cold, emits once and completes; unsubscribing cancels. */
export interface SearchPort {
  search(search: Search): Observable<SearchResult>;
}
