/** The housekeeping contract, in memory and on a real Redis. */
import { afterAll, beforeAll } from '@jest/globals';
import { lastValueFrom, merge } from 'rxjs';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { memoryHousekeeping } from '../../lib/memory/memory-housekeeping.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { redisDatabase } from '../../lib/redis/redis-database.js';
import { redisHousekeeping } from '../../lib/redis/redis-housekeeping.js';
import { freshRedis, rawAccess, type FreshRedis } from '../support/redis.js';
import { housekeepingContract, type OpenedHousekeeping } from './housekeeping.contract.js';
import { memoryAccess } from './memory-access.js';

const limit = 1 << 30;

const inMemory = (latency: number) => (): Promise<OpenedHousekeeping> => {
  const server = new MemoryServer();
  const database = memoryDatabase({ server, latency });
  const housekeeping = memoryHousekeeping({ server, latency, limit });
  return Promise.resolve({ housekeeping, database, raw: memoryAccess(server), limit, close: () => lastValueFrom(merge(housekeeping.close(), database.close()), { defaultValue: undefined }) });
};

housekeepingContract('housekeeping in memory', inMemory(0));
housekeepingContract('housekeeping in memory with latency', inMemory(2));

let redis: FreshRedis | undefined;

// The first start of all may have to fetch a server.
beforeAll(async () => {
  redis = await freshRedis();
}, 300_000);

afterAll(() => redis?.stop());

housekeepingContract('housekeeping on Redis', async () => {
  if (redis === undefined) throw new Error('the server did not start');
  await redis.reset();
  await redis.client.config('SET', 'maxmemory', String(limit));
  const database = redisDatabase(redis.url);
  const housekeeping = redisHousekeeping(redis.url);
  return { housekeeping, database, raw: rawAccess(redis.client), limit, close: () => lastValueFrom(merge(housekeeping.close(), database.close()), { defaultValue: undefined }) };
});
