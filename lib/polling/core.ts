/** What a store shares with everything live that it hands out. */
import type { Observable, SchedulerLike } from 'rxjs';
import type { WakeHub } from './wake-hub.js';
import type { Database } from '../ports/database.js';

export interface Core {
  readonly database: Database;
  readonly hub: WakeHub;
  /** Ends what is live with `StoreClosed` when the store closes. */
  readonly untilClosed: <A>(source$: Observable<A>) => Observable<A>;
  /** When points that were sent are put on their way: at the end of the present tick. */
  readonly endOfTick: SchedulerLike;
}
