/** How a database says that something has changed. */
import type { Observable } from 'rxjs';
import type { Key } from './keys.js';

/**
 * Something may have changed: read again. Invalidations may repeat, and none is missed for a change made after a watching read was sent.
 * `interrupted`: the connection over which streams are read was lost. From now on another server may answer, or one with less data.
 */
export type Invalidation = { readonly _tag: 'keys'; readonly keys: readonly Key[] } | { readonly _tag: 'all'; readonly interrupted?: boolean };

export interface InvalidationPort {
  readonly invalidations$: Observable<Invalidation>;
  /** Nothing waits for these keys any more: their invalidations may be left out until another read watches them. Fire and forget. */
  unwatch(keys: readonly Key[]): void;
}
