/** A Redis server without any module, for what must be refused there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedis } from '../../lib/server/find-redis.js';
import { freePort } from '../../lib/server/free-port.js';
import { LogTail } from '../../lib/server/log-tail.js';
import { ready } from '../../lib/server/ready.js';

export interface BareRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the same program as all other tests use, but loads no modules. */
export async function bareRedis(): Promise<BareRedis> {
  const program = await findRedis({ log: () => undefined, signal: undefined });
  const host = '127.0.0.1';
  const port = await freePort(host, 0);
  const folder = await mkdtemp(join(tmpdir(), 'blissdata-rx-bare-'));
  const place = { host, port, folder, keep: false };
  const child = spawn(program.command, program.args(place), { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = once(child, 'close').then(() => ({ code: child.exitCode }));
  const log = new LogTail(child.stdout, child.stderr);
  const directives = [...program.directives(place), ['save', '""'] as const].filter(([name]) => name !== 'loadmodule');
  child.stdin.end(directives.map(([name, value]) => `${name} ${value}\n`).join(''));
  await ready({ name: program.name, port, log, exited, readyWithin: 30_000, signal: undefined });
  return {
    url: `redis://${host}:${port}`,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
