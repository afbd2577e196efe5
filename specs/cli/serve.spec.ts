/** The command `blissdata-rx serve`, from the outside. */
import { createServer } from 'node:net';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { child, type Child } from '../server/child.js';
import { ask, remains, tracesOf } from '../server/traces.js';

let folder: string;
let running: Child[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-'));
});
afterEach(async () => {
  for (const { process } of running) process.kill('SIGTERM');
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

function serve(args: readonly string[], env?: NodeJS.ProcessEnv): Child {
  const started = child('lib/cli/main.ts', ['serve', ...args], env);
  running.push(started);
  return started;
}

/** Serves on a free port; the port is what the one line on standard output says. */
async function serving(): Promise<{ command: Child; port: number; pid: number }> {
  const command = serve(['--port', '0']);
  const line = await command.line();
  expect(line).toMatch(/^blissdata-rx: serving redis:\/\/127\.0\.0\.1:\d+ \(Ctrl-C stops it\)$/);
  const port = Number(/:(\d+) /.exec(line)?.[1]);
  const info = await ask(port, 'INFO', 'server');
  return { command, port, pid: Number(info.find((text) => text.startsWith('process_id:'))?.slice('process_id:'.length)) };
}

describe('blissdata-rx serve', () => {
  it('serves a database that is set up for blissdata', async () => {
    const { port } = await serving();
    expect(await ask(port, 'GET', '_PROTOCOL_VERSION_')).toContain('1');
    expect((await ask(port, 'FT._LIST')).join(' ')).toContain('esrf:scan:index');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends well on %s and leaves nothing behind', async (signal) => {
    const { command, port, pid } = await serving();
    const traces = await tracesOf({ port, pid });
    expect(remains(traces)).not.toEqual([]);
    command.process.kill(signal);
    expect(await command.ended).toEqual({ code: 0, signal: null, stderr: '' });
    expect(remains(traces)).toEqual([]);
  });

  it('fails when the server ends by itself, with the end of its log', async () => {
    const { command, pid } = await serving();
    process.kill(pid, 'SIGKILL');
    const { code, stderr } = await command.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('the Redis server ended unexpectedly');
    expect(stderr).toContain('Ready to accept connections');
  });

  it('says that a port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    expect(await serve(['--port', port]).ended).toEqual({ code: 1, signal: null, stderr: `blissdata-rx: Port ${port} is in use: choose another one, or 0 for any free port\n` });
    other.close();
  });

  it('says which modules a server lacks', async () => {
    const { port } = await serving();
    const executable = (await ask(port, 'INFO', 'server')).find((text) => text.startsWith('executable:'))?.slice('executable:'.length);
    const alone = join(folder, 'redis-server');
    copyFileSync(executable ?? '', alone);
    const { code, stderr } = await serve(['--port', '0', '--redis-server', alone]).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^blissdata-rx: The Redis server at \S+ lacks the modules ReJSON, search\nblissdata-rx: To load RedisJSON and RediSearch from files: --module .*rejson\.so/);
  });

  it('loads the modules that it is given, for a server that has none', async () => {
    const { port } = await serving();
    const executable = (await ask(port, 'INFO', 'server')).find((text) => text.startsWith('executable:'))?.slice('executable:'.length) ?? '';
    const modules = (await ask(port, 'MODULE', 'LIST')).filter((text) => text.endsWith('.so'));
    expect(modules.length).toBeGreaterThan(1);
    copyFileSync(executable, join(folder, 'redis-server'));
    const byPath = serve(['--port', '0', '--redis-server', join(folder, 'redis-server'), '--module', ...modules]);
    expect(await byPath.line()).toMatch(/serving redis:/);
    const onPath = serve(['--port', '0', '--module', ...modules.map((path) => relative(process.cwd(), path))], { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` });
    expect(await onPath.line()).toMatch(/serving redis:/);
    const absent = await serve(['--port', '0', '--module', join(folder, 'absent.so')]).ended;
    expect(absent).toMatchObject({ code: 1, stderr: expect.stringMatching(/Invalid modules: expected existing files, received .*absent\.so/) });
  });

  it('says where it keeps what it fetches', async () => {
    const help = serve(['--help']);
    const lines: string[] = [];
    await help.ended;
    for (let line = await help.line(); !line.startsWith('Once it is ready'); line = await help.line()) lines.push(line);
    expect(lines.join(' ')).toContain('BLISSDATA_RX_CACHE');
  });

  it('says what to do where no server can be had', async () => {
    const env = { ...process.env, PATH: folder, BLISSDATA_RX_CACHE: join(folder, 'cache') };
    const { code, stderr } = await serve(['--port', '0'], env).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('blissdata-rx: No Redis server with RedisJSON and RediSearch could be started.');
    expect(stderr).toContain('install Python with pip');
    expect(stderr).toContain('To load RedisJSON and RediSearch from files: --module');
  });

  it('refuses an invalid port', async () => {
    const { code, stderr } = await serve(['--port', '80x']).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('A port is a number from 0 to 65535');
  });
});
