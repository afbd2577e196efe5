/** The scene of a chaotic run: a server, and proxied connections to it. */
import { DataStore, type ConnectOptions } from '../../../lib/index.js';
import { Proxy } from '../proxy.js';
import { FaultyServer } from '../server.js';

/** How long an answer may be due before a connection counts as dead, in ms: so long do faults last that are to be noticed. */
export const socketTimeout = 1000;

const chaotic: ConnectOptions = { connection: { socketTimeout, connectTimeout: socketTimeout } };

export class Scene {
  protected constructor(
    readonly server: FaultyServer,
    readonly proxies: readonly Proxy[],
  ) {}

  /** Starts the server, and so many proxies to it. */
  static async open(proxies: number): Promise<Scene> {
    const server = await FaultyServer.start();
    return new Scene(server, await Promise.all(Array.from({ length: proxies }, () => Proxy.to(server.url))));
  }

  /** A store by way of one of the proxies. */
  store(proxy: number, options: ConnectOptions = {}): DataStore {
    return DataStore.connect(this.proxies[proxy]?.url ?? '', { ...chaotic, ...options });
  }

  /** How many connections were made by way of the proxies so far. */
  get connections(): number {
    return this.proxies.reduce((made, proxy) => made + proxy.made, 0);
  }

  /** Resolves when no connection is left. */
  async untilUnused(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.untilUnused()));
  }

  async close(): Promise<void> {
    for (const proxy of this.proxies) proxy.close();
    await this.server.stop();
  }
}
