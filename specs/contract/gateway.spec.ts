/** The database contract through a gateway: over WebSockets, in front of a real Redis and of the database in memory. */
import { afterAll, beforeAll } from '@jest/globals';
import { lastValueFrom, merge } from 'rxjs';
import { gateway } from '../../lib/gateway/gateway.js';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import type { Database } from '../../lib/ports/database.js';
import { redisDatabase } from '../../lib/redis/redis-database.js';
import { databaseAt } from '../support/gateway.js';
import { freshRedis, rawAccess, type FreshRedis } from '../support/redis.js';
import { databaseContract, type Opened } from './database.contract.js';
import { memoryAccess } from './memory-access.js';
import type { RawAccess } from './opened.js';

/** Two clients of one gateway in front of a database. */
async function through(served: Database, raw: RawAccess): Promise<Opened> {
  const running = await gateway(served, { port: 0, allowWrite: true, allowDelete: true });
  const [database, other] = [0, 1].map(() => databaseAt(running.url));
  if (database === undefined || other === undefined) throw new Error('there are two');
  return {
    database,
    other,
    raw,
    strictKeys: true,
    sendsAhead: true,
    close: async () => {
      await lastValueFrom(merge(database.close(), other.close()), { defaultValue: undefined });
      await running.close({ drain: 0 });
      await lastValueFrom(served.close(), { defaultValue: undefined });
    },
  };
}

let redis: FreshRedis | undefined;

// The first start of all may have to fetch a server.
beforeAll(async () => {
  redis = await freshRedis();
}, 300_000);

afterAll(() => redis?.stop());

databaseContract('Redis through a gateway', async () => {
  if (redis === undefined) throw new Error('the server did not start');
  await redis.reset();
  return through(redisDatabase(redis.url), rawAccess(redis.client));
});

databaseContract('a database in memory through a gateway', () => {
  const server = new MemoryServer();
  return through(memoryDatabase({ server }), memoryAccess(server));
});
