/** A database that is asked for its protocol version before anything else is asked of it. */
import { concat, defer, EMPTY, ignoreElements, share, tap, type Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
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
  return {
    url: database.url,
    scheduler: database.scheduler,
    status$: database.status$,
    wakes$: database.wakes$,
    protocolVersion: () => database.protocolVersion(),
    read: (wants) => after(database.read(wants)),
    range: (key, range) => after(database.range(key, range)),
    entriesAt: (key, indices) => after(database.entriesAt(key, indices)),
    heads: (keys) => after(database.heads(keys)),
    log: (key, id, count) => after(database.log(key, id, count)),
    history: (id, count) => after(database.history(id, count)),
    logTail: (key, options) => after(database.logTail(key, options)),
    text: (key) => after(database.text(key)),
    scan: (key, stateKey) => after(database.scan(key, stateKey)),
    remains: (key, stateKey) => after(database.remains(key, stateKey)),
    scansExist: (keys) => after(database.scansExist(keys)),
    identities: (keys) => after(database.identities(keys)),
    states: (keys) => after(database.states(keys)),
    search: (search) => after(database.search(search)),
    append: (window) => after(database.append(window)),
    seal: (sealing) => after(database.seal(sealing)),
    commit: (commit) => after(database.commit(commit)),
    deleteScan: (deletion) => after(database.deleteScan(deletion)),
    expire: (keys, seconds) => after(database.expire(keys, seconds)),
    disarm: (keys) => database.disarm(keys),
    recycle: (block) => database.recycle(block),
    close: () => database.close(),
  };
}

function requireVersion(url: string, found: string | null): void {
  if (found === null) throw blissdataError('NotInitialized', { url });
  if (found !== String(protocolVersion)) throw blissdataError('ProtocolVersionMismatch', { url, expected: protocolVersion, found });
}
