/** From a URL to the options of an ioredis connection that never resends, queues or retries behind our back. */
import * as E from 'fp-ts/lib/Either.js';
import type { RedisOptions } from 'ioredis';
import { blissdataError, type BlissdataError } from '../model/errors.js';
import { LendingConnector } from './lent-socket.js';

export interface RedisAddress {
  readonly url: string;
  /** The URL without its password, for errors and logs. */
  readonly shownUrl: string;
}

/** Accepts `redis://` and `rediss://` (TLS), with the optional user, password, port (6379) and database number. */
export function parseAddress(url: unknown): E.Either<BlissdataError, RedisAddress> {
  const expected = 'a URL like redis://host:6379';
  if (typeof url !== 'string') return E.left(blissdataError('InvalidUrl', { expected, received: typeof url }));
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) return E.left(blissdataError('InvalidUrl', { expected, received: 'a text that is no URL' }));
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') {
    return E.left(blissdataError('InvalidUrl', { expected, received: `a ${parsed.protocol}// URL` }));
  }
  if (parsed.hostname === '') return E.left(blissdataError('InvalidUrl', { expected, received: 'a URL without a host' }));
  if (!/^(\/\d*)?$/.test(parsed.pathname)) {
    return E.left(blissdataError('InvalidUrl', { expected: 'a database number after the host', received: parsed.pathname }));
  }
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  return E.right({ url, shownUrl: shown.href });
}

/** How long opening a connection may take. */
const connectTimeoutMs = 10_000;
/** How long a reply may be outstanding without a byte arriving before the connection counts as dead (half-open sockets hang for ever otherwise). */
export const socketTimeoutMs = 15_000;

/**
 * ioredis' defaults resend parts of a broken pipeline, which would leave holes in streams of explicit ids; and they queue
 * commands while offline, without bound. Here a lost connection fails what is in flight, and the next use opens a new one.
 */
export const connectionOptions = {
  lazyConnect: true,
  protocol: 2,
  connectTimeout: connectTimeoutMs,
  socketTimeout: socketTimeoutMs,
  keepAlive: 10_000,
  noDelay: true,
  enableOfflineQueue: false,
  enableAutoPipelining: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
} satisfies RedisOptions;

export type ConnectionOptions = typeof connectionOptions & { readonly Connector?: typeof LendingConnector };

/** For the connection whose socket is taken over to read in bulk. TLS sockets stay as ioredis makes them, and give their bytes away. */
export const bulkOptions = ({ url }: RedisAddress): ConnectionOptions => (new URL(url).protocol === 'redis:' ? { ...connectionOptions, Connector: LendingConnector } : connectionOptions);
