/** The housekeeping port on Redis, over one connection that opens on first use. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import type { Redis } from 'ioredis';
import { defer, EMPTY, from, throwError, type Observable } from 'rxjs';
import type { Key } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import type { Housekeeping, Memory, Trim } from '../ports/housekeeping.js';
import type { ConnectionOptions } from './connection/connection-options.js';
import { addRecord, expireKeysSooner, forgetRecords, oldestRecord, readMemory, trimStreams } from './commands/housekeeping.js';
import { Link, unobserved } from './connection/link.js';
import { parseAddress } from './connection/redis-address.js';
import { commandError, saysReplica } from './connection/redis-errors.js';

interface RedisHousekeepingOptions {
  readonly connection?: ConnectionOptions;
}

/** Connects on first use, which also reports an invalid URL. */
export const redisHousekeeping = (url: string, { connection = {} }: RedisHousekeepingOptions = {}): Housekeeping =>
  new RedisHousekeeping(url, connection);

class RedisHousekeeping implements Housekeeping {
  readonly #link: E.Either<Error, { readonly link: Link; readonly url: string }>;

  constructor(url: string, options: ConnectionOptions) {
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
    return this.command('EXPIRE', (redis) => expireKeysSooner(redis, keys, ms), keys[0] ?? '');
  }

  close(): Observable<never> {
    return defer(() => {
      if (E.isRight(this.#link)) this.#link.right.link.close();
      return EMPTY;
    });
  }

  /** @param writes the key of a write */
  private command<A>(command: string, run: (redis: Redis) => Promise<A>, writes?: Key): Observable<A> {
    const address = this.#link;
    if (E.isLeft(address)) return throwError(() => address.left);
    const { link, url } = address.right;
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
