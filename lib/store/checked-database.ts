/** A database whose protocol version is checked before the first request. */
import { concat, defer, EMPTY, ignoreElements, share, tap, type Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { Database } from '../ports/database.js';
import { wrapDatabase } from '../retry/middleware.js';
import { protocolVersion } from '../wire/protocol.js';

/** Every request errors with `NotInitialized` or `ProtocolVersionMismatch` until the version was found to be right. */
export function checkedDatabase(database: Database, onProblem: (error: unknown) => void, onSuccess: () => void = () => undefined): Database {
  let checked = false;
  const check$ = defer(() => (checked ? EMPTY : database.protocolVersion())).pipe(
    tap((version) => {
      requireVersion(database.url, version);
      checked = true;
      onSuccess();
    }),
    tap({ error: onProblem }),
    ignoreElements(),
    // Requests that are made together share one check.
    share(),
  );
  const afterCheck = <A>(request$: Observable<A>): Observable<A> => (checked ? request$ : concat(check$, request$));
  return { ...wrapDatabase(database, { read: afterCheck, change: afterCheck, append: afterCheck }), protocolVersion: () => database.protocolVersion() };
}

function requireVersion(url: string, found: string | null): void {
  if (found === null) throw blissdataError('NotInitialized', { url });
  if (found !== String(protocolVersion)) throw blissdataError('ProtocolVersionMismatch', { url, expected: protocolVersion, found });
}
