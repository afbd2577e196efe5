/** What chaos happens to: a server, and the connections of those who publish and of those who follow, each through a proxy of their own. */
import type { ConnectOptions } from '../../../lib/index.js';
import { Proxy } from '../proxy.js';
import { FaultyServer } from '../server.js';

/** How long an answer may be due before a connection counts as dead, in ms: so long do faults last that are to be noticed. */
export const socketTimeout = 1000;

export const chaotic: ConnectOptions = { connection: { socketTimeout, connectTimeout: socketTimeout } };

export class Scene {
  private constructor(
    readonly server: FaultyServer,
    readonly publishing: Proxy,
    readonly following: Proxy,
  ) {}

  static async open(): Promise<Scene> {
    const server = await FaultyServer.start();
    return new Scene(server, await Proxy.to(server.url), await Proxy.to(server.url));
  }

  get proxies(): readonly Proxy[] {
    return [this.publishing, this.following];
  }

  /** How many connections were made by way of the proxies so far. */
  get connections(): number {
    return this.publishing.made + this.following.made;
  }

  /** Resolves when nobody holds a connection any more. */
  async untilUnused(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.untilUnused()));
  }

  async close(): Promise<void> {
    for (const proxy of this.proxies) proxy.close();
    await this.server.stop();
  }
}
