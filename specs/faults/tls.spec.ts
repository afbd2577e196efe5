/** Everything over TLS: commands, bulk reading, invalidations, users; and certificates that must not be trusted. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map, take, toArray } from 'rxjs';
import { DataStore, numeric, type ConnectOptions, type TlsOptions } from '../../lib/index.js';
import { trackMemory } from '../../lib/tracker.js';
import { clientsOfUser, urlOfUser } from '../redis/clients.js';
import { failureOf, following } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';
import { authority } from './certificates.js';
import { tlsRelayTo, type TlsRelay } from './tls-relay.js';

const on = onRedis();

const trusted = authority('blissdata-rx test authority');
const { ca } = trusted;
const server = trusted.issue('127.0.0.1');

let relays: TlsRelay[] = [];
let stores: DataStore[] = [];
afterEach(async () => {
  await Promise.allSettled(stores.map((store) => store.close()));
  await Promise.all(relays.map((relay) => relay.close()));
  [relays, stores] = [[], []];
});

const listening = async (options: Parameters<typeof tlsRelayTo>[1] = server): Promise<TlsRelay> => {
  const relay = await tlsRelayTo(on.url, options);
  relays.push(relay);
  return relay;
};
const urlOf = ({ port }: TlsRelay, user = ''): string => `rediss://${user}127.0.0.1:${port}`;
const connect = (url: string, tls?: TlsOptions, options: ConnectOptions = {}): DataStore => {
  const store = DataStore.connect(url, { ...options, ...(tls === undefined ? {} : { connection: { tls } }) });
  stores.push(store);
  return store;
};

describe('a store over TLS', () => {
  it.each([
    ['tracking', []],
    ['a blocking read', ['-client|tracking']],
  ])('publishes and follows as one without, by %s, as a user with a password, across a cut', async (_, rules) => {
    await urlOfUser(on, ...rules);
    const relay = await listening();
    const url = urlOf(relay, 'reader:secret@');
    const [store, reading] = [connect(url, { ca }), connect(url, { ca })];
    const scan = await store.createScan({ name: 'hidden', number: 1, data_policy: 'none' });
    const writer = scan.createStream('image', numeric('uint8', [50_000]));
    await scan.prepare();
    const stream = await firstValueFrom((await firstValueFrom(reading.loadScan(scan.key))).stream('image', 'uint8[]'));
    const firsts$ = following(stream.points$.pipe(map(({ value }) => value.data[0])));
    const publish = async (from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i++) writer.send(new Uint8Array(50_000).fill(i));
      await writer.flush();
    };
    await publish(0, 20);
    expect(await lastValueFrom(firsts$.pipe(take(20), toArray()))).toEqual(Array.from({ length: 20 }, (__, i) => i));
    expect((await firstValueFrom(stream.at(7))).data[49_999]).toBe(7);
    const { length } = await clientsOfUser(on.client);
    expect(length).toBeGreaterThan(4);
    expect(relay.accepted).toBeGreaterThanOrEqual(length);
    relay.cut();
    await publish(20, 30);
    expect(await lastValueFrom(firsts$.pipe(take(30), toArray()))).toEqual(Array.from({ length: 30 }, (__, i) => i));
  });

  it('is set up, and tracked, over TLS as well', async () => {
    const url = urlOf(await listening());
    await on.client.flushall();
    await DataStore.init(url, { connection: { tls: { ca } } });
    await on.client.config('SET', 'maxmemory', '1gb');
    expect(await firstValueFrom(trackMemory(url, { connection: { tls: { ca } } }))).toMatchObject({ _tag: 'started' });
    await on.client.config('SET', 'maxmemory', '0');
  });

  it('shows a certificate of its own where the server requires one', async () => {
    const url = urlOf(await listening({ ...server, ca, requestCert: true, rejectUnauthorized: true }));
    expect(await firstValueFrom(connect(url, { ca, ...trusted.issue('client') }).lastTimetag())).toBe('0-0');
    expect(await failureOf(connect(url, { ca }, { retry: false }).lastTimetag())).toMatchObject({ url });
  });

  it('accepts a certificate by another name with `servername`, and any with `rejectUnauthorized: false`', async () => {
    const url = urlOf(await listening(trusted.issue('redis.example')));
    expect(await failureOf(connect(url, { ca }).lastTimetag())).toMatchObject({ _tag: 'TlsFailed', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(await firstValueFrom(connect(url, { ca, servername: 'redis.example' }).lastTimetag())).toBe('0-0');
    expect(await firstValueFrom(connect(url, { rejectUnauthorized: false }).lastTimetag())).toBe('0-0');
  });
});

describe('a certificate that must not be trusted', () => {
  const cases: readonly (readonly [string, Parameters<typeof tlsRelayTo>[1], TlsOptions | undefined])[] = [
    ['of an unknown authority', server, undefined],
    ['of another authority', authority('elsewhere').issue('127.0.0.1'), { ca }],
    ['that has expired', trusted.issue('127.0.0.1', { expired: true }), { ca }],
  ];

  it.each(cases)('%s is an error that names it, and is not tried again', async (_, certificate, tls) => {
    const url = urlOf(await listening(certificate));
    const store = connect(url, tls, { waitForServer: true });
    const error = await failureOf(store.lastTimetag());
    expect(error).toMatchObject({ _tag: 'TlsFailed', url, retriable: false });
    expect(String(error)).toMatch(/certificate/);
    expect(await failureOf(DataStore.init(url, tls === undefined ? {} : { connection: { tls } }))).toMatchObject({ _tag: 'TlsFailed' });
  });

});

describe('TLS at one end only is TlsFailed, which says so,', () => {
  const plainUrl = (): string => on.url.replace('redis:', 'rediss:');

  it.each([1, 2])('where the URL says TLS for %s Sentinels without it', async (count) => {
    const { host } = new URL(on.url);
    const url = `rediss+sentinel://${Array.from({ length: count }, () => host).join(',')}/beamline`;
    const error = await failureOf(connect(url, undefined, { connection: { tls: { ca } }, waitForServer: true }).lastTimetag());
    expect(error).toMatchObject({ _tag: 'TlsFailed', code: 'ERR_SSL_WRONG_VERSION_NUMBER', retriable: false });
    expect(String(error)).toContain('the server does not speak TLS');
  });

  it.each([undefined, 500])('where the URL says TLS for a server without it, within a connectTimeout of %s ms', async (connectTimeout) => {
    // Redis waits for the end of what it takes for a command, where another server would answer.
    const connection = { tls: { ca }, ...(connectTimeout === undefined ? {} : { connectTimeout }) };
    const error = await failureOf(connect(plainUrl(), undefined, { connection, waitForServer: true }).lastTimetag());
    expect(error).toMatchObject({ _tag: 'TlsFailed', code: 'ERR_SSL_WRONG_VERSION_NUMBER', url: plainUrl(), retriable: false });
    expect(String(error)).toContain('the server does not speak TLS');
    expect(await failureOf(DataStore.init(plainUrl()))).toMatchObject({ _tag: 'TlsFailed' });
  });

  it('also where that server requires a password', async () => {
    await on.client.config('SET', 'requirepass', 'secret');
    try {
      expect(await failureOf(connect(plainUrl()).lastTimetag())).toMatchObject({ _tag: 'TlsFailed', code: 'ERR_SSL_WRONG_VERSION_NUMBER' });
    } finally {
      await on.client.config('SET', 'requirepass', '');
    }
  });

  it('where a server of TLS is spoken to in the clear', async () => {
    const url = `redis://user:secret@127.0.0.1:${(await listening()).port}`;
    const error = await failureOf(connect(url, undefined, { waitForServer: true }).lastTimetag());
    expect(error).toMatchObject({ _tag: 'TlsFailed', code: 'EPROTO', url: url.replace('secret', '***'), retriable: false });
    expect(String(error)).toContain('the server speaks TLS');
    expect(await failureOf(DataStore.init(url))).toMatchObject({ _tag: 'TlsFailed' });
    expect(await failureOf(trackMemory(url))).toMatchObject({ _tag: 'TlsFailed' });
  });

  it('but not without an answer, or one that is not from Redis', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n', () => socket.destroy()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const place = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    expect(await failureOf(connect(`redis://${place}`).lastTimetag())).toMatchObject({ _tag: 'Disconnected' });
    server.close();
    await once(server, 'close');
    for (const scheme of ['redis', 'rediss']) expect(await failureOf(connect(`${scheme}://${place}`).lastTimetag())).toMatchObject({ _tag: 'Disconnected' });
  });
});
