/** The memory tracker for Node: on a Redis server, by its URL. */
import { asyncScheduler, merge, Observable } from 'rxjs';
import type { ConnectionOptions } from '../redis/connection/connection-options.js';
import { redisDatabase } from '../redis/redis-database.js';
import { redisHousekeeping } from '../redis/redis-housekeeping.js';
import { checkedDatabase } from '../store/checked-database.js';
import { trackMemoryOf } from '../tracker/memory-tracker.js';
import type { TrackerEvent } from '../tracker/tracker-event.js';
import type { TrackerOptions } from '../tracker/tracker-options.js';

export interface TrackMemoryOptions extends TrackerOptions {
  /** The behaviour of its connections. */
  readonly connection?: ConnectionOptions;
}

/**
 * Keeps a blissdata database from running full, as Python's `memory_tracker` does, which can take over at any time: trims the oldest
 * data when memory runs short, gives closed scans a time to live, and closes and deletes scans whose publishers have died. A database
 * needs only one tracker, and publishers need no change; readers see lost points as `expired`.
 *
 * Every `monitoringPeriod` a round: find new scans, write down in a journal (the stream `_MEMORY_TRACKING_`) where each stream stands,
 * and if more than `cleaningThreshold` percent of `maxmemory` are used, trim all streams to where they stood at the end of the oldest
 * `cleaningTimeSlice` percent of the journal's time, but not within the last `protectedHistory` seconds; and so on without a pause
 * until there is room again. The last entry of a stream and its seal stay.
 *
 * - Cold: each subscription is a tracker at work, until it is unsubscribed from. Never completes.
 * - Emits what it does, as {@link TrackerEvent}s; `problem` for what it survives: a server that is out of memory or away for a while,
 *   scans that cannot be read.
 * - Errors at the start only: `NoMemoryLimit` where the server has no `maxmemory`, `InvalidArgument`, `InvalidUrl`, `Disconnected`,
 *   `NotInitialized`, `ProtocolVersionMismatch`.
 *
 * @example
 * trackMemory('redis://localhost:6379', { monitoringPeriod: 10 }).subscribe((event) => {
 *   if (event._tag === 'round') console.log(`${event.usedMemory} of ${event.memoryLimit} bytes`);
 * });
 */
export function trackMemory(url: string, options: TrackMemoryOptions = {}): Observable<TrackerEvent> {
  return new Observable((subscriber) => {
    const { scheduler = asyncScheduler, connection = {} } = options;
    const database = redisDatabase(url, { scheduler, connection });
    const housekeeping = redisHousekeeping(url, { connection });
    subscriber.add(trackMemoryOf(checkedDatabase(database, () => undefined), housekeeping, options).subscribe(subscriber));
    // Disconnecting is synchronous, and cannot fail.
    subscriber.add(() => merge(database.close(), housekeeping.close()).subscribe());
  });
}
