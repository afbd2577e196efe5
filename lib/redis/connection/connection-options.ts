/** The options of connections to Redis: those that users set, and what they become for ioredis and Node's TLS. */
import { readFileSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import type { RedisOptions } from 'ioredis';
import { blissdataError, type BlissdataError } from '../../model/errors.js';
import { received } from '../../wire/problems.js';
import type { UrlTls } from './redis-url.js';
import { textOf } from './secrets.js';

// --- What users set ------------------------------------------------------------------------------------------

type Pem = string | Uint8Array;

/** TLS certificates and checks, as in Node's `tls.connect`. */
export interface TlsOptions {
  /** The certificate authorities to trust instead of Node's own. */
  readonly ca?: Pem | readonly Pem[];
  /** The client's certificate and key, for servers that require one. */
  readonly cert?: Pem | readonly Pem[];
  readonly key?: Pem;
  readonly passphrase?: string;
  /** The name that the server's certificate must carry, if it is not the URL's host (with Sentinel: the master's address, often an IP). */
  readonly servername?: string;
  /** `false` accepts any certificate. */
  readonly rejectUnauthorized?: boolean;
}

/** How to talk to the Sentinels of a `redis+sentinel://` URL. The URL and the other options are about the servers that they watch. */
export interface SentinelOptions {
  /**
   * `'replica'` reads from any of the master's replicas, for readers that should not burden it: what is published is a little later there, and
   * writing is `ReadOnlyReplica`. `'master'` by default.
   */
  readonly role?: 'master' | 'replica';
  readonly username?: string;
  readonly password?: string;
  /** The same as for the servers by default; `false` for none. */
  readonly tls?: TlsOptions | boolean;
  /** Translates the addresses that Sentinel reports, `host:port`, into those reachable from here. */
  readonly natMap?: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
}

/** All times in ms, of any length; `Infinity` for no limit. Work that blocks this process' event loop does not count: what arrived meanwhile is read first. */
export interface ConnectionOptions {
  /** Takes precedence over the URL's, as does the password. */
  readonly username?: string;
  readonly password?: string;
  /**
   * How long a server may take to accept a connection, TLS included, and each Sentinel to name the master; 10 s by default. A server
   * that accepts and then stays silent is noticed within `socketTimeout`.
   */
  readonly connectTimeout?: number;
  /**
   * How long a reply may be due without a byte arriving before the connection counts as dead; 15 s by default. This detects servers that
   * froze or were cut off silently: idle connections are pinged three times as often.
   */
  readonly socketTimeout?: number;
  /** How long a connection may be silent before the system probes whether the other end is alive (TCP keep-alive); 10 s by default. */
  readonly keepAlive?: number;
  /** For `rediss://` and `rediss+sentinel://`. */
  readonly tls?: TlsOptions;
  /** For `redis+sentinel://` and `rediss+sentinel://`. */
  readonly sentinel?: SentinelOptions;
}

export interface ConnectionTimes {
  readonly connectTimeout: number;
  readonly socketTimeout: number;
  readonly keepAlive: number;
}

const defaults: ConnectionTimes = { connectTimeout: 10_000, socketTimeout: 15_000, keepAlive: 10_000 };

/** The options' times, then the URL's, then the defaults; or `InvalidArgument`. */
export function connectionTimes(options: ConnectionOptions, ofUrl: Pick<ConnectionOptions, 'connectTimeout' | 'socketTimeout'>): E.Either<BlissdataError, ConnectionTimes> {
  const otherwise = { ...defaults, ...ofUrl };
  const { connectTimeout = otherwise.connectTimeout, socketTimeout = otherwise.socketTimeout, keepAlive = otherwise.keepAlive } = options;
  const times = { connectTimeout, socketTimeout, keepAlive };
  for (const [name, value] of Object.entries(times)) {
    if (typeof value === 'number' && value >= 1) continue;
    return E.left(blissdataError('InvalidArgument', { argument: `connection.${name}`, expected: 'a number of ms from 1', received: received(value) }));
  }
  return E.right(times);
}

/** The credentials, without those that are not given; or `InvalidArgument`, which does not repeat what may be a password. */
export function credentials(options: Pick<ConnectionOptions, 'username' | 'password'>, where: string): E.Either<BlissdataError, { readonly username?: string; readonly password?: string }> {
  const { username, password } = options;
  for (const [name, value] of Object.entries({ username, password })) {
    if (value !== undefined && typeof value !== 'string') return E.left(blissdataError('InvalidArgument', { argument: `${where}.${name}`, expected: 'a text', received: typeof value }));
  }
  return E.right({ ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) });
}

