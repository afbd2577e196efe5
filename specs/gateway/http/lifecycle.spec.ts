/** From the start to the end: what may be given for a database, keeping connections alive, going down. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import type { WebSocket } from 'ws';
import { gateway } from '../../../lib/gateway.js';
import { DataStore, identityModel } from '../../../lib/index.js';
import { memoryDatabase } from '../../../lib/testing.js';
import { freshRedis, type FreshRedis } from '../../support/redis.js';
import { relayTo } from '../../redis/relay.js';
import { SteppedTime } from '../../support/stepped-time.js';
import { handshake, rawSocket, request, requestText } from './hostile.js';
import { closeAfterEach, connected, open, sockets, welcomed } from './opened.js';

closeAfterEach();

let redis: FreshRedis;
beforeAll(async () => {
  redis = await freshRedis();
}, 300_000);
beforeEach(() => redis.reset());
afterAll(() => redis.stop());

/** The ids of the server's connections. */
const connectionIds = async (): Promise<readonly string[]> => [...String(await redis.client.client('LIST')).matchAll(/\bid=(\d+)/g)].map(([, id = '']) => id);

describe('a gateway', () => {
  it('serves the Redis server at a URL, and leaves no connection to it behind', async () => {
    const before = new Set(await connectionIds());
    const opened = await open({}, redis.url);
    expect(await (await welcomed(opened)).ask(1, 'protocolVersion')).toEqual({ id: 1, value: '1' });
    const own = (await connectionIds()).filter((id) => !before.has(id));
    expect(own).not.toEqual([]);
    await opened.close({ drain: 0 });
    // The server may notice a moment later.
    while ((await connectionIds()).some((id) => own.includes(id))) expect(own).not.toEqual([]);
  });

  it('serves that of a store, over connections of its own, for the same identities', async () => {
    const identity = identityModel('lab', { name: 'text' });
    const store = DataStore.connect(redis.url, { identity });
    const opened = await gateway(store, { port: 0, tokens: [{ token: 'sixteen-letters-x', roles: ['read'], scans: [{ name: 'mine' }] }] });
    expect((await welcomed(opened, 'sixteen-letters-x')).welcome).toMatchObject({ welcome: 1 });
    await opened.close({ drain: 0 });
    // The store goes on.
    await store.createScan({ name: 'mine' });
    await store.close();
  });

  it('serves a database that it is given, and leaves it open', async () => {
    const database = memoryDatabase();
    const opened = await open({}, database);
    await welcomed(opened);
    await opened.close({ drain: 0 });
    expect(await firstValueFrom(database.protocolVersion())).toBe('1');
    await expect(open({}, 'http://127.0.0.1')).rejects.toMatchObject({ _tag: 'InvalidUrl' });
    await expect(gateway(DataStore.over(database), { port: 0 })).rejects.toMatchObject({ _tag: 'InvalidArgument', argument: 'database' });
  });

  it('starts before its database, says so, and is ready when that is', async () => {
    await redis.client.flushall();
    const opened = await open({}, redis.url);
    expect(opened.logged).toContainEqual(expect.objectContaining({ level: 'warn', message: 'The database is not set up for blissdata' }));
    expect(await request(opened.port, '/readyz')).toMatchObject({ status: 503 });
    const away = await open({}, 'redis://127.0.0.1:1');
    expect(away.logged).toContainEqual(expect.objectContaining({ level: 'warn', event: 'database', reason: 'Disconnected' }));
  });
});

describe('a gateway whose Redis goes away', () => {
  it('is not ready until that is back, keeps its clients, and tells them', async () => {
    const relay = await relayTo(redis.url);
    const opened = await open({}, relay.url);
    const client = await welcomed(opened);
    expect(await request(opened.port, '/readyz')).toMatchObject({ status: 200 });
    relay.requests = (_, socket) => socket.destroy();
    relay.cut();
    // An answer counts for a second.
    while ((await request(opened.port, '/readyz')).status !== 503) expect(await request(opened.port, '/healthz')).toMatchObject({ status: 200 });
    expect(await client.ask(1, 'history', '0-0', 10)).toMatchObject({ error: { _tag: 'Disconnected' } });
    await opened.logs({ event: 'database', level: 'warn', reason: 'Disconnected' });
    relay.requests = (piece, socket) => socket.write(piece);
    while ((await request(opened.port, '/readyz')).status !== 200) expect(await request(opened.port, '/healthz')).toMatchObject({ status: 200 });
    expect(await client.ask(2, 'history', '0-0', 10)).toMatchObject({ value: { entries: [] } });
    await opened.logs({ event: 'database', level: 'info', message: 'The database answers again' });
    await opened.close({ drain: 0 });
    await relay.close();
  });
});

