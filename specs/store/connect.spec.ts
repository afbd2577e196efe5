/** Connecting happens on first use, and whatever is wrong with the server is a typed error of that use. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, isObservable, lastValueFrom, map, toArray, type Observable } from 'rxjs';
import { DataStore, type RetryOptions, type Status } from '../../lib/index.js';
import { freePort } from '../../lib/server/free-port.js';
import { startRedis } from '../../lib/server/start-redis.js';
import { onRedis } from './on-redis.js';
import { failureOf, following } from './outcomes.js';

const on = onRedis();

const identity = { name: 'align', number: 1, data_policy: 'esrf' };

/** Every way to use a store, each by itself as the first one. */
const uses: readonly [string, (store: DataStore) => unknown][] = [
  ['scans$', (store) => store.scans$],
  ['scansSince', (store) => store.scansSince('0-0')],
  ['nextScan', (store) => store.nextScan('0-0')],
  ['lastScan', (store) => store.lastScan()],
  ['lastTimetag', (store) => store.lastTimetag()],
  ['search', (store) => store.search()],
  ['loadScan', (store) => store.loadScan('esrf:scan:01J00000000000000000000000')],
  ['createScan', (store) => store.createScan(identity)],
];

let closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  const present = closing;
  closing = [];
  for (const close of present) await close();
});

function connect(url: string): DataStore {
  const store = DataStore.connect(url);
  closing.push(() => store.close());
  return store;
}

const tagsOf = (status$: Observable<Status>): Promise<readonly string[]> => lastValueFrom(status$.pipe(map(({ _tag }) => _tag), toArray()));

const connectionsEver = async (): Promise<number> => Number(/total_connections_received:(\d+)/.exec(await on.client.info('stats'))?.[1]);

/** A TCP server that is no Redis. */
async function listening(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy()).resume();
    onConnection(socket);
  });
  const port = await freePort('127.0.0.1', 0);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.close();
    await once(server, 'close');
  });
  return `redis://127.0.0.1:${port}`;
}

describe('a store', () => {
  it('opens no connection before its first use', async () => {
    const before = await connectionsEver();
    const store = connect(on.url);
    expect(await firstValueFrom(store.status$)).toEqual({ _tag: 'idle' });
    expect([store.scans$, store.lastScan(), store.search()].every(isObservable)).toBe(true);
    expect(await connectionsEver()).toBe(before);
    await firstValueFrom(store.lastScan());
    expect(await connectionsEver()).toBe(before + 1);
  });

  it('shows in status$ how its connection does, and completes it when it is closed', async () => {
    const store = connect(on.url);
    const seen = tagsOf(store.status$);
    await firstValueFrom(store.lastTimetag());
    await store.close();
    expect(await seen).toEqual(['idle', 'connecting', 'ready', 'closed']);
  });

  it('requests the protocol version once, however many uses begin together', async () => {
    await on.client.config('RESETSTAT');
    const store = connect(on.url);
    await Promise.all(Array.from({ length: 5 }, () => firstValueFrom(store.lastTimetag())));
    await firstValueFrom(store.search());
    expect(await on.client.info('commandstats')).toContain('cmdstat_get:calls=1,');
  });
});

describe('a URL that is none', () => {
  const urls: readonly (readonly [string, unknown])[] = [
    ['is empty', ''],
    ['has no scheme', '127.0.0.1:6379'],
    ['has a host for a scheme', 'localhost:6379'],
    ['has another scheme', 'ftp://localhost:6379'],
    ['has an option that there is not', 'redis://localhost:6379?colour=blue'],
    ['has a port beyond 65535', 'redis://localhost:70000'],
    ['has a name for a database', 'redis://localhost:6379/scans'],
    ['is no text', 6379],
    ['is missing', undefined],
  ];

  it.each(urls)('%s: connect says nothing, the first use InvalidUrl', async (_, url) => {
    const store: DataStore = Reflect.apply(DataStore.connect, DataStore, [url]);
    expect(await failureOf(store.lastTimetag())).toMatchObject({ _tag: 'InvalidUrl', retriable: false });
    expect(await firstValueFrom(store.status$)).toMatchObject({ _tag: 'failed', error: { _tag: 'InvalidUrl' } });
    await store.close();
  });

  it.each(uses)('is an error of %s', async (_, use) => {
    expect(await failureOf(() => use(connect('ftp://localhost')))).toMatchObject({ _tag: 'InvalidUrl' });
  });

  it('keeps its password to itself', async () => {
    for (const url of ['http://user:secret@localhost', 'redis://user:secret@localhost:99999', 'redis://user:secret@localhost/x']) {
      const error = await failureOf(connect(url).lastTimetag());
      expect(JSON.stringify(error) + String(error)).not.toContain('secret');
    }
  });
});

