/** The invalidations of the database contract, on a real Redis whose tracking is not used. */
import { afterAll, afterEach, beforeAll, beforeEach, describe } from '@jest/globals';
import { lastValueFrom, merge } from 'rxjs';
import type { Database } from '../../lib/ports/database.js';
import { redisDatabase } from '../../lib/redis/redis-database.js';
import { freshRedis, rawAccess, type FreshRedis } from '../support/redis.js';
import { closingContract } from './closing.contract.js';
import { interleavingContract } from './interleaving.contract.js';
import type { Opened } from './opened.js';
import { invalidationsContract } from './invalidations.contract.js';

let redis: FreshRedis;

// The first start of all may have to fetch a server.
beforeAll(async () => {
  redis = await freshRedis();
}, 300_000);
afterAll(() => redis.stop());

describe('a Redis database that waits by blocking reads', () => {
  let opened: Opened;

  beforeEach(async () => {
    await redis.reset();
    const open = (): Database => redisDatabase(redis.url, { invalidations: 'blocking', checkEvery: 5 });
    const [database, other] = [open(), open()];
    opened = {
      database,
      other,
      raw: rawAccess(redis.client),
      polls: true,
      close: () => lastValueFrom(merge(database.close(), other.close()), { defaultValue: undefined }),
    };
  });
  afterEach(() => opened.close());

  invalidationsContract(() => opened);
  interleavingContract(() => opened);
  closingContract(() => opened);
});
