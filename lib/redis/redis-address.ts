/** Where a Redis server is, and the connections of ioredis to it: ones that never resend, queue or retry behind our back. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { Redis, type RedisOptions } from 'ioredis';
import { blissdataError, type BlissdataError } from '../model/errors.js';
import { connectionTimes, type ConnectionOptions, type ConnectionTimes } from './connection-options.js';
import { LendingConnector } from './lent-socket.js';

/** What a connection is for: commands, or bulk reading, for which its socket is taken over. */
export type Purpose = 'commands' | 'bulk';

export interface RedisAddress {
  /** The URL without its password, for errors and logs. */
  readonly shownUrl: string;
  readonly times: ConnectionTimes;
  /** A connection that has yet to connect. */
  readonly connection: (purpose: Purpose) => Redis;
}

/** Accepts `redis://` and `rediss://` (TLS), with the optional user, password, port (6379) and database number. */
export const parseAddress = (url: unknown, options: ConnectionOptions = {}): E.Either<BlissdataError, RedisAddress> =>
  pipe(
    connectionTimes(options),
    E.chain((times) => pipe(checkedUrl(url), E.map((checked) => addressOf(checked, times)))),
  );

interface CheckedUrl {
  readonly url: string;
  readonly shownUrl: string;
  readonly tls: boolean;
}

function checkedUrl(url: unknown): E.Either<BlissdataError, CheckedUrl> {
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
  return E.right({ url, shownUrl: shown.href, tls: parsed.protocol === 'rediss:' });
}

function addressOf({ url, shownUrl, tls }: CheckedUrl, times: ConnectionTimes): RedisAddress {
  // TLS sockets stay as ioredis makes them, and give their bytes away.
  const lends = (purpose: Purpose): boolean => purpose === 'bulk' && !tls;
  const options = { ...neverAgain, ...times };
  return { shownUrl, times, connection: (purpose) => new Redis(url, { ...options, ...(lends(purpose) ? { Connector: LendingConnector } : {}) }) };
}

/**
 * ioredis' defaults resend parts of a broken pipeline, which would leave holes in streams of explicit ids; and they queue
 * commands while offline, without bound. Here a lost connection fails what is in flight, and the next use opens a new one.
 */
const neverAgain = {
  lazyConnect: true,
  protocol: 2,
  noDelay: true,
  enableOfflineQueue: false,
  // It asks for INFO, which takes a permission, and waits for a server that loads its data: that server's answers say so themselves.
  enableReadyCheck: false,
  enableAutoPipelining: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
} satisfies RedisOptions;
