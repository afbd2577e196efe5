/** Databases whose requests all pass through an operator, such as one that retries them. */
import { catchError, concat, defer, finalize, ignoreElements, retry, tap, type Observable } from 'rxjs';
import type { Database } from '../ports/database.js';
import type { EntriesAt, StreamRef } from '../ports/streams.js';
import type { RequestOptions, Retries } from './retries.js';

/** Applied to a request, which is sent by subscribing to it, and may be sent again. */
type RequestOperator = <A>(request$: Observable<A>) => Observable<A>;

interface RequestOperators {
  /** For requests that change nothing. */
  readonly read: RequestOperator;
  /** For idempotent changes. */
  readonly change: RequestOperator;
  /** For `append`, whose repetition takes a check of what has arrived. */
  readonly append: RequestOperator;
}

export const wrapDatabase = (database: Database, { read, change, append }: RequestOperators): Database => ({
  url: database.url,
  status$: database.status$,
  invalidations$: database.invalidations$,
  protocolVersion: () => read(database.protocolVersion()),
  read: (requests) => read(database.read(requests)),
  range: (stream, range) => read(database.range(stream, range)),
  entriesAt: (stream, indices) => read(database.entriesAt(stream, indices)),
  heads: (streams) => read(database.heads(streams)),
  log: (key, after, count, scan) => read(database.log(key, after, count, scan)),
  history: (after, count) => read(database.history(after, count)),
  logTail: (key, options) => read(database.logTail(key, options)),
  text: (key, scan) => read(database.text(key, scan)),
  scan: (key, stateKey) => read(database.scan(key, stateKey)),
  remains: (key, stateKey) => read(database.remains(key, stateKey)),
  scansExist: (keys) => read(database.scansExist(keys)),
  identities: (keys) => read(database.identities(keys)),
  states: (keys) => read(database.states(keys)),
  search: (search) => read(database.search(search)),
  ...(database.sizes === undefined ? {} : { sizes: database.sizes }),
  ...(database.payloadMemory === undefined ? {} : { payloadMemory: database.payloadMemory }),
  append: (windows) => append(database.append(windows)),
  seal: (sealing) => change(database.seal(sealing)),
  commit: (commit) => change(database.commit(commit)),
  deleteScan: (deletion) => change(database.deleteScan(deletion)),
  unwatch: (keys) => database.unwatch(keys),
  recycle: (block) => database.recycle(block),
  close: () => database.close(),
});

/**
 * Sends a request again while it fails for a passing reason: all that a reader notices of a lost connection is a late answer. Reads
 * say where they start, so that nothing is lost or doubled; changes are idempotent. Only `append` is left to the writer of the stream.
 *
 * ```
 * requests:  -a---a----------
 * answers:   ---x----A|        x: the connection broke
 * emits:     --------A|
 * ```
 */
export function retryingDatabase(database: Database, retries: Retries): Database {
  const retrying =
    (options: RequestOptions, onSuccess: () => void): RequestOperator =>
    (request$) => {
      const succeeding$ = request$.pipe(tap({ next: onSuccess, complete: onSuccess }));
      // Put up at the first failure: most requests have none, and small points are not much more than their requests.
      const again = (failure: unknown): typeof request$ =>
        defer(() => {
          const { nextAttempt, release } = retries.handle(options);
          return concat(nextAttempt(failure).pipe(ignoreElements()), succeeding$.pipe(retry({ delay: nextAttempt }))).pipe(finalize(release));
        });
      return succeeding$.pipe(catchError(again));
    };
  const read = retrying({}, () => retries.answered());
  const change = retrying({ repeatable: true }, () => retries.written());
  const wrapped = wrapDatabase(database, { read, change, append: (request$) => request$.pipe(tap(() => retries.written())) });
  return { ...wrapped, entriesAt: (stream, indices) => defer(() => read(remainingEntries(database, stream, indices))) };
}

/** The only request with several answers: each attempt requests only what is still missing. */
function remainingEntries(database: Database, stream: StreamRef, indices: readonly number[]): Observable<EntriesAt> {
  let remaining = indices;
  return defer(() => database.entriesAt(stream, remaining)).pipe(
    tap(({ indices: answered }) => {
      // Answers come in the order of the request, some left out.
      let next = 0;
      for (const index of answered) next = remaining.indexOf(index, next) + 1;
      remaining = remaining.slice(next);
    }),
  );
}