describe('a gateway that goes down', () => {
  it('tells its clients, lets nothing new in, and closes what is left with 1012', async () => {
    const opened = await open();
    const [client, silent] = [await welcomed(opened), await connected(opened)];
    const closed = opened.close({ drain: 200 });
    expect(await client.next()).toEqual({ drain: 200 });
    expect(await client.closed).toMatchObject({ code: 1012 });
    expect(await silent.closed).toMatchObject({ code: 1012 });
    await closed;
    await expect(fetch(`${opened.url}/healthz`)).rejects.toThrow();
    expect(opened.logged.map(({ event }) => event)).toEqual(['listening', 'opened', 'opened', 'draining', 'closed', 'closed', 'stopped']);
  });

  it('does not wait once the last client has left', async () => {
    const opened = await open();
    const client = await welcomed(opened);
    const closed = opened.close({ drain: 3_600_000 });
    expect(await client.next()).toEqual({ drain: 3_600_000 });
    client.socket.close();
    await closed;
    await (await open()).close({ drain: 3_600_000 });
  });

  it('refuses with 503 what was under way, pages and health included', async () => {
    const opened = await open();
    const client = await welcomed(opened);
    const halves = Object.entries({ '/v1/socket': handshake, '/readyz': {} }).map(([path, headers]) => {
      const text = requestText(path, { headers: { Connection: 'close', ...headers }, host: `127.0.0.1:${opened.port}` });
      return { socket: connect(opened.port, '127.0.0.1'), first: text.slice(0, 20), second: text.slice(20) };
    });
    for (const { socket, first } of halves) {
      await once(socket, 'connect');
      socket.write(first);
    }
    // What was sent before by others has been read by then.
    await request(opened.port, '/healthz');
    const closed = opened.close({ drain: 3_600_000 });
    expect(await client.next()).toEqual({ drain: 3_600_000 });
    for (const { socket, second } of halves) {
      socket.write(second);
      expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 503 /);
      socket.destroy();
    }
    client.socket.close();
    await closed;
  });

  it('cuts off who does not answer its close', async () => {
    const opened = await open();
    const socket = await rawSocket(opened.port);
    socket.socket.removeAllListeners('data').resume();
    await opened.close({ drain: 0 });
    await socket.closed;
  });

  it('goes down once, however often it is asked, and by `await using`', async () => {
    const opened = await open();
    await Promise.all([opened.close({ drain: 0 }), opened.close(), opened[Symbol.asyncDispose]()]);
    expect(opened.logged.filter(({ event }) => event === 'stopped')).toHaveLength(1);
  });
});

describe('a connection that is silent', () => {
  it('is pinged every 15 s, and closed with 1001 after 30 s without an answer', async () => {
    const scheduler = new SteppedTime();
    const codes: number[] = [];
    const { port, connections, admission } = await sockets({ scheduler, accept: () => ({ message: () => undefined, closed: (code) => void codes.push(code) }) });

    // `ws` answers pings, a raw socket does not.
    const answering = await connected({ url: `http://127.0.0.1:${port}` });
    const silent = await rawSocket(port);
    for (let i = 0; i < 8; i++) {
      const pinged = once(answering.socket, 'ping');
      await scheduler.advance(15_000);
      await pinged;
      await turn(answering.socket);
    }
    expect(await silent.closed).toBe(1001);
    expect(codes).toEqual([1001]);
    answering.socket.close();
    await connections.whenEmpty();
    expect(admission.connections).toBe(0);
  });
});

/** What was sent by then has been answered: the gateway's answer to a ping of the client's comes after that. */
async function turn(socket: WebSocket): Promise<void> {
  const answered = once(socket, 'pong');
  socket.ping();
  await answered;
}
