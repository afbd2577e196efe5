/** The proxy itself: it passes exactly the bytes that it should. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { filter, firstValueFrom } from 'rxjs';
import { hangUp } from '../../lib/redis/connection/link.js';
import { failureOf } from '../store/outcomes.js';
import { freshRedis, type FreshRedis } from '../support/redis.js';
import { commandsNamed, Proxy } from './proxy.js';

let redis: FreshRedis;
let proxy: Proxy;
let client: Redis;

beforeAll(async () => {
  redis = await freshRedis();
}, 300_000);
afterAll(() => redis.stop());
beforeEach(async () => {
  await redis.reset();
  proxy = await Proxy.to(redis.url);
  client = connected();
});
afterEach(() => {
  hangUp(client);
  proxy.close();
});

function connected(): Redis {
  const made = new Redis(proxy.url, { protocol: 2, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  made.on('error', () => undefined);
  return made;
}

const megabyte = Buffer.alloc(1 << 20, 'x');

/** What a request takes: its name, the key `k` and a value of 100 bytes. */
const setBytes = '*3\r\n$3\r\nset\r\n$1\r\nk\r\n$100\r\n'.length + 100 + 2;

describe('the proxy', () => {
  it('passes everything on, and distinguishes the commands', async () => {
    const passed: string[] = [];
    proxy.passed$.subscribe(({ command: { name, args } }) => passed.push([name, ...args].join(' ').slice(0, 30)));
    await Promise.all([client.set('k', megabyte), client.get('k'), client.xread('COUNT', 1, 'STREAMS', 's', '0')]);
    expect((await client.getBuffer('k'))?.equals(megabyte)).toBe(true);
    expect(passed.slice(-4)).toEqual([`SET k ${'x'.repeat(24)}`, 'GET k', 'XREAD COUNT 1 STREAMS s 0', 'GET k']);
  });

  it.each([0, 1, 50, setBytes - 1])('cuts a command after %d bytes, so that it does not happen', async (after) => {
    await client.ping();
    const before = proxy.connections[0]?.bytes.requests ?? NaN;
    const struck = proxy.strike(commandsNamed('SET'), { what: 'reset', after });
    expect(await failureOf(client.set('k', 'x'.repeat(100)))).toBeDefined();
    expect((await struck).bytes.requests - before).toBe(after);
    expect(await redis.client.get('k')).toBeNull();
    expect(proxy.connections).toEqual([]);
  });

  it('cuts a big command within it', async () => {
    await client.ping();
    void proxy.strike(commandsNamed('SET'), { what: 'end', after: megabyte.length });
    expect(await failureOf(client.set('k', megabyte))).toBeDefined();
    expect(await redis.client.get('k')).toBeNull();
  });

  it('cuts after the last byte, so that it does happen', async () => {
    await client.ping();
    void proxy.strike(commandsNamed('SET'), { what: 'reset', after: setBytes });
    expect(await failureOf(client.set('k', 'x'.repeat(100)))).toBeDefined();
    while ((await redis.client.get('k')) === null);
  });

  it('loses an answer after the command has happened', async () => {
    await client.ping();
    const struck = proxy.strike(commandsNamed('INCR'), { what: 'reset in the answer', after: 0 });
    expect(await failureOf(client.incr('k'))).toBeDefined();
    expect((await struck).saw('INCR')).toBe(true);
    expect(await redis.client.get('k')).toBe('1');
  });

  it('cuts an answer after so many bytes', async () => {
    await redis.client.set('k', megabyte);
    await client.ping();
    const before = proxy.connections[0]?.bytes.answers ?? NaN;
    const struck = proxy.strike(commandsNamed('GET'), { what: 'reset in the answer', after: 300_000 });
    expect(await failureOf(client.get('k'))).toBeDefined();
    expect((await struck).bytes.answers - before).toBe(300_000);
  });

  it('goes silent without closing anything', async () => {
    await client.ping();
    const clients = async (): Promise<number> => String(await redis.client.client('LIST')).trim().split('\n').length;
    const before = await clients();
    const struck = proxy.strike(commandsNamed('INCR'), { what: 'freeze after the command' });
    const incremented = failureOf(client.incr('k'));
    await struck;
    while ((await redis.client.get('k')) !== '1');
    client.disconnect();
    expect(await incremented).toBeDefined();
    expect(await clients()).toBe(before);
  });

  it('holds back, and lets go on', async () => {
    await client.ping();
    proxy.pauseAll();
    const answer = client.incr('k');
    await redis.client.ping();
    proxy.resumeAll();
    expect(await answer).toBe(1);
  });

  it('refuses connections, and accepts them again at the same port', async () => {
    await client.ping();
    const { url } = proxy;
    proxy.refuse();
    const refused = connected();
    const [error] = await once(refused, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    expect(await client.ping()).toBe('PONG');
    await proxy.accept();
    expect(proxy.url).toBe(url);
    const accepted = connected();
    expect(await accepted.ping()).toBe('PONG');
    accepted.disconnect();
  });

  it('reports new connections, and their roles', async () => {
    await client.xread('COUNT', 1, 'STREAMS', 's', '0');
    expect(proxy.withRole('reads')).toHaveLength(1);
    const subscribed = firstValueFrom(proxy.passed$.pipe(filter(commandsNamed('SUBSCRIBE'))));
    const opened = firstValueFrom(proxy.opened$);
    const subscriber = connected();
    await subscriber.subscribe('__redis__:invalidate');
    expect((await subscribed).connection).toBe(await opened);
    expect(proxy.withRole('subscriber')).toEqual([await opened]);
    subscriber.disconnect();
  });
});
