/** The scene of a chaotic run through gateways: two before one Redis, proxies before and behind them. */
import { DataStore } from '../../../lib/index.js';
import { databaseAt } from '../../support/gateway.js';
import { GatewayProcess } from '../../support/gateway-process.js';
import { Proxy } from '../proxy.js';
import { FaultyServer } from '../server.js';
import type { Disaster } from './disasters.js';
import { pause } from './pause.js';
import { Scene, socketTimeout } from './scene.js';

const connection = { socketTimeout, connectTimeout: socketTimeout };

export class GatewayScene extends Scene {
  private constructor(
    server: FaultyServer,
    private readonly before: readonly [Proxy, Proxy],
    private readonly behind: Proxy,
    private readonly gateways: [GatewayProcess, GatewayProcess],
  ) {
    super(server, [...before, behind]);
  }

  static async openGateways(): Promise<GatewayScene> {
    const server = await FaultyServer.start();
    const behind = await Proxy.to(server.url);
    const start = (): Promise<GatewayProcess> => GatewayProcess.start(behind.url, { port: 0, allowWrite: true, connection });
    const gateways: [GatewayProcess, GatewayProcess] = [await start(), await start()];
    const before = await Promise.all([Proxy.to(gateways[0].socketUrl), Proxy.to(gateways[1].socketUrl)] as const);
    return new GatewayScene(server, before, behind, gateways);
  }

  /** A store by way of one of the gateways. */
  override store(proxy: number): DataStore {
    return DataStore.over(databaseAt(this.before[proxy === 0 ? 0 : 1].url, socketTimeout / 2), { waitForServer: true });
  }

  gateway(which: 0 | 1): GatewayProcess {
    return this.gateways[which];
  }

  /** Another process at another port takes the place of a gateway, which is ended somehow. */
  async replace(which: 0 | 1, end: (gateway: GatewayProcess) => Promise<unknown>): Promise<void> {
    await end(this.gateways[which]);
    this.gateways[which] = await GatewayProcess.start(this.behind.url, { port: 0, allowWrite: true, connection });
    this.before[which].leadTo(this.gateways[which].socketUrl);
  }

  /** The clients' connections: the gateways keep theirs. */
  override async untilUnused(): Promise<void> {
    await Promise.all(this.before.map((proxy) => proxy.untilUnused()));
  }

  override async close(): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => gateway.kill()));
    await super.close();
  }
}

/** What happens to gateways, one at a time. */
export const ofGateways = (scene: GatewayScene): readonly Disaster[] => {
  const stopped = async (which: 0 | 1, ms: number): Promise<void> => {
    scene.gateway(which).freeze();
    await pause(ms);
    scene.gateway(which).thaw();
  };
  return [
    { name: 'gateway killed, another at another port', strike: (_, random) => scene.replace(random.chance(0.5) ? 0 : 1, (gateway) => gateway.kill()) },
    { name: 'gateway closed, another at another port', strike: (_, random) => scene.replace(random.chance(0.5) ? 0 : 1, (gateway) => gateway.close()) },
    { name: 'gateway stopped for a while', strike: (_, random) => stopped(random.chance(0.5) ? 0 : 1, 50 + random.upTo(400)) },
    { name: 'gateway stopped for too long', strike: (_, random) => stopped(random.chance(0.5) ? 0 : 1, socketTimeout + random.upTo(700)) },
  ];
};
