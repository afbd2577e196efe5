/** The files of streams as a client of a gateway reads them: it says whose they are, and gets numbers back by a message. */
import * as E from 'fp-ts/lib/Either.js';
import { asyncScheduler, catchError, defer, map, throwError, type Observable } from 'rxjs';
import { decodeArrayMessage, encodeArrayMessage } from '../../lib/gateway/protocol/array-message.js';
import { PlainCalls } from '../../lib/gateway/relay/plain-calls.js';
import { publicFailure } from '../../lib/gateway/relay/public-error.js';
import type { Rights } from '../../lib/gateway/relay/rights.js';
import { Visibility } from '../../lib/gateway/relay/visibility.js';
import { WatchedKeys } from '../../lib/gateway/relay/watched-keys.js';
import { ESRFIdentity } from '../../lib/model/identity-model.js';
import type { Database } from '../../lib/ports/database.js';
import type { ArrayFiles, ArrayPlace } from '../../lib/ports/files.js';

/** @param files those of the gateway, over this database */
export function servedFiles(database: Database, files: ArrayFiles, rights: Rights = { read: 'all' }): ArrayFiles {
  const visibility = new Visibility({ database, name: 'id10', model: ESRFIdentity, scheduler: asyncScheduler });
  const calls = new PlainCalls({ database, watched: new WatchedKeys(database), visibility, scheduler: asyncScheduler, files: { reader: files, model: ESRFIdentity } });
  const caller = { rights, arm: () => undefined };
  const asMessage = (args: readonly unknown[]): readonly unknown[] => [JSON.parse(JSON.stringify(args))].flat();
  const outwards = <A>(answer$: Observable<A>): Observable<A> => answer$.pipe(catchError((error: unknown) => throwError(() => publicFailure(error, 'id10'))));
  const originOf = ({ origin }: ArrayPlace): unknown => {
    if (origin === undefined) throw new Error('a place without origin');
    return origin;
  };
  return {
    length: (place) => defer(() => outwards(calls.answer('fileLength', asMessage([originOf(place)]), caller))).pipe(map(Number)),
    read: (place, start, stop) =>
      defer(() => outwards(calls.file(asMessage([originOf(place), start, stop]), caller))).pipe(
        map((array) => {
          const decoded = decodeArrayMessage(encodeArrayMessage(7, array));
          if (E.isLeft(decoded)) throw new Error(decoded.left);
          return decoded.right.array;
        }),
      ),
  };
}
