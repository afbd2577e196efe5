/** `blissdata-rx serve`: an embedded Redis, set up for blissdata, until it is stopped. */
import { Command, InvalidArgumentError } from 'commander';
import { DataStore, isMissingModule, isNoServer } from '../index.js';
import { startRedis, type RedisServer } from '../server/start-redis.js';
import { reportError } from './report-error.js';

interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly redisServer?: string;
  readonly module?: readonly string[];
}

const moduleHint = 'To load RedisJSON and RediSearch from files: --module /path/to/rejson.so /path/to/redisearch.so';

export function serveCommand(): Command {
  return new Command('serve')
    .description('start a Redis server and set it up for blissdata; its data are removed when it stops')
    .option('--port <number>', 'the TCP port, 0 for any free one', portNumber, 6379)
    .option('--host <address>', 'the address to listen on; any other than the default lets other machines in', '127.0.0.1')
    .option('--redis-server <path>', 'the redis-server to start (default: search for one, and fetch it if there is none)')
    .option('--module <paths...>', 'the modules to load, RedisJSON and RediSearch (default: those beside the server, or built in); without --redis-server, for the one on PATH')
    .addHelpText('after', '\nA fetched server is cached in the folder BLISSDATA_RX_CACHE (environment variable; default: .cache in a checkout of the package,\notherwise blissdata-rx in the caches of the user, such as ~/.cache).')
    .addHelpText('after', '\nOnce it is ready it prints one line with "serving redis://<host>:<port>" to standard output, for other programs to read.')
    .action(async (options: ServeOptions) => {
      process.exitCode = await serve(options).catch((error: unknown) => {
        const code = reportError(error);
        if (isMissingModule(error) || isNoServer(error)) process.stderr.write(`blissdata-rx: ${moduleHint}\n`);
        return code;
      });
    });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

/** Serves until a signal stops it; resolves to the exit code. */
async function serve({ port, host, redisServer, module: modules }: ServeOptions): Promise<number> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  let server: RedisServer | undefined;
  try {
    server = await startRedis({ port, host, program: redisServer, modules, signal: stopping.signal, log: (line) => process.stderr.write(`blissdata-rx: ${line}\n`) });
    await DataStore.init(server.url);
    process.stdout.write(`blissdata-rx: serving ${server.url} (Ctrl-C stops it)\n`);
    return await untilStopped(server, stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted) return 0; // stopped before it was ready
    throw error;
  } finally {
    await server?.stop();
    for (const signal of signals) process.off(signal, stop);
  }
}

/** Resolves to 0 when a signal stops it, to 1 if the server ends by itself. */
async function untilStopped(server: RedisServer, signal: AbortSignal): Promise<number> {
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const ended = await Promise.race([stopped, server.exited]);
  if (ended === undefined) return 0;
  process.stderr.write(`blissdata-rx: the Redis server ended unexpectedly. The end of its log:\n${ended.log.map((line) => `  ${line}\n`).join('')}`);
  return 1;
}
