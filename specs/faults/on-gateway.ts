/** The setup of fault tests through a gateway: proxies on both of its sides, and for each test a gateway between them. */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { gateway, type Gateway } from '../../lib/gateway.js';
import { DataStore, type StoreOptions } from '../../lib/index.js';
import { databaseAt } from '../support/gateway.js';
import { impatient, retry, socketTimeout, type OnFaults } from './on-faults.js';
import { Proxy } from './proxy.js';
import { FaultyServer } from './server.js';

export interface OnGateway extends Omit<OnFaults, 'proxied' | 'direct'> {
  /** Between the gateway and Redis; `proxy` is between the clients and the gateway. */
  readonly toRedis: Proxy;
  readonly gateway: Gateway;
  /** Starts another gateway, on a port of its own, before the same Redis. */
  another(): Promise<Gateway>;
  /** A store by way of the proxy and the gateway, closed with the test. */
  proxied(options?: StoreOptions): DataStore;
  /** A store that goes to Redis directly. */
  direct(): DataStore;
  /** One that goes to Redis by way of the proxy that the gateway has. */
  beside(): DataStore;
}

const { connection = {} } = impatient;

/** Call it at the top of a spec file; what it gives may be used from the first `beforeEach` on. */
export function onGateway(): OnGateway {
  let server: FaultyServer | undefined;
  let toRedis: Proxy | undefined;
  let proxy: Proxy | undefined;
  let gateways: Gateway[] = [];
  let stores: DataStore[] = [];

  const present = <A>(value: A | undefined): A => {
    if (value === undefined) throw new Error('this is there only within a test');
    return value;
  };
  const opened = (store: DataStore): DataStore => {
    stores.push(store);
    return store;
  };
  const another = async (): Promise<Gateway> => {
    const started = await gateway(present(toRedis).url, { port: 0, allowWrite: true, allowDelete: true, connection });
    gateways.push(started);
    return started;
  };

  beforeAll(async () => {
    server = await FaultyServer.start();
  }, 300_000);
  beforeEach(async () => {
    await present(server).reset();
    toRedis = await Proxy.to(present(server).url);
    const { port } = await another();
    proxy = await Proxy.to(`ws://127.0.0.1:${port}`);
  });
  afterEach(async () => {
    // A store whose writers a test broke says so once more.
    await Promise.allSettled(stores.map((store) => store.close({ within: 0 })));
    stores = [];
    // Whatever happened to its connections, what is closed has none.
    await present(proxy).untilUnused();
    await Promise.all(gateways.map((each) => each.close({ drain: 0 })));
    gateways = [];
    await present(toRedis).untilUnused();
    for (const each of [present(proxy), present(toRedis)]) each.close();
  });
  afterAll(() => server?.stop());

  return {
    get server() {
      return present(server);
    },
    get client() {
      return present(server).client;
    },
    get proxy() {
      return present(proxy);
    },
    get toRedis() {
      return present(toRedis);
    },
    get gateway() {
      return present(gateways[0]);
    },
    another,
    proxied: (options = {}) => opened(DataStore.over(databaseAt(present(proxy).url, socketTimeout / 2), { retry, ...options })),
    beside: () => opened(DataStore.connect(present(toRedis).url, impatient)),
    direct: () => opened(DataStore.connect(present(server).url, impatient)),
  };
}
