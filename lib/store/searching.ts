/** Searches scans by their identity, existing and future ones. */
import * as E from 'fp-ts/lib/Either.js';
import { concat, defer, from, map, switchMap, type Observable } from 'rxjs';
import type { IdentityFields, IdentityModel, SearchCriteria } from '../model/identity-model.js';
import type { Core } from '../reading/core.js';
import type { Database } from '../ports/database.js';
import type { Search, SearchResult } from '../ports/search.js';
import { byCreation } from '../wire/keys.js';
import { decodeCriteria } from '../wire/search-query.js';
import { matchingScansSince, type ScanReference } from './history.js';

/** @throws UnsupportedQuery */
function decode<F extends IdentityFields>(model: IdentityModel<F>, criteria: SearchCriteria<F>): Search {
  const decoded = decodeCriteria(model, criteria);
  if (E.isLeft(decoded)) throw decoded.left;
  return { prefix: model.prefix, criteria: decoded.right };
}

/** Leaves out deleted scans, which the index holds until they have expired, and sorts the others by creation, which their keys tell. */
const run = (database: Database, query: Search): Observable<SearchResult> =>
  database.search(query).pipe(
    switchMap(({ timetag, keys }) =>
      database.scansExist(keys).pipe(map((exist) => ({ timetag, keys: byCreation(keys.filter((_, i) => exist[i] === true)) }))),
    ),
  );

export const searchScans = <F extends IdentityFields>({ database }: Core, model: IdentityModel<F>, criteria: SearchCriteria<F>): Observable<SearchResult> =>
  defer(() => run(database, decode(model, criteria)));

/** The scans found, then every one created after that moment that a search would find. */
export const followSearch = <F extends IdentityFields>(core: Core, model: IdentityModel<F>, criteria: SearchCriteria<F>): Observable<ScanReference> =>
  defer(() => {
    const query = decode(model, criteria);
    return run(core.database, query).pipe(
      switchMap(({ timetag, keys }) => concat(from(keys.map((key) => ({ timetag, key }))), matchingScansSince(core, timetag, query))),
      core.untilClosed,
    );
  });
