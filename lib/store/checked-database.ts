/** A database that is asked for its protocol version before anything else is asked of it. */
import { concat, defer, EMPTY, ignoreElements, share, tap, type Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import { aroundDatabase } from '../retry/middleware.js';
import type { Database } from '../ports/database.js';
import { protocolVersion } from '../wire/protocol.js';

/** The same database; every answer errors with `NotInitialized` or `ProtocolVersionMismatch` until the version has been seen to be right. */
export function checkedDatabase(database: Database, onProblem: (error: unknown) => void, onRight: () => void = () => undefined): Database {
  let checked = false;
  const check$ = defer(() => (checked ? EMPTY : database.protocolVersion())).pipe(
    tap((version) => {
      requireVersion(database.url, version);
      checked = true;
      onRight();
    }),
    tap({ error: onProblem }),
    ignoreElements(),
    // Many first uses at once ask once.
    share(),
  );
  const after = <A>(answer$: Observable<A>): Observable<A> => (checked ? answer$ : concat(check$, answer$));
  return { ...aroundDatabase(database, { reading: after, changing: after, appending: after }), protocolVersion: () => database.protocolVersion() };
}

function requireVersion(url: string, found: string | null): void {
  if (found === null) throw blissdataError('NotInitialized', { url });
  if (found !== String(protocolVersion)) throw blissdataError('ProtocolVersionMismatch', { url, expected: protocolVersion, found });
}
