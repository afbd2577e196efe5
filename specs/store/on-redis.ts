/** A Redis of its own for a spec file, with an initialised database and a store on it for each test. */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { Redis } from 'ioredis';
import { DataStore, type ConnectOptions } from '../../lib/index.js';
import { freshRedis, type FreshRedis } from '../support/redis.js';

export interface OnRedis {
  readonly url: string;
  readonly client: Redis;
  readonly store: DataStore;
  /** One more store, closed with the test. */
  another(options?: ConnectOptions): DataStore;
}

/** Call it at the top of a spec file; what it gives may be used from the first `beforeEach` on. */
export function onRedis(): OnRedis {
  let redis: FreshRedis | undefined;
  let stores: DataStore[] = [];

  const running = (): FreshRedis => {
    if (redis === undefined) throw new Error('the server did not start');
    return redis;
  };
  const open = (options?: ConnectOptions): DataStore => {
    const store = DataStore.connect(running().url, options);
    stores.push(store);
    return store;
  };

  // The first start of all may have to fetch a server.
  beforeAll(async () => {
    redis = await freshRedis();
  }, 300_000);
  beforeEach(async () => {
    await running().reset();
    open();
  });
  afterEach(async () => {
    // A store whose writers a test broke says so once more.
    await Promise.allSettled(stores.map((store) => store.close()));
    stores = [];
  });
  afterAll(() => redis?.stop());

  return {
    get url() {
      return running().url;
    },
    get client() {
      return running().client;
    },
    get store() {
      const [store] = stores;
      if (store === undefined) throw new Error('there is a store only within a test');
      return store;
    },
    another: open,
  };
}
