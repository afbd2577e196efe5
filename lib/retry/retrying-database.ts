/** A database that is asked again when an answer does not come: what a reader notices of a lost connection is that its answer takes longer. */
import type { EntriesAt, StreamRef } from '../ports/streams.js';
import { defer, finalize, retry, tap, type Observable } from 'rxjs';
import type { Database } from '../ports/database.js';
import { aroundDatabase, type Passing } from './middleware.js';
import type { Attempted, Retries } from './retries.js';

/**
 * Every request says where it reads from, so that sending it again loses nothing and doubles nothing; what changes something comes
 * to the same when it is done twice, but for appending, with which the writer of a stream deals itself.
 *
 * ```
 * requests:  -a---a----------
 * answers:   ---x----A|        x: the connection broke
 * emits:     --------A|
 * ```
 */
export function retryingDatabase(database: Database, retries: Retries): Database {
  const patiently =
    (options: Attempted, answered: () => void): Passing =>
    (request$) =>
      defer(() => {
        const { again, left } = retries.trying(options);
        return request$.pipe(retry({ delay: again }), tap({ next: answered, complete: answered }), finalize(left));
      });
  const reading = patiently({}, () => retries.answered());
  const around = aroundDatabase(database, {
    reading,
    changing: patiently({ repeatable: true }, () => retries.written()),
    appending: (request$) => request$.pipe(tap(() => retries.written())),
  });
  return { ...around, entriesAt: (stream, indices) => defer(() => reading(entriesOnce(database, stream, indices))) };
}

/** The only request with several answers: of those that came before it broke it is not asked again. */
function entriesOnce(database: Database, stream: StreamRef, indices: readonly number[]): Observable<EntriesAt> {
  let left = indices;
  return defer(() => database.entriesAt(stream, left)).pipe(
    tap(({ indices: answered }) => {
      // In the order in which they were asked for; some are left out.
      let next = 0;
      for (const index of answered) next = left.indexOf(index, next) + 1;
      left = left.slice(next);
    }),
  );
}
