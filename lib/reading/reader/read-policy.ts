/** What a consumer gets that is slower than its stream. */
import { blissdataError } from '../../model/errors.js';
import { received } from '../../wire/problems.js';

/**
 * - `'all'`: every point, however late; the backlog waits in Redis.
 * - `'newest'`: the newest point there is when the consumer asks, and none of those before it.
 * - `{ every: ms }`: the same, at most once in so many ms.
 * - `{ window: n }`: the last n points there are when the consumer asks, and those that follow; never more than n behind.
 *
 * What is passed over is counted in `dropped` of the chunk that comes next. Nothing that is passed over is kept in memory, and most of
 * it is never read.
 */
export type ReadPolicy = 'all' | 'newest' | { readonly every: number } | { readonly window: number };

/** The same, in one form. */
export type Pace = { readonly _tag: 'all' } | { readonly _tag: 'newest'; readonly everyMs: number } | { readonly _tag: 'window'; readonly points: number };

/** @throws InvalidArgument for what is no policy. */
export function paceOf(policy: ReadPolicy): Pace {
  if (policy === 'all') return { _tag: 'all' };
  if (policy === 'newest') return { _tag: 'newest', everyMs: 0 };
  const { every, window }: { readonly every?: unknown; readonly window?: unknown } = policy;
  if (typeof every === 'number' && every > 0) return { _tag: 'newest', everyMs: every };
  if (typeof window === 'number' && Number.isSafeInteger(window) && window >= 1) return { _tag: 'window', points: window };
  throw blissdataError('InvalidArgument', { argument: 'policy', expected: "'all', 'newest', { every: ms above 0 } or { window: points from 1 }", received: received(policy) });
}
