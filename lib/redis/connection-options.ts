/** How connections to Redis behave, as far as a user may set it. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, type BlissdataError } from '../model/errors.js';
import { received } from '../wire/problems.js';

/** All times in ms. */
export interface ConnectionOptions {
  /** How long opening a connection may take; 10 s by default. */
  readonly connectTimeout?: number;
  /**
   * How long a reply may be due without a byte arriving before the connection counts as dead; 15 s by default. This is how a server that is
   * frozen, or cut off without a word, is noticed: connections that only wait ask for a sign of life three times as often.
   */
  readonly socketTimeout?: number;
  /** After how much silence the system probes whether the other end is still there (TCP keep-alive); 10 s by default. */
  readonly keepAlive?: number;
}

/** With its defaults. */
export type ConnectionTimes = Required<ConnectionOptions>;

const defaults: ConnectionTimes = { connectTimeout: 10_000, socketTimeout: 15_000, keepAlive: 10_000 };

/** Node's timers cannot wait longer. */
const longestTimeMs = 2 ** 31 - 1;

/** The options with their defaults, or `InvalidArgument`. */
export function connectionTimes(options: ConnectionOptions): E.Either<BlissdataError, ConnectionTimes> {
  const { connectTimeout = defaults.connectTimeout, socketTimeout = defaults.socketTimeout, keepAlive = defaults.keepAlive } = options;
  const times = { connectTimeout, socketTimeout, keepAlive };
  for (const [name, value] of Object.entries(times)) {
    if (typeof value === 'number' && value >= 1 && value <= longestTimeMs) continue;
    return E.left(blissdataError('InvalidArgument', { argument: `connection.${name}`, expected: `a number of ms from 1 to ${longestTimeMs}`, received: received(value) }));
  }
  return E.right(times);
}
