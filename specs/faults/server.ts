/** A Redis process on its own port and folder that can be frozen, killed, and restarted with all, less or no data. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { initialise } from '../../lib/redis/commands/initialise.js';
import { hangUp } from '../../lib/redis/connection/link.js';
import { startRedis, type RedisServer } from '../../lib/server/start-redis.js';

/** What a server that has acknowledged something still has after a crash. */
const durable = { appendfsync: 'always' };

export class FaultyServer {
  private frozen = false;

  private constructor(
    private readonly folder: string,
    private readonly config: Readonly<Record<string, string>>,
    private running: RedisServer,
    private connection: Redis,
  ) {}

  /** Starts it, initialised for blissdata. */
  static async start(config: Readonly<Record<string, string>> = {}): Promise<FaultyServer> {
    const folder = await mkdtemp(join(tmpdir(), 'blissdata-rx-faults-'));
    const settings = { ...durable, ...config };
    const running = await startRedis({ persist: join(folder, 'data'), config: settings });
    await initialise(running.url);
    return new FaultyServer(folder, settings, running, controlOf(running.url));
  }

  get url(): string {
    return this.running.url;
  }

  /** A connection for what the SDK does not offer; another one after each restart. */
  get client(): Redis {
    return this.connection;
  }

  /** Stops the process; its sockets stay open, and take what is sent until they are full. */
  freeze(): void {
    this.frozen = true;
    process.kill(this.running.pid, 'SIGSTOP');
  }

  thaw(): void {
    this.frozen = false;
    process.kill(this.running.pid, 'SIGCONT');
  }

  /** Kills the process on the spot; resolves when nothing answers any more. */
  async crash(): Promise<void> {
    hangUp(this.connection);
    process.kill(this.running.pid, 'SIGKILL');
    await this.running.exited;
  }

  /** Starts a server that crashed, with all that it had acknowledged. */
  async restart(): Promise<void> {
    this.running = await startRedis({ persist: this.data, config: this.config, port: this.running.port });
    this.connection = controlOf(this.running.url);
  }

  /** Starts a server that crashed with nothing at all, or set up for blissdata. */
  async restartEmpty({ initialised }: { readonly initialised: boolean }): Promise<void> {
    await rm(this.data, { recursive: true });
    await this.restart();
    if (initialised) await initialise(this.url);
  }

  /** Remembers what the server has now, for `restartBehind`. */
  async remember(): Promise<void> {
    await rm(this.memory, { recursive: true, force: true });
    await cp(this.data, this.memory, { recursive: true });
  }

  /** Starts a server that crashed with what it had when it was to be remembered. */
  async restartBehind(): Promise<void> {
    await rm(this.data, { recursive: true });
    await cp(this.memory, this.data, { recursive: true });
    await this.restart();
  }

  /** Empties it and sets it up again. */
  async reset(): Promise<void> {
    await this.connection.flushall();
    await initialise(this.url);
  }

  async stop(): Promise<void> {
    if (this.frozen) this.thaw();
    hangUp(this.connection);
    await this.running.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private get data(): string {
    return join(this.folder, 'data');
  }

  private get memory(): string {
    return join(this.folder, 'memory');
  }
}

function controlOf(url: string): Redis {
  const client = new Redis(url, { protocol: 2, retryStrategy: () => null });
  // What a test does to the server may break this connection, too; the next command says so.
  client.on('error', () => undefined);
  return client;
}
