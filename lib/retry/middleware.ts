/** A database of which every answer passes through something else, those that read and those that write apart. */
import type { Observable } from 'rxjs';
import type { Database } from '../ports/database.js';

/** What becomes of a request: it is sent by subscribing to it, and may be sent again. */
export type Passing = <A>(request$: Observable<A>) => Observable<A>;

export interface Around {
  /** Nothing is changed by these. */
  readonly reading: Passing;
  /** These may be done twice, and come to the same. */
  readonly changing: Passing;
  /** Appending, which must not be done twice without looking. */
  readonly appending: Passing;
}

export const aroundDatabase = (database: Database, { reading, changing, appending }: Around): Database => ({
  url: database.url,
  status$: database.status$,
  invalidations$: database.invalidations$,
  protocolVersion: () => reading(database.protocolVersion()),
  read: (wants) => reading(database.read(wants)),
  range: (stream, range) => reading(database.range(stream, range)),
  entriesAt: (stream, indices) => reading(database.entriesAt(stream, indices)),
  heads: (streams) => reading(database.heads(streams)),
  log: (key, id, count) => reading(database.log(key, id, count)),
  history: (id, count) => reading(database.history(id, count)),
  logTail: (key, options) => reading(database.logTail(key, options)),
  text: (key) => reading(database.text(key)),
  scan: (key, stateKey) => reading(database.scan(key, stateKey)),
  remains: (key, stateKey) => reading(database.remains(key, stateKey)),
  scansExist: (keys) => reading(database.scansExist(keys)),
  identities: (keys) => reading(database.identities(keys)),
  states: (keys) => reading(database.states(keys)),
  search: (search) => reading(database.search(search)),
  ...(database.sizes === undefined ? {} : { sizes: database.sizes }),
  append: (window) => appending(database.append(window)),
  seal: (sealing) => changing(database.seal(sealing)),
  commit: (commit) => changing(database.commit(commit)),
  deleteScan: (deletion) => changing(database.deleteScan(deletion)),
  expire: (keys, seconds) => changing(database.expire(keys, seconds)),
  unwatch: (keys) => database.unwatch(keys),
  recycle: (block) => database.recycle(block),
  close: () => database.close(),
});
