/** Starts a given Redis program, on a given port or a free one. */
import { blissdataError, isPortInUse } from '../model/errors.js';
import { requireTime } from '../model/time.js';
import { freePort } from './free-port.js';
import { launch, type RedisServer } from './launch.js';
import type { RedisProgram } from './redis-program.js';

export interface StartOptions {
  /** The TCP port; 0, the default, takes any free one. */
  readonly port?: number | undefined;
  /** The address to listen on; by default `127.0.0.1`, which no other machine can reach. */
  readonly host?: string | undefined;
  /** Lines of a redis.conf, name to value as written there: `{ maxmemory: '100mb' }`. */
  readonly config?: Readonly<Record<string, string>> | undefined;
  /** A folder for data that outlive the server; by default they are removed with it. */
  readonly persist?: string | undefined;
  /** How long the server may take to load its data and answer, in milliseconds; 30 s by default. */
  readonly readyWithin?: number | undefined;
  /** Aborts the start: the promise rejects with the signal's reason, and nothing is left behind. */
  readonly signal?: AbortSignal | undefined;
}

// Set by the launcher, or needed to notice when the server is ready.
const reserved = ['port', 'bind', 'dir', 'daemonize', 'supervised', 'logfile', 'loglevel', 'syslog-enabled', 'include'];
const attempts = 5;

/** Starts the program; see `startRedis` for the errors. */
export async function startProgram(program: RedisProgram, options: StartOptions): Promise<RedisServer> {
  const { port = 0, host = '127.0.0.1', config = {}, persist, readyWithin = 30_000, signal } = options;
  requireTime('readyWithin', readyWithin);
  const clash = Object.keys(config).find((name) => reserved.includes(name.toLowerCase()));
  if (clash !== undefined) {
    throw blissdataError('InvalidArgument', { argument: 'config', expected: `a setting other than ${reserved.join(', ')}`, received: clash });
  }
  for (let attempt = 1; ; attempt += 1) {
    const chosen = await freePort(host, port);
    try {
      return await launch(program, { host, port: chosen, config, persist, readyWithin, signal });
    } catch (error) {
      // Another process has taken the free port meanwhile: try another one.
      if (!isPortInUse(error) || port !== 0 || attempt === attempts) throw error;
    }
  }
}
