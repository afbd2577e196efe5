/** A database whose requests are counted. */
import { defer, type Observable } from 'rxjs';
import type { Database } from '../../ports/database.js';
import { wrapDatabase } from '../../retry/middleware.js';

export type DatabaseRequest = 'read' | 'change' | 'append';

/** @param sent called with every request that is sent */
export function countedDatabase(database: Database, sent: (kind: DatabaseRequest) => void): Database {
  const counting =
    (kind: DatabaseRequest) =>
    <A>(request$: Observable<A>): Observable<A> =>
      defer(() => {
        sent(kind);
        return request$;
      });
  return wrapDatabase(database, { read: counting('read'), change: counting('change'), append: counting('append') });
}
