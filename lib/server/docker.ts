/** Redis 8 from Docker, whose image has both modules. */
import * as E from 'fp-ts/lib/Either.js';
import { quoted, type Directive, type RedisProgram } from './redis-program.js';
import { run } from './run.js';
import type { FetchOptions } from './wheels.js';

const image = 'redis:8';
const port = 6379; // within the container, where it is always free
const data = '/data';
const modules = ['rejson.so', 'redisearch.so'].map((file) => `/usr/local/lib/redis/modules/${file}`);

/** A server in a container that is removed when it stops, or why there is none. Rejects only when aborted. */
export async function programFromDocker({ log, signal }: FetchOptions): Promise<E.Either<string, RedisProgram>> {
  const present = await run('docker', ['image', 'inspect', image], { signal });
  if (present.code !== 0) {
    const running = await run('docker', ['version'], { signal });
    if (running.code !== 0) return E.left(`Docker: ${lastLine(running.stderr)}`);
    log(`Pulling the Docker image ${image} (once)`);
    const pulled = await run('docker', ['pull', '--quiet', image], { signal });
    if (pulled.code !== 0) return E.left(`Docker: ${lastLine(pulled.stderr)}`);
  }
  return E.right(program);
}

const program: RedisProgram = {
  name: `Docker's ${image}`,
  command: 'docker',
  // The image's entry point would load the modules a second time.
  args: ({ host, port: outside, keep, folder }) => [
    ...['run', '--rm', '--interactive', '--entrypoint', 'redis-server'],
    ...['--publish', `${publishable(host)}:${outside}:${port}`],
    ...(keep ? ['--volume', `${folder}:${data}`] : []),
    ...[image, '-'],
  ],
  directives: () => [
    ['port', String(port)],
    ['protected-mode', 'no'], // the published address decides what may connect
    ['dir', quoted(data)],
    ...modules.map((path): Directive => ['loadmodule', path]),
  ],
  lastSignal: 'TERM', // docker passes it on; KILL would leave the container running
};

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

/** Docker publishes at addresses only, not at names. */
function publishable(host: string): string {
  if (host === 'localhost') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
