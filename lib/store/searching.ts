/** Finding scans by their identity: those there are, and those to come. */
import { concat, defer, from, map, switchMap, type Observable } from 'rxjs';
import type { IdentityFields, IdentityModel, SearchCriteria } from '../model/identity-model.js';
import type { Core } from '../reading/core.js';
import type { Database } from '../ports/database.js';
import type { Search, SearchResult } from '../ports/search.js';
import { byCreation } from '../wire/keys.js';
import { decodeCriteria } from '../wire/search-query.js';
import { matchingScansSince, type ScanReference } from './history.js';

/** @throws UnsupportedQuery */
const decode = <F extends IdentityFields>(model: IdentityModel<F>, criteria: SearchCriteria<F>): Search => ({ prefix: model.prefix, criteria: decodeCriteria(model, criteria) });

/** The index still holds scans that are about to expire; the keys of the others come in the order of their creation, which they tell. */
const found = (database: Database, what: Search): Observable<SearchResult> =>
  database.search(what).pipe(
    switchMap(({ timetag, keys }) =>
      database.scansExist(keys).pipe(map((exist) => ({ timetag, keys: byCreation(keys.filter((_, i) => exist[i] === true)) }))),
    ),
  );

export const searchScans = <F extends IdentityFields>({ database }: Core, model: IdentityModel<F>, criteria: SearchCriteria<F>): Observable<SearchResult> =>
  defer(() => found(database, decode(model, criteria)));

/** The scans found, then for ever those created since that very moment that a search would find. */
export const followSearch = <F extends IdentityFields>(core: Core, model: IdentityModel<F>, criteria: SearchCriteria<F>): Observable<ScanReference> =>
  defer(() => {
    const what = decode(model, criteria);
    return found(core.database, what).pipe(
      switchMap(({ timetag, keys }) => concat(from(keys.map((key) => ({ timetag, key }))), matchingScansSince(core, timetag, what))),
      core.untilClosed,
    );
  });
