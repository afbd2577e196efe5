/** What all sessions of a relay share. */
import type { SchedulerLike } from 'rxjs';
import type { EndOfTick } from '../../model/end-of-tick.js';
import type { Database } from '../../ports/database.js';
import type { Limits } from '../protocol/limits.js';
import type { Authorize } from './authorize.js';
import type { DataRequests } from './data-requests.js';
import type { PlainCalls } from './plain-calls.js';
import type { RelayEvents } from './relay-events.js';
import type { TailContext } from './tail.js';
import type { Tails } from './tails.js';
import type { WatchedKeys } from './watched-keys.js';

export interface RelayCore {
  /** One without retries: its failures are the clients' to repeat. */
  readonly database: Database;
  /** The database's name, for people; stands for its address in errors. */
  readonly name: string;
  /** Clock and timers. */
  readonly scheduler: SchedulerLike;
  readonly endOfTick: EndOfTick;
  readonly authorize: Authorize;
  readonly limits: Limits;
  readonly events: RelayEvents;
  readonly watched: WatchedKeys;
  readonly calls: PlainCalls;
  readonly data: DataRequests;
  readonly tails: Tails;
  readonly tailContext: TailContext;
  /** How the gateway's own connection fares, as a message; `undefined` if there is nothing to tell. */
  readonly status: () => string | undefined;
  readonly features: readonly string[];
  /** Another one after a restart. */
  readonly epoch: string;
  /** How long a `hello` may take, a session be of no use, and a socket take nothing, in ms. */
  readonly helloWithin: number;
  readonly idleAfter: number;
  readonly progressWithin: number;
}
