/** The housekeeping port over a real Redis: one connection that opens on first use, and the commands over it. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import type { Redis } from 'ioredis';
import { defer, EMPTY, from, throwError, type Observable } from 'rxjs';
import type { Key } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import type { Housekeeping, Memory, Trim } from '../ports/housekeeping.js';
import type { ConnectionOptions } from './connection/connection-options.js';
import { addRecord, expireKeysSooner, forgetRecords, oldestRecord, readMemory, trimStreams } from './commands/housekeeping.js';
import { Link, type LinkEvents } from './connection/link.js';
import { parseAddress } from './connection/redis-address.js';
import { commandError, saysReplica } from './connection/redis-errors.js';

export interface RedisHousekeepingOptions {
  readonly connection?: ConnectionOptions;
}

/** Opens nothing yet: the first use does. An URL that is none is an error of that use, too. */
export const redisHousekeeping = (url: string, { connection = {} }: RedisHousekeepingOptions = {}): Housekeeping =>
  new RedisHousekeeping(url, connection);

/** Whoever needs it notices by its next command that a connection was lost, which opens another one. */
const unobserved: LinkEvents = { opening: () => undefined, opened: () => undefined, lost: () => undefined, failed: () => undefined };

class RedisHousekeeping implements Housekeeping {
  readonly #link: E.Either<Error, { readonly link: Link; readonly url: string }>;

  constructor(
    url: string,
    options: ConnectionOptions,
  ) {
    this.#link = pipe(
      parseAddress(url, options),
      E.map((address) => ({ link: new Link(address, unobserved), url: address.shownUrl })),
    );
  }

  memory(): Observable<Memory> {
    return this.command('INFO', readMemory);
  }

  record(log: Key, fields: LogEntry['fields']): Observable<string> {
    return this.command('XADD', (redis) => addRecord(redis, log, fields), log);
  }

  oldest(log: Key): Observable<LogEntry | null> {
    return this.command('XRANGE', (redis) => oldestRecord(redis, log));
  }

  forget(log: Key, before: number): Observable<void> {
    return this.command('XTRIM', (redis) => forgetRecords(redis, log, before), log);
  }

  trim(trims: readonly Trim[]): Observable<number> {
    return this.command('XTRIM', (redis) => trimStreams(redis, trims), trims[0]?.key ?? '');
  }

  expireSooner(keys: readonly Key[], ms: number): Observable<void> {
    return this.command('PEXPIRE', (redis) => expireKeysSooner(redis, keys, ms), keys[0] ?? '');
  }

  close(): Observable<never> {
    return defer(() => {
      if (E.isRight(this.#link)) this.#link.right.link.close();
      return EMPTY;
    });
  }

  /** @param writes the key that is written, if any */
  private command<A>(command: string, run: (redis: Redis) => Promise<A>, writes?: Key): Observable<A> {
    const opened = this.#link;
    if (E.isLeft(opened)) return throwError(() => opened.left);
    const { link, url } = opened.right;
    return defer(() => from(execute(link, run, { url, command, ...(writes === undefined ? {} : { writes }) })));
  }
}

async function execute<A>(link: Link, run: (redis: Redis) => Promise<A>, context: Parameters<typeof commandError>[1]): Promise<A> {
  const redis = await link.use();
  try {
    return await run(redis);
  } catch (error) {
    if (saysReplica(error)) link.renew(new Error('the server is a replica'));
    throw commandError(error, context);
  }
}
