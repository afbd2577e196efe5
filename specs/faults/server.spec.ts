/** The server of the fault tests: it comes back with whatever each fault leaves of it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FaultyServer } from './server.js';

let server: FaultyServer;

beforeAll(async () => {
  server = await FaultyServer.start();
}, 300_000);
afterAll(() => server.stop());

describe('the server', () => {
  it('keeps what it has acknowledged when it crashes', async () => {
    const { url } = server;
    for (let i = 0; i < 3; i++) {
      await server.client.rpush('k', i);
      await server.crash();
      await server.restart();
    }
    expect(server.url).toBe(url);
    expect(await server.client.lrange('k', 0, -1)).toEqual(['0', '1', '2']);
  });

  it('comes back with what it had before', async () => {
    await server.client.set('k2', 'before');
    await server.remember();
    await server.client.set('k2', 'after');
    await server.crash();
    await server.restartBehind();
    expect(await server.client.get('k2')).toBe('before');
  });

  it.each([true, false])('comes back with nothing, but set up with that option: %p', async (initialised) => {
    await server.client.set('k3', 'x');
    await server.crash();
    await server.restartEmpty({ initialised });
    expect(await server.client.get('k3')).toBeNull();
    expect(await server.client.exists('_PROTOCOL_VERSION_')).toBe(Number(initialised));
  });

  it('answers nothing while it is frozen, and everything after', async () => {
    await server.client.set('k4', 0);
    server.freeze();
    const answers = Promise.all([server.client.incr('k4'), server.client.incr('k4')]);
    server.thaw();
    expect(await answers).toEqual([1, 2]);
  });
});
