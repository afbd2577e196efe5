/** What holds for every connection of ioredis to a server, wherever that is: they never resend, queue or retry behind our back. */
import type { RedisOptions } from 'ioredis';
import type { ConnectionTimes } from './connection-options.js';
import type { NodeTls } from './tls-options.js';

interface Base {
  readonly times: ConnectionTimes;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** What the server calls the connection. */
  readonly name: string | undefined;
  readonly tls: NodeTls | undefined;
}

export type BaseOptions = typeof neverAgain & NativeTimes & { readonly db: number; readonly username?: string; readonly password?: string; readonly connectionName?: string; readonly tls?: NodeTls };

/** The times that are the system's to keep; socket-watch.ts sees to the others. */
export interface NativeTimes {
  /** None that ioredis would keep, which does not look at what has arrived when the time is over. */
  readonly connectTimeout: 0;
  readonly keepAlive: number;
}

/** The system takes no longer pauses between probes (Linux, `MAX_TCP_KEEPIDLE`), and keeps to its own ones where it is asked to. */
const longestKeepAlive = 32_767_000;

export const native = ({ keepAlive }: ConnectionTimes): NativeTimes => ({ connectTimeout: 0, keepAlive: Math.min(keepAlive, longestKeepAlive) });

/** What holds for every connection to a server. */
export const baseOptions = ({ times, db, username, password, name, tls }: Base): BaseOptions => ({
  ...neverAgain,
  ...native(times),
  db,
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
  ...(name === undefined ? {} : { connectionName: name }),
  ...(tls === undefined ? {} : { tls }),
});

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
  // A server that is frozen does not hang up by itself, and the next connection waits for the end of the one before.
  disconnectTimeout: 500,
  enableAutoPipelining: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
} satisfies RedisOptions;
