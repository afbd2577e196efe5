/** `blissdata-rx demo`, which `npm start` runs: publishes a scan and follows it at the same time. */
import { Command } from 'commander';
import { startRedis, type RedisServer } from '../../server/start-redis.js';
import { reportError } from '../report-error.js';
import { runDemo } from './run-demo.js';

/** The exit code that shells use for SIGINT. */
const interrupted = 130;

export function demoCommand(): Command {
  return new Command('demo')
    .description('publish a scan of four streams and follow it at the same time, checking every point')
    .option('--redis <url>', 'use this Redis server instead of starting one')
    .option('--once', 'run once and end (the default, for scripts that want to be explicit)')
    .action(async ({ redis }: { redis?: string }) => {
      process.exitCode = await demo(redis).catch(reportError);
    });
}

async function demo(redis: string | undefined): Promise<number> {
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  const stopping = new AbortController();
  const stop = (): void => {
    write('  stopping: closing the scan');
    stopping.abort();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  let server: RedisServer | undefined;
  try {
    if (redis === undefined) {
      server = await startRedis({ log: write, signal: stopping.signal });
      write(`embedded Redis at ${server.url}`);
    }
    const allCorrect = await runDemo(redis ?? server?.url ?? '', write, stopping.signal);
    if (stopping.signal.aborted) return interrupted;
    return allCorrect ? 0 : 1;
  } catch (error) {
    const hasServer = redis !== undefined || server !== undefined;
    if (stopping.signal.aborted && !hasServer) return interrupted;
    throw error;
  } finally {
    await server?.stop();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
