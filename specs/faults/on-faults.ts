/** The setup of fault tests: a server of their own, and for each test a proxy to it, with stores on both sides. */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { Redis } from 'ioredis';
import { DataStore, type ConnectOptions, type RetryOptions } from '../../lib/index.js';
import { FaultyServer } from './server.js';
import { Proxy } from './proxy.js';

export interface OnFaults {
  readonly server: FaultyServer;
  /** A connection to the server that no fault of the proxy touches. */
  readonly client: Redis;
  readonly proxy: Proxy;
  /** A store by way of the proxy, closed with the test. */
  proxied(options?: ConnectOptions): DataStore;
  /** A store that goes to the server directly. */
  direct(options?: ConnectOptions): DataStore;
}

/** In ms: what takes this long without an answer counts as dead. Far more than anything takes on a busy machine, and short enough to wait for. */
export const socketTimeout = 400;

/** Tries again at once, and without chance. */
export const retry: RetryOptions = { firstDelay: 2, maxDelay: 50, jitter: 0 };

export const impatient: ConnectOptions = { retry, connection: { connectTimeout: socketTimeout, socketTimeout } };

/** Call it at the top of a spec file; what it gives may be used from the first `beforeEach` on. */
export function onFaults(config: Readonly<Record<string, string>> = {}): OnFaults {
  let server: FaultyServer | undefined;
  let proxy: Proxy | undefined;
  let stores: DataStore[] = [];

  const running = (): FaultyServer => {
    if (server === undefined) throw new Error('the server did not start');
    return server;
  };
  const proxyOfTest = (): Proxy => {
    if (proxy === undefined) throw new Error('there is a proxy only within a test');
    return proxy;
  };
  const open = (url: string, options: ConnectOptions): DataStore => {
    const store = DataStore.connect(url, options);
    stores.push(store);
    return store;
  };

  beforeAll(async () => {
    server = await FaultyServer.start(config);
  }, 300_000);
  beforeEach(async () => {
    await running().reset();
    proxy = await Proxy.to(running().url);
  });
  afterEach(async () => {
    // A store whose writers a test broke says so once more.
    await Promise.allSettled(stores.map((store) => store.close({ within: 0 })));
    stores = [];
    // Whatever happened to its connections, a store that is closed has none.
    await proxyOfTest().untilUnused();
    proxyOfTest().close();
    proxy = undefined;
  });
  afterAll(() => server?.stop());

  return {
    get server() {
      return running();
    },
    get client() {
      return running().client;
    },
    get proxy() {
      return proxyOfTest();
    },
    proxied: (options = {}) => open(proxyOfTest().url, { ...impatient, ...options }),
    direct: (options = {}) => open(running().url, { ...impatient, ...options }),
  };
}
