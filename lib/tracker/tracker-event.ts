/** The events that a memory tracker emits. */
import type { BlissdataError } from '../model/errors.js';

/**
 * What a memory tracker did or found; times are in ms.
 *
 * | `_tag` | |
 * |---|---|
 * | `started` | the server answers and has a memory limit; comes first, once |
 * | `scanFound` | a scan is tracked from now on |
 * | `scanVanished` | a tracked scan was deleted by another client |
 * | `scanExpires` | a closed scan got its time to live, and is no longer tracked |
 * | `scanDeleted` | a scan without activity was closed and deleted |
 * | `round` | a round has ended: how full the server is |
 * | `trimmed` | the oldest data were trimmed because the server is too full |
 * | `nothingToTrim` | the server is too full, but all data lie in the protected history |
 * | `problem` | a failure that the tracker survived; `key` names the scan, if it was about one |
 */
export type TrackerEvent =
  | { readonly _tag: 'started'; readonly memoryLimit: number; readonly threshold: number; readonly protectedHistory: number }
  | { readonly _tag: 'scanFound'; readonly key: string }
  | { readonly _tag: 'scanVanished'; readonly key: string }
  | { readonly _tag: 'scanExpires'; readonly key: string; readonly timeToLive: number }
  | { readonly _tag: 'scanDeleted'; readonly key: string; readonly inactiveFor: number }
  | TrackerRound
  | { readonly _tag: 'trimmed'; readonly horizon: number; readonly streams: number; readonly entries: number }
  | { readonly _tag: 'nothingToTrim'; readonly protectedHistory: number }
  | { readonly _tag: 'problem'; readonly error: BlissdataError; readonly key?: string };

/** The server and the journal at the end of a round. */
export interface TrackerRound {
  readonly _tag: 'round';
  /** The server's clock, in ms since 1970. */
  readonly time: number;
  /** In bytes. */
  readonly usedMemory: number;
  /** In bytes; `null` if the limit has been removed since the start. */
  readonly memoryLimit: number | null;
  /** The number of open scans, and of their streams in the journal. */
  readonly scans: number;
  readonly streams: number;
}
