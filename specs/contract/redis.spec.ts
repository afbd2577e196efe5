/** The database contract on a real Redis. */
import { afterAll, beforeAll } from '@jest/globals';
import { lastValueFrom, merge } from 'rxjs';
import { redisDatabase } from '../../lib/redis/redis-database.js';
import { freshRedis, rawAccess, type FreshRedis } from '../support/redis.js';
import { databaseContract } from './database.contract.js';

let redis: FreshRedis | undefined;

// The first start of all may have to fetch a server.
beforeAll(async () => {
  redis = await freshRedis();
}, 300_000);

afterAll(() => redis?.stop());

databaseContract('a Redis database', async () => {
  if (redis === undefined) throw new Error('the server did not start');
  await redis.reset();
  const database = redisDatabase(redis.url);
  const other = redisDatabase(redis.url);
  return {
    database,
    other,
    raw: rawAccess(redis.client),
    close: () => lastValueFrom(merge(database.close(), other.close()), { defaultValue: undefined }),
  };
});
