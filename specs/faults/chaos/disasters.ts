/** The disasters of a chaotic run. */
import type { Random } from '../../redis/random.js';
import type { Blow, Proxy, ProxiedConnection } from '../proxy.js';
import { pause } from './pause.js';
import { socketTimeout, type Scene } from './scene.js';

export interface Disaster {
  readonly name: string;
  /** Resolves when it is over. */
  strike(scene: Scene, random: Random): Promise<void>;
}

/** Longer than any request waits for its reply, in ms. */
const tooLong = (random: Random): number => socketTimeout + 100 + random.upTo(600);
const aWhile = (random: Random): number => 50 + random.upTo(450);

/** The connections of one side, or of all. */
const someProxies = ({ proxies }: Scene, random: Random): readonly Proxy[] => random.of([...proxies.map((proxy) => [proxy]), proxies]);

/** Something that happens to all connections of some, or to one of theirs. */
const toConnections = (name: string, happen: (connection: ProxiedConnection) => void): readonly Disaster[] => [
  {
    name: `${name}, all`,
    strike: async (scene, random) => {
      for (const { connections } of someProxies(scene, random)) connections.forEach(happen);
    },
  },
  {
    name: `${name}, one`,
    strike: async (scene, random) => {
      for (const { connections } of someProxies(scene, random)) if (connections.length > 0) happen(random.of(connections));
    },
  },
];

/** Something that happens to one of the next commands. */
const toCommand = (name: string, blow: (random: Random) => Blow): Disaster => ({
  name,
  strike: async (scene, random) => {
    for (const proxy of someProxies(scene, random)) {
      let before = random.upTo(10);
      void proxy.strike(() => --before === 0, blow(random));
    }
  },
});

/** Disasters of single connections: any number at once, whatever else happens. */
export const ofConnections: readonly Disaster[] = [
  ...toConnections('reset', (connection) => connection.reset()),
  ...toConnections('FIN', (connection) => connection.end()),
  ...toConnections('half-open', (connection) => connection.freeze()),
  toCommand('request cut', (random) => ({ what: random.of(['reset', 'end'] as const), after: random.upTo(300) - 1 })),
  toCommand('answer swallowed', (random) => ({ what: 'reset in the answer', after: random.chance(0.5) ? 0 : random.upTo(300) })),
  toCommand('half-open from a command on', (random) => ({ what: random.of(['freeze', 'freeze after the command'] as const) })),
  {
    name: 'refused',
    strike: async (scene, random) => {
      const proxies = someProxies(scene, random);
      for (const proxy of proxies) {
        proxy.refuse();
        proxy.resetAll();
      }
      await pause(aWhile(random));
      for (const proxy of proxies) await proxy.accept();
    },
  },
  {
    name: 'silence',
    strike: async (scene, random) => {
      const proxies = someProxies(scene, random);
      for (const proxy of proxies) {
        proxy.freezeAll();
        proxy.silent = true;
      }
      await pause(aWhile(random));
      for (const proxy of proxies) proxy.silent = false;
    },
  },
  {
    name: 'delay',
    strike: async (scene, random) => {
      const paused = someProxies(scene, random).flatMap(({ connections }) => connections);
      for (const connection of paused) connection.pause();
      await pause(aWhile(random));
      for (const connection of paused) connection.resume();
    },
  },
];

/** Disasters of the server: one after another. */
export const ofServer: readonly Disaster[] = [
  { name: 'CLIENT KILL TYPE normal', strike: async ({ server }) => void (await server.client.call('CLIENT', ['KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])) },
  { name: 'CLIENT KILL TYPE pubsub', strike: async ({ server }) => void (await server.client.call('CLIENT', ['KILL', 'TYPE', 'pubsub'])) },
  {
    name: 'CLIENT KILL ID',
    strike: async ({ server: { client } }, random) => {
      const ids = String(await client.client('LIST')).match(/(?<=^id=)\d+/gm) ?? [];
      await client.call('CLIENT', ['KILL', 'ID', random.of(ids), 'SKIPME', 'yes']);
    },
  },
  {
    name: 'CLIENT PAUSE',
    strike: async ({ server: { client } }, random) => {
      const ms = random.chance(0.3) ? tooLong(random) : aWhile(random);
      await client.call('CLIENT', ['PAUSE', ms, random.of(['WRITE', 'ALL'])]);
      await pause(ms);
    },
  },
  { name: 'SIGSTOP for a while', strike: (scene, random) => stopped(scene, aWhile(random)) },
  { name: 'SIGSTOP for too long', strike: (scene, random) => stopped(scene, tooLong(random)) },
  {
    name: 'SIGKILL, restart',
    strike: async ({ server }) => {
      await server.crash();
      await server.restart();
    },
  },
];

async function stopped({ server }: Scene, ms: number): Promise<void> {
  server.freeze();
  await pause(ms);
  server.thaw();
}
