/** A Redis server of its own for a spec file, and what tests do to its data beside the ports. */
import { Redis } from 'ioredis';
import { initialise } from '../../lib/redis/commands/initialise.js';
import { startRedis } from '../../lib/server/start-redis.js';
import type { RawAccess } from '../contract/opened.js';

export interface FreshRedis {
  readonly url: string;
  /** A connection for what the ports do not offer. */
  readonly client: Redis;
  /** Empties the server and initialises it for blissdata. To be called before each test. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server of its own, so that spec files may run side by side. Call in `beforeAll`, and `stop` in `afterAll`. */
export async function freshRedis(): Promise<FreshRedis> {
  const server = await startRedis();
  const client = new Redis(server.url, { protocol: 2 });
  return {
    url: server.url,
    client,
    async reset() {
      await client.flushall();
      await initialise(server.url);
    },
    async stop() {
      client.disconnect();
      await server.stop();
    },
  };
}

/** The contract's raw access, over a connection. */
export const rawAccess = (client: Redis): RawAccess => ({
  trim: async (key, index) => void (await client.xtrim(key, 'MINID', `${index}-0`)),
  delete: async (key) => void (await client.del(key)),
  flush: async () => void (await client.flushall()),
  putEntry: async (key, { index, len, payload }) => {
    const fields = ['payload', Buffer.from(payload), ...(len === 1 ? [] : ['len', String(len)])];
    await client.xadd(key, `${index}-1`, ...fields);
  },
  setScanJson: async (key, json) => void (await client.call('JSON.SET', [key, '$', json])),
  expire: async (keys, seconds) => {
    const multi = client.multi();
    for (const key of keys) multi.expire(key, seconds);
    await multi.exec();
  },
  ttlOf: async (key) => {
    const seconds = await client.ttl(key);
    return seconds === -2 ? null : seconds === -1 ? Infinity : seconds;
  },
});
