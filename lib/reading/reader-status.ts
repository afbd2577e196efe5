/** How a reader is getting on: its statistics, beside its data. */
import type { Key } from '../ports/keys.js';

/** What a reader has done so far, and what it holds. */
export interface ReaderStatistics {
  /** The stream's Redis key, and its name within the scan. */
  readonly key: Key;
  readonly stream: string;
  /** The index of the point that the consumer gets next. */
  readonly position: number;
  /** How many points, and bytes of payload, were delivered. */
  readonly points: number;
  readonly bytes: number;
  /** How many points Redis no longer had (lost, unless the stream has a file behind it), and how many the policy skipped. */
  readonly expired: number;
  readonly dropped: number;
  /** How many requests it sent, and how often it read because of an invalidation. */
  readonly reads: number;
  readonly invalidations: number;
  /** How often its connection was lost and it resumed where it was. */
  readonly reconnects: number;
  /** What it holds ahead of its consumer: chunks, and bytes of payload. */
  readonly chunksAhead: number;
  readonly bytesAhead: number;
  /** The approximate size of the answer to the request under way; 0 without one. */
  readonly bytesInFlight: number;
}

/**
 * - `idle`: without demand, its consumer is at work.
 * - `reading`: a request is under way.
 * - `waiting`: it has reached the end of the stream so far, and waits for an invalidation.
 */
export type ReaderStatus =
  | (ReaderStatistics & { readonly _tag: 'idle' })
  | (ReaderStatistics & { readonly _tag: 'reading' })
  | (ReaderStatistics & { readonly _tag: 'waiting' });