describe('where no Redis answers', () => {
  it.each(uses)('%s errors with Disconnected, which names the server and may be tried again', async (_, use) => {
    const url = `redis://127.0.0.1:${await freePort('127.0.0.1', 0)}`;
    const error = await failureOf(() => use(connect(url)));
    expect(error).toMatchObject({ _tag: 'Disconnected', url, retriable: true });
    expect(String(error)).toContain('ECONNREFUSED');
  });

  it('status$ shows the failure', async () => {
    const store = connect(`redis://127.0.0.1:${await freePort('127.0.0.1', 0)}`);
    const status$ = following(store.status$);
    await failureOf(store.lastTimetag());
    await store.close();
    expect(new Set(await tagsOf(status$))).toEqual(new Set(['idle', 'connecting', 'failed', 'closed']));
  });

  it('the next use tries again, and works once there is a server', async () => {
    const port = await freePort('127.0.0.1', 0);
    const url = `redis://127.0.0.1:${port}`;
    const store = connect(url);
    await failureOf(store.lastTimetag());
    const server = await startRedis({ port });
    closing.push(() => server.stop());
    await DataStore.init(url);
    expect(await firstValueFrom(store.lastTimetag())).toBe('0-0');
    expect(await firstValueFrom(store.status$)).toEqual({ _tag: 'ready' });
  });

  it('is waited for with that option, and followed once it is there', async () => {
    const port = await freePort('127.0.0.1', 0);
    const url = `redis://127.0.0.1:${port}`;
    const store = DataStore.connect(url, { waitForServer: true });
    closing.push(() => store.close());
    const last$ = following(store.lastTimetag());
    await firstValueFrom(store.status$.pipe(filter((status) => status._tag === 'retrying' && status.attempt > 2)));
    // The order does not matter: a database that is not initialized yet is an error of its own.
    const server = await startRedis({ port });
    closing.push(() => server.stop());
    expect(await failureOf(last$)).toMatchObject({ _tag: 'NotInitialized' });
    await DataStore.init(url);
    expect(await firstValueFrom(store.lastTimetag())).toBe('0-0');
    expect(await firstValueFrom(store.status$)).toEqual({ _tag: 'ready' });
  });

  it.each<[string, RetryOptions]>([
    ['attempts', { attempts: 2 }],
    ['within', { within: 200 }],
  ])('is given up after the %s of the policy', async (_, limits) => {
    const url = `redis://127.0.0.1:${await freePort('127.0.0.1', 0)}`;
    const store = DataStore.connect(url, { waitForServer: true, retry: { firstDelay: 10, ...limits } });
    closing.push(() => store.close());
    const status$ = following(store.status$);
    expect(await failureOf(store.lastTimetag())).toMatchObject({ _tag: 'Disconnected', url });
    await store.close();
    const attempts = (await lastValueFrom(status$.pipe(toArray()))).flatMap((status) => (status._tag === 'retrying' ? [status.attempt] : []));
    expect(attempts).toEqual(attempts.map((_attempt, i) => i + 1));
    expect(attempts.length).toBeGreaterThan(1);
  });

  it('a policy that is none is InvalidArgument', () => {
    expect(() => DataStore.connect(on.url, { retry: { jitter: 2 } })).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', argument: 'retry.jitter' }));
  });

  it('an unknown host name is Disconnected', async () => {
    expect(await failureOf(connect('redis://no-such-host.invalid').lastTimetag())).toMatchObject({ _tag: 'Disconnected' });
  });

  it('a server that hangs up is Disconnected', async () => {
    const url = await listening((socket) => socket.destroy());
    expect(await failureOf(connect(url).lastTimetag())).toMatchObject({ _tag: 'Disconnected', url });
  });

  it('a server that speaks another language is Disconnected', async () => {
    const url = await listening((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await failureOf(connect(url).lastTimetag())).toMatchObject({ _tag: 'Disconnected', url });
  });

  it('a wrong password is a typed error without the password in it', async () => {
    const url = new URL(on.url);
    url.username = 'nobody';
    url.password = 'secret';
    const error = await failureOf(connect(url.href).lastTimetag());
    expect(error).toMatchObject({ _tag: 'ServerError', code: 'WRONGPASS', retriable: false });
    expect(JSON.stringify(error) + String(error)).not.toContain('secret');
  });
});

describe('a database that is not initialized', () => {
  it.each(uses)('is the error NotInitialized of %s, which writes nothing', async (_, use) => {
    await on.client.flushall();
    const store = connect(on.url);
    expect(await failureOf(() => use(store))).toMatchObject({ _tag: 'NotInitialized', url: expect.stringContaining(on.url) });
    expect(await firstValueFrom(store.status$)).toMatchObject({ _tag: 'failed', error: { _tag: 'NotInitialized' } });
    expect(await on.client.dbsize()).toBe(0);
  });

  it('works with the same store as soon as the database has been initialized', async () => {
    await on.client.flushall();
    const store = connect(on.url);
    await failureOf(store.lastTimetag());
    await DataStore.init(on.url);
    expect(await firstValueFrom(store.lastTimetag())).toBe('0-0');
    expect(await firstValueFrom(store.status$)).toEqual({ _tag: 'ready' });
  });
});

describe('a database of another protocol version', () => {
  it.each(uses)('is the error ProtocolVersionMismatch of %s, which names both numbers and writes nothing', async (_, use) => {
    await on.client.set('_PROTOCOL_VERSION_', '27');
    const keys = await on.client.dbsize();
    const store = connect(on.url);
    const error = await failureOf(() => use(store));
    expect(error).toMatchObject({ _tag: 'ProtocolVersionMismatch', expected: 1, found: '27', retriable: false });
    expect(String(error)).toMatch(/\b27\b.*\b1\b/);
    expect(await firstValueFrom(store.status$.pipe(map((status) => (status._tag === 'failed' ? status.error : status))))).toBe(error);
    expect(await on.client.dbsize()).toBe(keys);
  });

  it('may say so in something else than a number', async () => {
    await on.client.set('_PROTOCOL_VERSION_', '1.0 beta');
    expect(await failureOf(connect(on.url).lastTimetag())).toMatchObject({ _tag: 'ProtocolVersionMismatch', found: '1.0 beta' });
  });

  it('may hold no text there at all', async () => {
    await on.client.del('_PROTOCOL_VERSION_');
    await on.client.rpush('_PROTOCOL_VERSION_', '1');
    expect(await failureOf(connect(on.url).lastTimetag())).toMatchObject({ _tag: 'ServerError', code: 'WRONGTYPE' });
  });
});
