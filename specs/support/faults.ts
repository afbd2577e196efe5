/** What may go wrong between a writer and its database in memory, and what is on the server afterwards. */
import { endWith, ignoreElements, mergeMap, throwError, type Observable } from 'rxjs';
import { blissdataError } from '../../lib/model/errors.js';
import type { Database } from '../../lib/ports/database.js';
import type { Key } from '../../lib/ports/keys.js';
import type { AppendWindow, RequestSizes } from '../../lib/ports/streams.js';
import type { StreamWriter } from '../../lib/stream/stream-writer.js';
import { bytesOf, plain } from '../contract/samples.js';
import type { VirtualStream } from './virtual-stream.js';

/** The same ports, some of them replaced. */
const replacing = (database: Database, ports: Partial<Database>): Database =>
  new Proxy(database, { get: (target, name): unknown => Reflect.get(name in ports ? ports : target, name) });

const withAppend = (database: Database, append: Database['append']): Database => replacing(database, { append });

/** The server is known to accept no more than that. */
export const limitingSizes =
  (sizes: RequestSizes) =>
  (database: Database): Database =>
    replacing(database, { sizes: () => sizes });

export const outcomeUnknown = (key: string): Error => blissdataError('OutcomeUnknown', { key, reason: 'cut' });

/** The first appends are carried out, but their answers get lost. */
export function losingAnswers(times: number): (database: Database) => Database {
  let left = times;
  const lost = <A>(answer$: Observable<A>, key: string): Observable<A> =>
    answer$.pipe(
      ignoreElements(),
      endWith(undefined),
      mergeMap(() => throwError(() => outcomeUnknown(key))),
    );
  return (database) => withAppend(database, (windows) => (left-- > 0 ? lost(database.append(windows), windows[0]?.key ?? '') : database.append(windows)));
}

/** Remembers each window that is sent. */
export function recordingAppends(windows: AppendWindow[]): (database: Database) => Database {
  return (database) =>
    withAppend(database, (sent) => {
      windows.push(...structuredClone(sent));
      return database.append(sent);
    });
}

/** Remembers the streams that each request appends to. */
export function recordingRequests(requests: (readonly Key[])[]): (database: Database) => Database {
  return (database) =>
    withAppend(database, (windows) => {
      requests.push(windows.map(({ key }) => key));
      return database.append(windows);
    });
}

export const send = (writer: StreamWriter<'json'>, points$: Observable<string>): void => {
  points$.subscribe((point) => writer.send(point));
};

/** What the server holds: each entry's index and payload. */
export function stored({ server, key }: VirtualStream): readonly string[] {
  const points = server.keyspace.get(key, 'points');
  return points === undefined ? [] : plain(points.range(key, {})).entries.map(([index, , payload]) => `${index} ${payload}`);
}

/** Another writer appends an entry. */
export const rival = ({ server, key }: VirtualStream, index: number, payload = '"z"'): void => server.putEntry(key, { index, len: 1, payload: bytesOf(payload) });
