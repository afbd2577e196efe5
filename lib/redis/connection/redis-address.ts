/** A server's address: a URL and options become ioredis connections that have yet to connect. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { Redis } from 'ioredis';
import { blissdataError, type BlissdataError } from '../../model/errors.js';
import { baseOptions, connectionTimes, credentials, nodeTls, tlsOfUrl, type ConnectionOptions, type ConnectionTimes, type NodeTls } from './connection-options.js';
import { LendingConnector } from './lending-socket.js';
import { parseRedisUrl, type RedisUrl } from './redis-url.js';
import { scrubber } from './secrets.js';
import { sentinels, type Sentinels } from './sentinels.js';
import { withTimeouts } from './socket-watch.js';
import { TlsProbe } from './tls-probe.js';

/** What a connection is for: commands, or bulk reading, which takes its socket over. */
export type Purpose = 'commands' | 'bulk';

/** Passwords and keys live only in the closures of its functions, so that they show nowhere. */
export interface RedisAddress {
  /** The URL without its password, for errors and logs. */
  readonly shownUrl: string;
  readonly times: ConnectionTimes;
  /** A connection that has yet to connect. */
  readonly connection: (purpose: Purpose) => Redis;
  /** Takes the passwords out of a text. */
  readonly scrubbed: (text: string) => string;
  /** The Sentinels that know which server is the master, if the URL names any. */
  readonly sentinels: Sentinels | undefined;
  /** Finds out why a TLS connection fails: because only one end speaks TLS. */
  readonly tlsProbe: TlsProbe;
}

/** Accepts the URLs that `parseRedisUrl` does; options take precedence over the URL. */
export const parseAddress = (url: unknown, options: ConnectionOptions = {}): E.Either<BlissdataError, RedisAddress> =>
  pipe(
    E.Do,
    E.bind('parsed', () => parseRedisUrl(url)),
    E.bind('times', ({ parsed }) => connectionTimes(options, parsed)),
    E.bind('login', () => credentials(options, 'connection')),
    E.bind('sentinelLogin', () => credentials(options.sentinel ?? {}, 'connection.sentinel')),
    E.bind('tls', ({ parsed }) => tlsOfUrl(parsed.tlsOptions)),
    E.chain(({ times, parsed, login, sentinelLogin, tls }) => {
      if (options.tls !== undefined && !parsed.tls) return E.left(misplaced('connection.tls', 'a rediss:// URL'));
      if (options.sentinel !== undefined && parsed.master === undefined) return E.left(misplaced('connection.sentinel', 'a redis+sentinel:// URL'));
      for (const [where, { username, password }] of [['connection', { ...parsed, ...login }], ['connection.sentinel', sentinelLogin]] as const) {
        // ioredis would skip AUTH and go on as the default user.
        if (isGiven(username) && !isGiven(password)) return E.left(blissdataError('InvalidArgument', { argument: `${where}.password`, expected: 'one, since there is a username', received: 'none' }));
      }
      return E.right(addressOf({ ...parsed, ...login }, times, { ...options, sentinel: { ...options.sentinel, ...sentinelLogin } }, { ...tls, ...nodeTls(options.tls ?? {}) }));
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
    return { ...common, sentinels: watching, tlsProbe: new TlsProbe(hosts, watching.isTls, times.connectTimeout), connection: () => withTimeouts(watching.connection(base), times) };
  }
  const [host] = hosts;
  const place = path === undefined ? { ...host } : { path };
  // TLS sockets stay as ioredis makes them: Node decrypts into memory of its own.
  const lending = tls ? {} : { Connector: LendingConnector };
  const tlsProbe = new TlsProbe([host ?? { path: path ?? '' }], tls, times.connectTimeout);
  return { ...common, sentinels: undefined, tlsProbe, connection: (purpose) => withTimeouts(new Redis({ ...base, ...place, ...(purpose === 'bulk' ? lending : {}) }), times) };
}
