/** The URLs that Python's redis takes name the same database here: over a Unix socket, with options behind a `?`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { Redis } from 'ioredis';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { DataStore, numeric } from '../../lib/index.js';
import { startRedis, type RedisServer } from '../../lib/server/start-redis.js';
import { versions } from './interop.js';
import { PythonSession } from './python-session.js';

let folder: string;
let server: RedisServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blissdata-rx-spec-'));
  server = await startRedis({ config: { unixsocket: JSON.stringify(join(folder, 'a socket.sock')) } });
}, 300_000);
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const forms = (): readonly string[] => {
  const path = join(folder, 'a%20socket.sock');
  const options = 'db=0&socket_timeout=20&socket_connect_timeout=5&health_check_interval=30&client_name=both&protocol=2';
  return [`unix://${path}?db=0`, `unix://${path}`, `unix://user:se%2Fcret@${path}?${options}`, `redis://127.0.0.1:${server.port}?${options}&socket_keepalive=True`, `redis://user:se%2Fcret@127.0.0.1:${server.port}/0`, `redis://:${server.port}?username=user&password=se%252Fcret`];
};

describe.each(versions)('Python blissdata %s and this package', (version) => {
  it.each([0, 1, 2, 3, 4, 5])('understand each other by the same URL, form %i', async (form) => {
    const url = forms()[form] ?? '';
    const client = new Redis(server.port);
    await client.flushall();
    await client.call('ACL', ['SETUSER', 'user', 'on', '>se/cret', '~*', '&*', '+@all']);
    await DataStore.init(url);
    const store = DataStore.connect(url);
    const python = await PythonSession.start(version, url);
    try {
      const scan = await store.createScan({ name: 'ours', number: 1, data_policy: 'ESRF' });
      const diode = scan.createStream('diode', numeric('float64'));
      await scan.prepare();
      for (let i = 0; i < 100; i++) diode.send(i);
      await scan.close();
      const look = await python.ask(t.type({ state: t.string }), 'load', { key: scan.key });
      expect(look.state).toBe('CLOSED');
      const { key } = await python.ask(t.type({ key: t.string }), 'publish_odd_booleans', { seed: 1, count: 3 });
      const theirs = await firstValueFrom(store.loadScan(key));
      expect(await lastValueFrom((await firstValueFrom(theirs.stream('row', 'bool[]'))).points$.pipe(toArray()))).not.toEqual([]);
      const ours = await firstValueFrom((await firstValueFrom(store.loadScan(scan.key))).stream('diode', 'float64'));
      expect((await firstValueFrom(ours.slice({ start: 10, stop: 12 }))).data).toEqual(Float64Array.of(10, 11));
      if (url.includes('client_name')) expect(await client.client('LIST')).toMatch(/name=both/);
    } finally {
      await python.end();
      await store.close();
      client.disconnect();
    }
  });
});
