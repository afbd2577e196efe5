/** Trims off the oldest data of all streams, as far back as the journal says which those are. */
import { defer, EMPTY, expand, last, map, of, reduce, switchMap, type Observable } from 'rxjs';
import type { Database } from '../ports/database.js';
import type { Id, Key } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import type { Housekeeping, Trim } from '../ports/housekeeping.js';
import { journalKey } from '../wire/protocol.js';
import { lastIdAt, predecessor, sealId, timeOf } from '../wire/stream-id.js';
import type { TrackerEvent } from './tracker-event.js';
import type { TrackerSettings } from './tracker-options.js';

/** How many entries of the journal are read at a time: each names every stream of every scan that was open. */
const entriesPerLook = 20;

/**
 * The time up to which data are to be trimmed off: the oldest part of what the journal covers, and nothing of the protected history.
 * `undefined` where that leaves nothing.
 */
function cleaningHorizon(origin: number, now: number, { cleaningTimeSlice, protectedHistory }: Pick<TrackerSettings, 'cleaningTimeSlice' | 'protectedHistory'>): number | undefined {
  const horizon = Math.floor(Math.min(origin + ((now - origin) * cleaningTimeSlice) / 100, now - protectedHistory * 1000));
  return horizon > origin ? horizon : undefined;
}

/** Emits once: `trimmed`, or `nothingToTrim`. What the journal says of the time that was trimmed off goes with it. */
export function reclaim(database: Database, housekeeping: Housekeeping, settings: TrackerSettings, now: number): Observable<TrackerEvent> {
  return housekeeping.oldest(journalKey).pipe(
    switchMap((oldest): Observable<TrackerEvent> => {
      const horizon = oldest === null ? undefined : cleaningHorizon(timeOf(oldest.id), now, settings);
      if (horizon === undefined) return of({ _tag: 'nothingToTrim', protectedHistory: settings.protectedHistory });
      return positionsAt(database, horizon).pipe(
        switchMap((positions) => {
          const trims = [...positions].map(([key, id]): Trim => ({ key, before: id, exactly: id === sealId }));
          return housekeeping.trim(trims).pipe(map((entries): TrackerEvent => ({ _tag: 'trimmed', horizon, streams: trims.length, entries })));
        }),
        switchMap((event) => housekeeping.forget(journalKey, horizon).pipe(map(() => event))),
      );
    }),
  );
}

/** Where each stream stood when it was last looked at before a time: the newest entry that names it. */
function positionsAt(database: Database, time: number): Observable<ReadonlyMap<Key, Id>> {
  const look = (max: Id): Observable<readonly LogEntry[]> => database.logTail(journalKey, { max, count: entriesPerLook });
  return defer(() => look(lastIdAt(time))).pipe(
    expand((entries) => {
      const end = entries.length < entriesPerLook ? undefined : entries.at(-1);
      return end === undefined ? EMPTY : look(predecessor(end.id));
    }),
    reduce((positions, entries) => {
      for (const { fields } of entries) for (const [key, id] of Object.entries(fields)) if (!positions.has(key)) positions.set(key, id);
      return positions;
    }, new Map<Key, Id>()),
    last(),
  );
}
