/** The rounds of a memory tracker, over any database. */
import { asyncScheduler, catchError, concat, defer, EMPTY, map, of, repeat, switchMap, tap, throwError, type Observable } from 'rxjs';
import { blissdataError, isBlissdataError, isOutOfMemory } from '../model/errors.js';
import { ESRFIdentity } from '../model/identity-model.js';
import { after } from '../model/time.js';
import type { Database } from '../ports/database.js';
import type { Housekeeping } from '../ports/housekeeping.js';
import { journalKey } from '../wire/protocol.js';
import { reclaim } from './reclaim.js';
import { ScanRegister } from './scan-register.js';
import type { TrackerEvent, TrackerRound } from './tracker-event.js';
import { trackerSettings, type TrackerOptions, type TrackerSettings } from './tracker-options.js';

/** The pause after a round that failed or found nothing to trim on a full server, in ms. */
const pauseWhenStuck = 1000;
/** The pause after the server refused the journal entry, if it has enough memory again by the end of the round. */
const pauseWhenRefused = 500;

/** Each subscription is a tracker at work. Failures at the start are errors, later ones the event `problem`. */
export function trackMemoryOf(database: Database, housekeeping: Housekeeping, options: TrackerOptions): Observable<TrackerEvent> {
  return defer(() => {
    const { scheduler = asyncScheduler } = options;
    const settings = trackerSettings(options);
    const register = new ScanRegister(database, housekeeping, options.identity ?? ESRFIdentity, settings);
    const tracker = new MemoryTracker(database, housekeeping, register, settings);
    const rounds$ = defer(() => tracker.round()).pipe(repeat({ delay: () => after(tracker.pause, scheduler) }));
    return concat(tracker.start(), rounds$);
  });
}

class MemoryTracker {
  /** The pause before the next round, in ms. */
  pause = 0;
  /** The number of streams in the newest journal entry. */
  private streams = 0;

  constructor(
    private readonly database: Database,
    private readonly housekeeping: Housekeeping,
    private readonly register: ScanRegister,
    private readonly settings: TrackerSettings,
  ) {}

  /** Emits `started`, if the database is initialised and has a memory limit. */
  start(): Observable<TrackerEvent> {
    const { database, housekeeping, settings } = this;
    // The first request checks that the database is one of blissdata.
    return database.logTail(journalKey, { count: 1 }).pipe(
      switchMap(() => housekeeping.memory()),
      map(({ limit }) => {
        if (limit === null) throw blissdataError('NoMemoryLimit', { url: database.url });
        return { _tag: 'started', memoryLimit: limit, threshold: this.threshold(limit), protectedHistory: settings.protectedHistory };
      }),
    );
  }

  /** Finds and refreshes the scans, records in the journal where their streams stand, and trims if the server is too full. */
  round(): Observable<TrackerEvent> {
    this.pause = this.settings.monitoringPeriod;
    return concat(
      this.register.discover(),
      this.register.refresh(),
      defer(() => this.journalise()),
      defer(() => this.finish()),
    ).pipe(
      catchError((error: unknown) => {
        if (!isBlissdataError(error)) return throwError(() => error);
        this.pause = pauseWhenStuck;
        return of<TrackerEvent>({ _tag: 'problem', error });
      }),
    );
  }

  private journalise(): Observable<TrackerEvent> {
    return this.housekeeping.memory().pipe(
      switchMap(({ now }) =>
        concat(
          this.register.positions(now).pipe(
            switchMap((positions) => {
              this.streams = Object.keys(positions).length;
              return this.streams === 0 ? EMPTY : this.housekeeping.record(journalKey, positions);
            }),
            switchMap(() => EMPTY),
            // The journal's older entries are enough to trim by.
            catchError((error: unknown) => {
              if (!isOutOfMemory(error)) return throwError(() => error);
              this.pause = Math.min(this.settings.monitoringPeriod, pauseWhenRefused);
              return of<TrackerEvent>({ _tag: 'problem', error });
            }),
          ),
          this.register.retire(now),
        ),
      ),
    );
  }

  private finish(): Observable<TrackerEvent> {
    return this.housekeeping.memory().pipe(
      switchMap(({ used, limit, now }) => {
        const round: TrackerRound = { _tag: 'round', time: now, usedMemory: used, memoryLimit: limit, scans: this.register.size, streams: this.streams };
        return limit !== null && used >= this.threshold(limit) ? concat(of(round), this.makeRoom(now)) : of(round);
      }),
    );
  }

  private makeRoom(now: number): Observable<TrackerEvent> {
    return reclaim(this.database, this.housekeeping, this.settings, now).pipe(
      tap((event) => {
        this.pause = event._tag === 'trimmed' ? 0 : pauseWhenStuck;
      }),
    );
  }

  private threshold(limit: number): number {
    return Math.floor((limit * this.settings.cleaningThreshold) / 100);
  }
}
