/** What a memory tracker tells of its work. */
import type { BlissdataError } from '../model/errors.js';

/**
 * What a memory tracker did or found:
 *
 * | `_tag` | |
 * |---|---|
 * | `started` | the server answers and has a limit; comes first, once |
 * | `scanFound` | a scan is tracked from now on |
 * | `scanVanished` | a scan that was tracked has been deleted by somebody else |
 * | `scanExpires` | a closed scan has got its time to live, and is tracked no more |
 * | `scanDeleted` | a scan of which nothing was heard was closed and deleted |
 * | `round` | a round has come to its end: how full the server is |
 * | `trimmed` | the oldest data were trimmed off, since the server is too full |
 * | `nothingToTrim` | the server is too full, but all there is lies in the protected history |
 * | `problem` | something went wrong, and the tracker goes on: `key` says for which scan, if it was about one |
 */
export type TrackerEvent =
  | { readonly _tag: 'started'; readonly memoryLimit: number; readonly threshold: number; readonly protectedHistory: number }
  | { readonly _tag: 'scanFound'; readonly key: string }
  | { readonly _tag: 'scanVanished'; readonly key: string }
  | { readonly _tag: 'scanExpires'; readonly key: string; readonly seconds: number }
  | { readonly _tag: 'scanDeleted'; readonly key: string; readonly inactiveSeconds: number }
  | TrackerRound
  | { readonly _tag: 'trimmed'; readonly horizon: number; readonly streams: number; readonly entries: number }
  | { readonly _tag: 'nothingToTrim'; readonly protectedHistory: number }
  | { readonly _tag: 'problem'; readonly error: BlissdataError; readonly key?: string };

/** What there is at the end of a round. */
export interface TrackerRound {
  readonly _tag: 'round';
  /** The server's clock, in ms since 1970. */
  readonly time: number;
  /** In bytes. */
  readonly usedMemory: number;
  /** In bytes; `null` where somebody has taken the limit away. */
  readonly memoryLimit: number | null;
  /** How many scans are open, and how many streams of theirs are in the journal. */
  readonly scans: number;
  readonly streams: number;
}
