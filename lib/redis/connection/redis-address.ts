/** Where a Redis server is, and the connections of ioredis to it: ones that never resend, queue or retry behind our back. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { Redis } from 'ioredis';
import { blissdataError, type BlissdataError } from '../../model/errors.js';
import { baseOptions } from './base-options.js';
import { connectionTimes, login, type ConnectionOptions, type ConnectionTimes } from './connection-options.js';
import { LendingConnector } from '../bulk/lent-socket.js';
import { parseRedisUrl, type RedisUrl } from './redis-url.js';
import { scrubber } from './secrets.js';
import { TlsDoubts } from './tls-doubts-connect.js';
import { nodeTls, tlsOfUrl, type NodeTls } from './tls-options.js';
import { sentinels, type Sentinels } from './sentinels.js';
import { watched } from './socket-watch.js';

/** What a connection is for: commands, or bulk reading, for which its socket is taken over. */
export type Purpose = 'commands' | 'bulk';

/** Passwords and keys are in what its functions close over, so that they show nowhere. */
export interface RedisAddress {
  /** The URL without its password, for errors and logs. */
  readonly shownUrl: string;
  readonly times: ConnectionTimes;
  /** A connection that has yet to connect. */
  readonly connection: (purpose: Purpose) => Redis;
  /** A text without the passwords that are in it. */
  readonly scrubbed: (text: string) => string;
  /** Those that know which server is the master, if there are any. */
  readonly sentinels: Sentinels | undefined;
  /** Whether the server speaks TLS as the URL says; undefined where Sentinel says which server it is. */
  readonly tlsDoubts: TlsDoubts | undefined;
}

/** Accepts the URLs that `parseRedisUrl` does; what the options say comes before what the URL does. */
export const parseAddress = (url: unknown, options: ConnectionOptions = {}): E.Either<BlissdataError, RedisAddress> =>
  pipe(
    E.Do,
    E.bind('parsed', () => parseRedisUrl(url)),
    E.bind('times', ({ parsed }) => connectionTimes(options, parsed)),
    E.bind('login', () => login(options, 'connection')),
    E.bind('ofSentinels', () => login(options.sentinel ?? {}, 'connection.sentinel')),
    E.bind('tls', ({ parsed }) => tlsOfUrl(parsed.tlsOptions)),
    E.chain(({ times, parsed, login: login_, ofSentinels, tls }) => {
      if (options.tls !== undefined && !parsed.tls) return E.left(misplaced('connection.tls', 'a rediss:// URL'));
      if (options.sentinel !== undefined && parsed.master === undefined) return E.left(misplaced('connection.sentinel', 'a redis+sentinel:// URL'));
      for (const [where, { username, password }] of [['connection', { ...parsed, ...login_ }], ['connection.sentinel', ofSentinels]] as const) {
        // ioredis would not log in at all, and go on as the default user.
        if (isGiven(username) && !isGiven(password)) return E.left(blissdataError('InvalidArgument', { argument: `${where}.password`, expected: 'one, since there is a username', received: 'none' }));
      }
      return E.right(addressOf({ ...parsed, ...login_ }, times, { ...options, sentinel: { ...options.sentinel, ...ofSentinels } }, { ...tls, ...nodeTls(options.tls ?? {}) }));
    }),
  );

const isGiven = (text: string | undefined): boolean => text !== undefined && text !== '';

const misplaced = (argument: string, expected: string): BlissdataError => blissdataError('InvalidArgument', { argument, expected: `nothing, or ${expected}`, received: 'another URL' });

function addressOf(url: RedisUrl, times: ConnectionTimes, options: ConnectionOptions, tlsOptions: NodeTls): RedisAddress {
  const { username, password, db, tls, name, path, master, hosts, shown } = url;
  const base = baseOptions({ times, db, username, password, name, tls: tls ? tlsOptions : undefined });
  const scrubbed = scrubber([password, options.sentinel?.password, url.tlsOptions.passphrase]);
  const common = { shownUrl: shown, times, scrubbed };
  if (master !== undefined) {
    const watching = sentinels({ hosts, master, times, isTls: tls, tls: tlsOptions, options: options.sentinel ?? {} });
    return { ...common, sentinels: watching, tlsDoubts: new TlsDoubts(hosts, watching.isTls, times.connectTimeout), connection: () => watched(watching.connection(base), times) };
  }
  const [host] = hosts;
  const place = path === undefined ? { ...host } : { path };
  // TLS sockets stay as ioredis makes them, and give their bytes away.
  const lending = tls ? {} : { Connector: LendingConnector };
  const tlsDoubts = new TlsDoubts([host ?? { path: path ?? '' }], tls, times.connectTimeout);
  return { ...common, sentinels: undefined, tlsDoubts, connection: (purpose) => watched(new Redis({ ...base, ...place, ...(purpose === 'bulk' ? lending : {}) }), times) };
}
