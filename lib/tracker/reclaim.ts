/** Trims the oldest data of all streams, as far as the journal shows which those are. */
import { defer, EMPTY, expand, last, map, of, reduce, switchMap, type Observable } from 'rxjs';
import type { Database } from '../ports/database.js';
import type { Id, Key } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import type { Housekeeping, Trim } from '../ports/housekeeping.js';
import { journalKey } from '../wire/protocol.js';
import { lastIdAt, predecessor, sealId, timeOf } from '../wire/stream-id.js';
import type { TrackerEvent } from './tracker-event.js';
import type { TrackerSettings } from './tracker-options.js';

/** Journal entries per request: each names every stream of every open scan, so they are large. */
const entriesPerRequest = 20;

/** The time before which data are trimmed: within the oldest part of the journal, outside the protected history. `undefined` if nothing is left. */
function cleaningHorizon(origin: number, now: number, { cleaningTimeSlice, protectedHistory }: Pick<TrackerSettings, 'cleaningTimeSlice' | 'protectedHistory'>): number | undefined {
  const horizon = Math.floor(Math.min(origin + ((now - origin) * cleaningTimeSlice) / 100, now - protectedHistory));
  return horizon > origin ? horizon : undefined;
}

/** Emits `trimmed` or `nothingToTrim`, once. The journal is trimmed to the same time. */
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

/** Where each stream stood at a time: the newest journal entry before it that names the stream. */
function positionsAt(database: Database, time: number): Observable<ReadonlyMap<Key, Id>> {
  const entriesUpTo = (max: Id): Observable<readonly LogEntry[]> => database.logTail(journalKey, { max, count: entriesPerRequest });
  return defer(() => entriesUpTo(lastIdAt(time))).pipe(
    expand((entries) => {
      const end = entries.length < entriesPerRequest ? undefined : entries.at(-1);
      return end === undefined ? EMPTY : entriesUpTo(predecessor(end.id));
    }),
    reduce((positions, entries) => {
      for (const { fields } of entries) for (const [key, id] of Object.entries(fields)) if (!positions.has(key)) positions.set(key, id);
      return positions;
    }, new Map<Key, Id>()),
    last(),
  );
}
