/** How connections to Redis are made and behave, as far as a user may set it beside the URL. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, type BlissdataError } from '../../model/errors.js';
import { received } from '../../wire/problems.js';

type Pem = string | Uint8Array;

/** What TLS is to trust and to show, as in Node's `tls.connect`. */
export interface TlsOptions {
  /** The authorities to trust in place of those that Node knows. */
  readonly ca?: Pem | readonly Pem[];
  /** The client's own certificate and key, for servers that ask for one. */
  readonly cert?: Pem | readonly Pem[];
  readonly key?: Pem;
  readonly passphrase?: string;
  /** The name that the server's certificate has to have, if it is not the host of the URL (of Sentinel: what it calls the master, often an IP address). */
  readonly servername?: string;
  /** `false` trusts whoever answers. */
  readonly rejectUnauthorized?: boolean;
}

/** How the Sentinels of a `redis+sentinel://` URL are talked to. What the URL and the other options say is about the servers that they watch. */
export interface SentinelOptions {
  readonly username?: string;
  readonly password?: string;
  /** As of the servers by default; `false` for none. */
  readonly tls?: TlsOptions | boolean;
  /** Where the servers are seen from here: from what Sentinel calls them, `host:port`. */
  readonly natMap?: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
}

/** All times in ms, of any length; `Infinity` for no limit. Work of this process that keeps the event loop does not count: what has arrived meanwhile is read first. */
export interface ConnectionOptions {
  /** In place of the URL's. */
  readonly username?: string;
  readonly password?: string;
  /**
   * How long a server may take to accept a connection, TLS included, and each Sentinel to say where it is; 10 s by default. One that
   * accepts it and then does not answer is noticed within `socketTimeout`.
   */
  readonly connectTimeout?: number;
  /**
   * How long a reply may be due without a byte arriving before the connection counts as dead; 15 s by default. This is how a server that is
   * frozen, or cut off without a word, is noticed: connections that only wait ask for a sign of life three times as often.
   */
  readonly socketTimeout?: number;
  /** After how much silence the system probes whether the other end is still there (TCP keep-alive); 10 s by default. */
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

/** The times, in place of those of the URL, in place of the defaults; or `InvalidArgument`. */
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

/** The login, those that are given alone; or `InvalidArgument`, which does not repeat what may be a password. */
export function login(options: Pick<ConnectionOptions, 'username' | 'password'>, where: string): E.Either<BlissdataError, { readonly username?: string; readonly password?: string }> {
  const { username, password } = options;
  for (const [name, value] of Object.entries({ username, password })) {
    if (value !== undefined && typeof value !== 'string') return E.left(blissdataError('InvalidArgument', { argument: `${where}.${name}`, expected: 'a text', received: typeof value }));
  }
  return E.right({ ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) });
}
