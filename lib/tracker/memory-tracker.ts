/** The rounds of a memory tracker, over any database that has the ports. */
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

/** How long to wait where the server is too full and nothing may be trimmed off, and after a round that failed; in ms. */
const pauseWhenStuck = 1000;
/** The same where the server refused the journal's entry and there is enough memory again. */
const pauseWhenRefused = 500;

/** One subscription is one tracker at work. What is wrong from the start is an error, what goes wrong later a `problem`. */
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
  /** How long to wait before the next round, in ms. */
  pause = 0;
  private readonly period: number;
  /** How many streams the last entry of the journal names. */
  private streams = 0;

  constructor(
    private readonly database: Database,
    private readonly housekeeping: Housekeeping,
    private readonly register: ScanRegister,
    private readonly settings: TrackerSettings,
  ) {
    this.period = settings.monitoringPeriod * 1000;
  }

  /** Emits `started`, where the database is one for blissdata and has a limit. */
  start(): Observable<TrackerEvent> {
    const { database, housekeeping, settings } = this;
    // The first that is asked of a database tells whether it is one for blissdata.
    return database.logTail(journalKey, { count: 1 }).pipe(
      switchMap(() => housekeeping.memory()),
      map(({ limit }) => {
        if (limit === null) throw blissdataError('NoMemoryLimit', { url: database.url });
        return { _tag: 'started', memoryLimit: limit, threshold: this.threshold(limit), protectedHistory: settings.protectedHistory };
      }),
    );
  }

  /** Looks at all scans, writes down where their streams stand, and makes room if there is too little. */
  round(): Observable<TrackerEvent> {
    this.pause = this.period;
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
            // Room can be made all the same, by what is in the journal already.
            catchError((error: unknown) => {
              if (!isOutOfMemory(error)) return throwError(() => error);
              this.pause = Math.min(this.period, pauseWhenRefused);
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
