/** What a program notices of a server that it starts. */
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as t from 'io-ts';
import { isInvalidArgument, isMissingModule, isNoServer, isPortInUse } from '../../lib/model/errors.js';
import { converse, loadedModules } from '../../lib/server/loaded-modules.js';
import { startRedis, type RedisServer, type StartRedisOptions } from '../../lib/server/start-redis.js';
import { child } from './child.js';
import { appeared, ask, gone, remains, tracesOf } from './traces.js';

// Processes are started here, and a busy machine is slow at that.
jest.setTimeout(300_000);

const running: RedisServer[] = [];
const folders: string[] = [];

async function started(options?: StartRedisOptions): Promise<RedisServer> {
  const server = await startRedis(options);
  running.push(server);
  return server;
}

const failure = (options: StartRedisOptions): Promise<unknown> =>
  started(options).then(
    (server) => `it runs at ${server.url}`,
    (error: unknown) => error,
  );

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-'));
  folders.push(folder);
  return folder;
}

/** A program that can be started in place of a redis-server. */
function script(text: string): string {
  const path = join(temporaryFolder(), 'redis-server');
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('an embedded Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await started();
  });

  it('listens on this machine only, where its url says', async () => {
    expect(server.url).toBe(`redis://127.0.0.1:${server.port}`);
    expect(await ask(server.port, 'PING')).toContain('+PONG');
    expect((await ask(server.port, 'CONFIG', 'GET', 'bind')).slice(0, -2)).toContain('127.0.0.1');
  });

  it('has the modules that blissdata needs', async () => {
    expect(await loadedModules({ host: '127.0.0.1', port: server.port })).toEqual(expect.arrayContaining(['ReJSON', 'search']));
  });

  it('keeps data apart from another one in the same process', async () => {
    const other = await started();
    await ask(server.port, 'SET', 'mine', '1');
    expect(await ask(other.port, 'EXISTS', 'mine')).toContain(':0');
    await other.stop();
    expect(await ask(server.port, 'EXISTS', 'mine')).toContain(':1');
  });

  it('takes settings, a password among them, which its url holds', async () => {
    const guarded = await started({ config: { requirepass: 'a "b"/c', maxmemory: '100mb' } });
    expect(decodeURIComponent(new URL(guarded.url).password)).toBe('a "b"/c');
    expect(await ask(guarded.port, 'PING')).toContain('-NOAUTH Authentication required.');
    const reply = await converse('127.0.0.1', guarded.port, [
      ['AUTH', 'a "b"/c'],
      ['CONFIG', 'GET', 'maxmemory'],
    ]);
    expect(reply).toContain(String(100 * 1024 * 1024));
  });

  it('keeps its data in the folder it is given', async () => {
    const persist = join(temporaryFolder(), 'with a space');
    const first = await started({ persist });
    await ask(first.port, 'JSON.SET', 'document', '$', '{"a":1}');
    await ask(first.port, 'FT.CREATE', 'index', 'ON', 'JSON', 'SCHEMA', '$.a', 'AS', 'a', 'NUMERIC');
    await first.stop();
    const second = await started({ persist });
    expect(await ask(second.port, 'JSON.GET', 'document')).toContain('{"a":1}');
    expect(await ask(second.port, 'FT._LIST')).toContain('+index');
  });
});

