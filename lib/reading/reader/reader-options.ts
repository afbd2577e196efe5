/** How a stream is read: from where, what a slow consumer gets, how far ahead, and in whose memory. */
import { blissdataError } from '../../model/errors.js';
import { received } from '../../wire/problems.js';

export interface ReaderOptions {
  /** The index of the first point to read; 0 by default. */
  readonly from?: number;
  /** What a consumer gets that is slower than the stream; `'all'` by default. */
  readonly policy?: ReadPolicy;
  /** How far to read ahead of a consumer that gets all points. */
  readonly credit?: Credit;
  /**
   * Lends chunks instead of giving them away (false by default): their arrays are valid until the consumer is done with the chunk, that is
   * until its work ends or it reads the next one, and are then filled with other points. This saves allocating memory for every chunk,
   * which takes longer than reading it where points are images. Copy what you keep, and what you change or transfer while parts of the
   * chunk are still to come (`cursor.read({ count })`).
   */
  readonly lend?: boolean;
}

/**
 * What a consumer gets that is slower than its stream:
 *
 * - `'all'`: every point, however late; the backlog waits in Redis.
 * - `'newest'`: the newest point at the time of each request, and none before it.
 * - `{ every: ms }`: the same, at most once per interval.
 * - `{ window: n }`: the last n points at the time of each request, and those that follow; never more than n behind.
 *
 * `dropped` of the next chunk counts the points that were skipped. Skipped points take no memory, and most are never read.
 */
export type ReadPolicy = 'all' | 'newest' | { readonly every: number } | { readonly window: number };

/**
 * How much is read before the consumer asks for it; the rest of the backlog stays in Redis. A reader that has used up its credit resumes
 * once half of it is free again. It never has more than one request under way.
 */
export interface Credit {
  /** How many bytes may be held ahead; 8 MiB by default. An entry is read however big it is. */
  readonly bytes?: number;
  /** How many chunks may be held ahead; 4 by default, 0 to read on demand only. */
  readonly chunks?: number;
}

/** A policy in normal form. */
export type Pace = { readonly _tag: 'all' } | { readonly _tag: 'newest'; readonly everyMs: number } | { readonly _tag: 'window'; readonly points: number };

const defaultCredit: Required<Credit> = { bytes: 8 << 20, chunks: 4 };

/** @throws InvalidArgument for an invalid policy. */
export function paceOf(policy: ReadPolicy): Pace {
  if (policy === 'all') return { _tag: 'all' };
  if (policy === 'newest') return { _tag: 'newest', everyMs: 0 };
  const { every, window }: { readonly every?: unknown; readonly window?: unknown } = policy;
  if (typeof every === 'number' && every > 0) return { _tag: 'newest', everyMs: every };
  if (typeof window === 'number' && Number.isSafeInteger(window) && window >= 1) return { _tag: 'window', points: window };
  throw blissdataError('InvalidArgument', { argument: 'policy', expected: "'all', 'newest', { every: ms above 0 } or { window: points from 1 }", received: received(policy) });
}

/** @throws InvalidArgument for an invalid credit. */
export function requireCredit({ bytes = defaultCredit.bytes, chunks = defaultCredit.chunks }: Credit): Required<Credit> {
  if (!(bytes >= 1)) throw blissdataError('InvalidArgument', { argument: 'credit.bytes', expected: 'at least 1', received: String(bytes) });
  if (!(chunks >= 0)) throw blissdataError('InvalidArgument', { argument: 'credit.chunks', expected: 'at least 0', received: String(chunks) });
  return { bytes, chunks };
}
