/** What a reader is doing: one thing at a time. */
import type { Unsubscribable } from 'rxjs';

export type Activity =
  /** There is no demand, and nothing may be read ahead. */
  | { readonly _tag: 'idle' }
  /** A chunk is being fetched, for a demand or ahead of it. `bytes`: about how many come. */
  | { readonly _tag: 'reading'; readonly bytes: number; work: Unsubscribable | undefined }
  /** A demand waits for an invalidation, or for the interval of its policy. */
  | { readonly _tag: 'waiting'; readonly work: Unsubscribable };

export const idle: Activity = { _tag: 'idle' };