describe('the end of an embedded Redis', () => {
  it('leaves no process and no folder behind', async () => {
    const server = await startRedis();
    const traces = await tracesOf(server);
    expect(remains(traces)).not.toEqual([]);
    await server.stop();
    expect(remains(traces)).toEqual([]);
    expect(await server.exited).toMatchObject({ code: 0, signal: null });
  });

  it('comes once, however often it is called for', async () => {
    const server = await startRedis();
    const [first, second] = [server.stop(), server.stop()];
    expect(second).toBe(first);
    await first;
    await expect(server.stop()).resolves.toBeUndefined();
  });

  it('is reported when it comes by itself, and leaves nothing behind either', async () => {
    const server = await startRedis();
    const traces = await tracesOf(server);
    process.kill(server.pid, 'SIGKILL');
    const { signal, log } = await server.exited;
    expect(signal).toBe('SIGKILL');
    expect(log.join('\n')).toContain('Ready to accept connections');
    expect(remains(traces)).toEqual([]);
    await expect(server.stop()).resolves.toBeUndefined();
  });

  it('comes with the end of its parent, even if that one is killed', async () => {
    const parent = child('specs/server/children/start-and-wait.ts', []);
    const server = t.type({ port: t.number, pid: t.number }).decode(JSON.parse(await parent.line()));
    if (server._tag === 'Left') throw new Error('the child did not say where');
    const traces = await tracesOf(server.right);
    const connection = connect(server.right.port, '127.0.0.1').resume();
    await once(connection, 'connect');

    parent.process.kill('SIGKILL');
    await once(connection, 'close');
    await gone(traces.folder);
    expect((await parent.ended).signal).toBe('SIGKILL');
  });
});

describe('a Redis that does not start', () => {
  it('says that its port is in use', async () => {
    const server = await started();
    const error = await failure({ port: server.port });
    expect(isPortInUse(error) && error.port).toBe(server.port);
  });

  it('says that a port or an address is none', async () => {
    expect(isInvalidArgument(await failure({ port: 65_536 }))).toBe(true);
    expect(isInvalidArgument(await failure({ port: 1.5 }))).toBe(true);
    expect(isInvalidArgument(await failure({ host: '192.0.2.1' }))).toBe(true); // of a network kept for documentation
  });

  it('says which setting is not for the caller', async () => {
    const error = await failure({ config: { logfile: 'x.log' } });
    expect(isInvalidArgument(error) && error.received).toBe('logfile');
  });

  it('shows the end of the log, which says what is wrong with a setting', async () => {
    const error = await failure({ config: { 'no-such-setting': '1' } });
    expect(isNoServer(error) && error.message).toContain('no-such-setting');
  });

  it('says which modules it lacks', async () => {
    const [executable] = (await ask((await started()).port, 'INFO', 'server')).flatMap((line) => (line.startsWith('executable:') ? [line.slice('executable:'.length)] : []));
    const alone = join(temporaryFolder(), 'redis-server');
    copyFileSync(executable ?? '', alone);
    const error = await failure({ program: alone });
    expect(isMissingModule(error) && error.missing).toEqual(['ReJSON', 'search']);
  });

  it('says that there is no such program', async () => {
    const error = await failure({ program: join(tmpdir(), 'no', 'redis-server') });
    expect(isNoServer(error) && error.message).toContain(': no such program');
  });

  it('is given up when it takes too long, and stopped', async () => {
    const error = await failure({ program: script(`pwd; echo thinking; exec sleep 1000`), readyWithin: 1000 });
    if (!isNoServer(error)) throw new Error(`not NoServer: ${String(error)}`);
    const [summary, working, said] = error.tried;
    expect(summary).toContain(': not ready after 1 s');
    expect(said).toBe('thinking');
    expect(remains({ pid: -1, folder: working ?? '' })).toEqual([]);
  });

  it('can be called off', async () => {
    const calledOff = new AbortController();
    const note = join(temporaryFolder(), 'note');
    const program = script(`echo "$$ $PWD" > '${note}.part'; mv '${note}.part' '${note}'; exec sleep 1000`);
    const [error] = await Promise.all([
      failure({ program, signal: calledOff.signal }),
      appeared(note).then(() => calledOff.abort(new Error('never mind'))),
    ]);
    expect(String(error)).toContain('never mind');
    const [pid, folder = ''] = readFileSync(note, 'utf8').trim().split(' ');
    expect(remains({ pid: Number(pid), folder })).toEqual([]);
  });
});
