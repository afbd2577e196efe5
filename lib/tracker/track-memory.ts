/** The memory tracker on a Redis server. */
import { asyncScheduler, merge, Observable } from 'rxjs';
import type { ConnectionOptions } from '../redis/connection/connection-options.js';
import { redisDatabase } from '../redis/redis-database.js';
import { redisHousekeeping } from '../redis/redis-housekeeping.js';
import { checkedDatabase } from '../store/checked-database.js';
import { trackMemoryOf } from './memory-tracker.js';
import type { TrackerEvent } from './tracker-event.js';
import type { TrackerOptions } from './tracker-options.js';

export interface TrackMemoryOptions extends TrackerOptions {
  /** Options of its connections. */
  readonly connection?: ConnectionOptions;
}

/**
 * Keeps a blissdata database from running full, as Python's `memory_tracker` does; the two can take turns. It trims the oldest data when
 * the server is too full, gives closed scans a time to live, and closes and deletes scans whose publishers died. One tracker is enough
 * for a database. Publishers need not know of it; readers learn from `expired` what they missed.
 *
 * Every `monitoringPeriod` ms a round: find new scans, record in a journal (the stream `_MEMORY_TRACKING_`) where each stream stands,
 * and if more than `cleaningThreshold` percent of `maxmemory` are used, trim all streams to where they stood at the end of the oldest
 * `cleaningTimeSlice` percent of the journal's time, but not within the last `protectedHistory` ms. Rounds then follow each other without
 * a pause until memory suffices. The last entry of a stream and its seal stay.
 *
 * - Cold: each subscription is a tracker at work, until it is unsubscribed. Never completes.
 * - Emits {@link TrackerEvent}s; `problem` for what it survives: a server that is out of memory or away for a while, unreadable scans.
 * - Errors at the start only: `NoMemoryLimit` if the server has no `maxmemory`, `InvalidArgument`, `InvalidUrl`, `Disconnected`,
 *   `NotInitialized`, `ProtocolVersionMismatch`.
 *
 * @example
 * trackMemory('redis://localhost:6379', { monitoringPeriod: 10_000 }).subscribe((event) => {
 *   if (event._tag === 'round') console.log(`${event.usedMemory} of ${event.memoryLimit} bytes`);
 * });
 */
export function trackMemory(url: string, options: TrackMemoryOptions = {}): Observable<TrackerEvent> {
  return new Observable((subscriber) => {
    const { scheduler = asyncScheduler, connection = {} } = options;
    const database = redisDatabase(url, { scheduler, connection });
    const housekeeping = redisHousekeeping(url, { connection });
    subscriber.add(trackMemoryOf(checkedDatabase(database, () => undefined), housekeeping, options).subscribe(subscriber));
    // Closing is immediate, and has no observer any more.
    subscriber.add(() => merge(database.close(), housekeeping.close()).subscribe());
  });
}
