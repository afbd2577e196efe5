/** The database that a gateway serves, and what it needs to know of it before it listens. */
import { asyncScheduler, catchError, map, of, race, type Observable } from 'rxjs';
import { blissdataError, isBlissdataError } from '../../model/errors.js';
import { ESRFIdentity, type IdentityModel } from '../../model/identity-model.js';
import { after } from '../../model/time.js';
import type { Database } from '../../ports/database.js';
import type { Status } from '../../ports/status.js';
import { originOf, type Origin } from '../../node/reopen.js';
import { redisDatabase } from '../../redis/redis-database.js';
import { protocolVersion } from '../../wire/protocol.js';
import type { GatewayOptions } from '../gateway-options.js';

export interface Place {
  /** Without retries: what fails is answered, and the clients repeat it. */
  readonly database: Database;
  readonly model: IdentityModel;
  /** Closes what was opened for the gateway. */
  readonly close: () => Observable<unknown>;
}

/** A store that `DataStore.connect` has returned: of it no more is used than where its database is. */
export interface ConnectedStore {
  readonly status$: Observable<Status>;
  close(): Promise<void>;
}

/** @throws InvalidArgument for a store that was made otherwise than by `DataStore.connect` with the URL of a Redis server */
export function openPlace(given: string | ConnectedStore | Database, { identity, connection = {}, scheduler = asyncScheduler }: GatewayOptions): Place {
  if (typeof given === 'string') return opened({ open: () => redisDatabase(given, { scheduler, connection }), model: identity ?? ESRFIdentity });
  if ('invalidations$' in given) return { database: given, model: identity ?? ESRFIdentity, close: () => of(undefined) };
  const origin = originOf(given);
  if (origin === undefined) throw blissdataError('InvalidArgument', { argument: 'database', expected: 'a URL, a database, or a store that DataStore.connect has returned for a Redis server', received: 'something else' });
  return opened({ ...origin, ...(identity === undefined ? {} : { model: identity }) });
}

function opened({ open, model }: Origin): Place {
  const database = open();
  return { database, model, close: () => database.close() };
}

/** How long the database may take to answer before the gateway starts without it, in ms. */
const within = 3000;

/**
 * Emits what is wrong with the database and may pass, in words for the log; `undefined` if it is as it should be. Errors with what
 * will not pass, such as an invalid URL, without repeating that.
 */
export function checkPlace({ database }: Place, { scheduler = asyncScheduler }: GatewayOptions): Observable<string | undefined> {
  const problem$ = database.protocolVersion().pipe(
    map((found) => (found === null ? 'The database is not set up for blissdata' : found === String(protocolVersion) ? undefined : `The database has version ${found} of blissdata's protocol, this package knows ${protocolVersion}`)),
    catchError((error: unknown) => {
      if (isBlissdataError(error, 'InvalidUrl')) throw blissdataError('InvalidUrl', { expected: error.expected, received: 'another one' });
      if (isBlissdataError(error, 'InvalidArgument')) throw error;
      // That it does not answer shows in its status, which is logged.
      return of(undefined);
    }),
  );
  return race(problem$, after(within, scheduler).pipe(map(() => 'The database does not answer yet: it is waited for')));
}