// --- For Node's TLS ------------------------------------------------------------------------------------------

/** Options of `tls.connect`. */
export interface NodeTls {
  readonly ca?: (string | Buffer)[];
  readonly cert?: (string | Buffer)[];
  readonly key?: string | Buffer;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  readonly checkServerIdentity?: () => undefined;
}

const bytes = (pem: Pem): string | Buffer => (typeof pem === 'string' ? pem : Buffer.from(pem));

const list = (pem: NonNullable<TlsOptions['ca']>): (string | Buffer)[] => (typeof pem === 'string' || pem instanceof Uint8Array ? [bytes(pem)] : pem.map(bytes));

export const nodeTls = ({ ca, cert, key, passphrase, servername, rejectUnauthorized }: TlsOptions): NodeTls => ({
  ...(ca === undefined ? {} : { ca: list(ca) }),
  ...(cert === undefined ? {} : { cert: list(cert) }),
  ...(key === undefined ? {} : { key: bytes(key) }),
  ...(passphrase === undefined ? {} : { passphrase }),
  ...(servername === undefined ? {} : { servername }),
  ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
});

/** The TLS options of a URL, with the files that it names; `InvalidUrl` where one cannot be read. */
export const tlsOfUrl = ({ caFile, ca, certFile, keyFile, passphrase, rejectUnauthorized, checkHostname = true }: UrlTls): E.Either<BlissdataError, NodeTls> =>
  pipe(
    E.Do,
    E.bind('caText', () => contents('ssl_ca_certs', caFile)),
    E.bind('certText', () => contents('ssl_certfile', certFile)),
    E.bind('keyText', () => contents('ssl_keyfile', keyFile)),
    E.map(({ caText = ca, certText: cert, keyText: key }) => ({
      ...(caText === undefined ? {} : { ca: [caText] }),
      // Python accepts one file with both as well.
      ...(cert === undefined ? {} : { cert: [cert], key: key ?? cert }),
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
      ...(checkHostname ? {} : { checkServerIdentity: () => undefined }),
    })),
  );

const contents = (option: string, path: string | undefined): E.Either<BlissdataError, string | undefined> =>
  path === undefined
    ? E.right(undefined)
    : E.tryCatch(() => readFileSync(path, 'utf8'), (cause) => blissdataError('InvalidUrl', { expected: `${option} to name a readable file`, received: textOf(cause) }));

// --- For ioredis ---------------------------------------------------------------------------------------------

interface Base {
  readonly times: ConnectionTimes;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** What CLIENT LIST calls the connection. */
  readonly name: string | undefined;
  readonly tls: NodeTls | undefined;
}

export type BaseOptions = typeof noRetries & NativeTimes & { readonly db: number; readonly username?: string; readonly password?: string; readonly connectionName?: string; readonly tls?: NodeTls };

/** The times that ioredis and the system keep; socket-watch.ts keeps the others. */
interface NativeTimes {
  /** Off: ioredis' own timeout ignores what has arrived by the time it fires. */
  readonly connectTimeout: 0;
  readonly keepAlive: number;
}

/** The longest pause between probes that Linux takes (`MAX_TCP_KEEPIDLE`); it ignores longer ones and keeps its default. */
const longestKeepAlive = 32_767_000;

export const nativeTimes = ({ keepAlive }: ConnectionTimes): NativeTimes => ({ connectTimeout: 0, keepAlive: Math.min(keepAlive, longestKeepAlive) });

/** The options of every connection to a server, wherever it is. */
export const baseOptions = ({ times, db, username, password, name, tls }: Base): BaseOptions => ({
  ...noRetries,
  ...nativeTimes(times),
  db,
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
  ...(name === undefined ? {} : { connectionName: name }),
  ...(tls === undefined ? {} : { tls }),
});

/**
 * Nothing is resent, queued or retried behind our back. ioredis' defaults resend parts of a broken pipeline, which would leave holes in
 * streams of explicit ids, and queue commands while offline, without bound. Here a lost connection fails whatever is in flight, and the
 * next use opens a new one.
 */
const noRetries = {
  lazyConnect: true,
  protocol: 2,
  noDelay: true,
  enableOfflineQueue: false,
  // The check sends INFO, which needs a permission, and waits while a server loads its data: the replies of that server say so themselves.
  enableReadyCheck: false,
  // A frozen server never hangs up, and the next connection waits for the end of this one.
  disconnectTimeout: 500,
  enableAutoPipelining: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
} satisfies RedisOptions;
