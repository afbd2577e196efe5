/** Whether the database answers now: asked when somebody wants to know, at most once a second. */
import { catchError, defer, firstValueFrom, map, of, race, type Observable, type SchedulerLike } from 'rxjs';
import type { Database } from '../../ports/database.js';
import { after } from '../../model/time.js';

/** In ms: for how long an answer counts, and how long one may take. */
const fresh = 1000;
const within = 3000;

export class Readiness {
  private last: { readonly at: number; readonly ready: Promise<boolean> } | undefined;

  /** @param changed called when it begins or ceases to answer */
  constructor(
    private readonly database: Pick<Database, 'protocolVersion'>,
    private readonly scheduler: SchedulerLike,
  ) {}

  get(): Promise<boolean> {
    const now = this.scheduler.now();
    if (this.last === undefined || now - this.last.at >= fresh) this.last = { at: now, ready: firstValueFrom(this.ask()) };
    return this.last.ready;
  }

  private ask(): Observable<boolean> {
    const answered$ = defer(() => this.database.protocolVersion()).pipe(
      map((version) => version !== null),
      // Why it does not is for the log of the status: see gateway.ts.
      catchError(() => of(false)),
    );
    return race(answered$, after(within, this.scheduler).pipe(map(() => false)));
  }
}
