/** A master and its replica, both with the modules that blissdata needs, and Sentinels that watch them, to fail over in every way. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedis } from '../../lib/server/find-redis.js';
import { freePort } from '../../lib/server/free-port.js';
import { startProgram } from '../../lib/server/start-program.js';
import type { RedisServer } from '../../lib/server/start-redis.js';

const host = '127.0.0.1';
const name = 'beamline';

export interface Watched {
  /** For stores: all Sentinels, without any password. */
  readonly url: string;
  /** For stores that know only some of the Sentinels: their addresses. */
  readonly sentinels: readonly string[];
  /** Where the Sentinels (the first one) say that the master is. */
  masterPort(): Promise<number>;
  /** A connection to a server, closed at the end. */
  client(port: number): Redis;
  /** The ports of both servers, the first master first. */
  readonly ports: readonly [number, number];
  /** Crashes the current master; what it had not replicated is lost. */
  kill(): Promise<void>;
  /** The present master does nothing any more until it is thawed, though its sockets stay open. */
  freeze(): Promise<{ thaw(): void }>;
  /** The present replica takes in nothing any more until it is thawed: what is written meanwhile may never come to it. */
  freezeReplica(): Promise<{ thaw(): void }>;
  /** A failover by hand, `SENTINEL FAILOVER`; resolves once it has begun. */
  failover(): Promise<void>;
  /** Resolves when all Sentinels name another master than that. */
  switched(from: number): Promise<number>;
  /** Resolves when all that was written to the present master is on the replica as well. */
  replicated(): Promise<void>;
  /** Ends a Sentinel. */
  killSentinel(index: number): Promise<void>;
  stop(): Promise<void>;
}

export interface WatchedOptions {
  /** How many Sentinels watch; one of them is enough to decide. */
  readonly sentinels?: number;
  /** Of the servers. */
  readonly password?: string;
  readonly sentinelPassword?: string;
}

/** Starts them all, and resolves when a failover would work. */
export async function startWatched({ sentinels: count = 1, password, sentinelPassword }: WatchedOptions = {}): Promise<Watched> {
  const program = await findRedis({ log: () => undefined, signal: undefined });
  const secret = password === undefined ? {} : { requirepass: password, masterauth: JSON.stringify(password) };
  const config = { ...secret, 'repl-diskless-sync-delay': '0', 'repl-timeout': '5' };
  const first = await startProgram(program, { config });
  const second = await startProgram(program, { config: { ...config, replicaof: `${host} ${first.port}` } });
  const servers: readonly [RedisServer, RedisServer] = [first, second];
  const clients = new Map<number, Redis>();
  const open = (port: number, login?: string): Redis => {
    const known = clients.get(port);
    if (known !== undefined) return known;
    const client = new Redis({ host, port, protocol: 2, ...(login === undefined ? {} : { password: login }), retryStrategy: () => 100, maxRetriesPerRequest: null });
    client.on('error', () => undefined); // it is to survive what is done to its server
    clients.set(port, client);
    return client;
  };
  const client = (port: number): Redis => open(port, password);
  await until(async () => (await client(second.port).info('replication')).includes('master_link_status:up'));

  const watchers = await Promise.all(Array.from({ length: count }, () => startSentinel(program.command, first.port, password, sentinelPassword)));
  const asking = watchers.map(({ port }) => open(port, sentinelPassword));
  const known = async (sentinel: Redis): Promise<boolean> => {
    const master = recordOf(await sentinel.call('SENTINEL', ['MASTER', name]));
    const [replica] = replies(await sentinel.call('SENTINEL', ['REPLICAS', name])).map(recordOf);
    return master['num-other-sentinels'] === String(count - 1) && replica?.['master-link-status'] === 'ok' && replica.flags === 'slave';
  };
  await until(async () => (await Promise.all(asking.map(known))).every((ready) => ready));

  const portOf = async (sentinel: Redis): Promise<number> => Number(replies(await sentinel.call('SENTINEL', ['GET-MASTER-ADDR-BY-NAME', name]))[1]);
  const alive = (): readonly Redis[] => asking.filter((_, i) => isRunning(watchers[i]?.child));
  const masterPort = (): Promise<number> => portOf(alive()[0] ?? asking[0] ?? client(first.port));
  const master = async (): Promise<RedisServer> => {
    const port = await masterPort();
    return servers.find((server) => server.port === port) ?? first;
  };
  const frozen = new Set<number>();
  const stopped = (pid: number): { thaw(): void } => {
    process.kill(pid, 'SIGSTOP');
    frozen.add(pid);
    return {
      thaw() {
        if (frozen.delete(pid)) process.kill(pid, 'SIGCONT');
      },
    };
  };
  const addresses = watchers.map(({ port }) => `${host}:${port}`);
  return {
    url: `redis+sentinel://${addresses.join(',')}/${name}`,
    sentinels: addresses,
    ports: [first.port, second.port],
    masterPort,
    client,
    async kill() {
      const server = await master();
      process.kill(server.pid, 'SIGKILL');
      await server.exited;
    },
    freeze: async () => stopped((await master()).pid),
    async freezeReplica() {
      const { port } = await master();
      return stopped((port === first.port ? second : first).pid);
    },
    async failover() {
      await asking[0]?.call('SENTINEL', ['FAILOVER', name]);
    },
    async switched(from) {
      let ports: readonly number[] = [];
      await until(async () => (ports = await Promise.all(alive().map(portOf))).every((port) => port !== from));
      return ports[0] ?? from;
    },
    async replicated() {
      await client(await masterPort()).wait(1, 5000);
    },
    async killSentinel(index) {
      const child = watchers[index]?.child;
      if (child !== undefined) await ended(child, 'SIGKILL');
    },
    async stop() {
      for (const pid of frozen) process.kill(pid, 'SIGCONT');
      for (const one of clients.values()) one.disconnect();
      await Promise.all(watchers.map(({ child }) => ended(child, 'SIGKILL')));
      await Promise.all(watchers.map(({ folder }) => rm(folder, { recursive: true, force: true })));
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

interface Sentinel {
  readonly port: number;
  readonly child: ChildProcess;
  readonly folder: string;
}

async function startSentinel(command: string, masterPort: number, password: string | undefined, own: string | undefined): Promise<Sentinel> {
  const port = await freePort(host, 0);
  const folder = await mkdtemp(join(tmpdir(), 'blissdata-rx-sentinel-'));
  // A Sentinel writes down there what it finds out.
  const file = join(folder, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    `bind ${host}`,
    `dir ${folder}`,
    ...(own === undefined ? [] : [`requirepass ${JSON.stringify(own)}`, `sentinel sentinel-pass ${JSON.stringify(own)}`]),
    `sentinel monitor ${name} ${host} ${masterPort} 1`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${name} ${JSON.stringify(password)}`]),
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 3000`,
    `sentinel parallel-syncs ${name} 1`,
  ];
  await writeFile(file, lines.map((line) => `${line}\n`).join(''));
  const child = spawn(command, [file, '--sentinel'], { cwd: folder, stdio: 'ignore' });
  await once(child, 'spawn');
  return { port, child, folder };
}

const isRunning = (child: ChildProcess | undefined): boolean => child?.exitCode === null && child.signalCode === null;

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!isRunning(child)) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}

const replies = (reply: unknown): readonly unknown[] => (Array.isArray(reply) ? reply : []);

/** A flat list of names and values. */
function recordOf(reply: unknown): Readonly<Record<string, string>> {
  const list = replies(reply).map(String);
  return Object.fromEntries(list.flatMap((item, i) => (i % 2 === 0 ? [[item, list[i + 1] ?? '']] : [])));
}
