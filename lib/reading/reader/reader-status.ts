/** How a reader is getting on: what can be told of it beside its data. */
import type { Key } from '../../ports/keys.js';

/** What a reader has done so far, and what it holds. */
export interface ReaderStatistics {
  /** The stream's Redis key, and its name within the scan. */
  readonly key: Key;
  readonly stream: string;
  /** The index of the point that its consumer gets next. */
  readonly position: number;
  /** How many points and bytes of payload its consumer got. */
  readonly points: number;
  readonly bytes: number;
  /** How many points Redis had no more (they are lost, unless the stream has a file behind it), and how many it passed over by its policy. */
  readonly expired: number;
  readonly dropped: number;
  /** How many requests it sent, and how often it was woken. */
  readonly reads: number;
  readonly wakes: number;
  /** How often its connection was lost, and it went on where it was. */
  readonly reconnects: number;
  /** What it holds ahead of its consumer: chunks, and bytes of payload. */
  readonly chunksAhead: number;
  readonly bytesAhead: number;
  /** About how many bytes the answer will have that it waits for; 0 when it has sent nothing. */
  readonly bytesInFlight: number;
}

/**
 * - `idle`: nobody asks it for anything, its consumer is at work.
 * - `reading`: a request is under way.
 * - `waiting`: it has seen everything there is, and waits to be woken.
 */
export type ReaderStatus =
  | (ReaderStatistics & { readonly _tag: 'idle' })
  | (ReaderStatistics & { readonly _tag: 'reading' })
  | (ReaderStatistics & { readonly _tag: 'waiting' });
