/** Who may connect, and what they may do: by tokens, by the program's own `authorize`, or whatever runs on this machine. */
import { catchError, map, of, race, throwError, type Observable, type SchedulerLike } from 'rxjs';
import { blissdataError, isBlissdataError } from '../../model/errors.js';
import { after } from '../../model/time.js';
import type { Authorize, Visitor } from '../relay/authorize.js';
import type { Rights } from '../relay/rights.js';
import type { Tokens } from './tokens.js';

export interface GatekeeperOptions {
  readonly name: string;
  /** None where there are no tokens: all who get here may connect. */
  readonly tokens?: Tokens | undefined;
  readonly authorize?: Authorize | undefined;
  readonly allowWrite: boolean;
  readonly allowDelete: boolean;
  readonly scheduler: SchedulerLike;
  /** What `authorize` failed with, other than `AccessDenied`. */
  readonly failed: (error: unknown) => void;
}

/** How long a program's `authorize` may take, in ms. */
const within = 10_000;

export function gatekeeper({ name, tokens, authorize, allowWrite, allowDelete, scheduler, failed }: GatekeeperOptions): Authorize {
  const denied = (reason: string): Error => blissdataError('AccessDenied', { url: name, reason });
  const ask = (visitor: Visitor): Observable<Rights> => {
    if (authorize !== undefined) return race(authorize(visitor), after(within, scheduler).pipe(map(() => {
      throw denied('the rights could not be found out in time');
    })));
    if (tokens === undefined) return of({ read: 'all', write: true, delete: true });
    if (visitor.token === undefined) return throwError(() => denied('a token is needed'));
    const rights = tokens.rightsOf(visitor.token, visitor.connection);
    return rights === undefined ? throwError(() => denied('the token is not known')) : of(rights);
  };
  return (visitor) =>
    ask(visitor).pipe(
      map((rights) => {
        if (rights.expires !== undefined && rights.expires <= scheduler.now()) throw denied('the token has expired');
        return { ...rights, write: allowWrite && rights.write === true, delete: allowDelete && rights.delete === true };
      }),
      catchError((error: unknown) => {
        if (!isBlissdataError(error, 'AccessDenied')) failed(error);
        return throwError(() => error);
      }),
    );
}
