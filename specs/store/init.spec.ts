/** Setting a database up: only an empty one, on a server that can do it, and completely or not at all. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { firstValueFrom } from 'rxjs';
import { DataStore } from '../../lib/index.js';
import { freePort } from '../../lib/server/free-port.js';
import { bareRedis, type BareRedis } from './bare-redis.js';
import { onRedis } from './on-redis.js';
import { failureOf } from './outcomes.js';

const on = onRedis();

/** All that an initialisation leaves on a server besides its settings. */
const traces = async (): Promise<readonly unknown[]> => [
  (await on.client.keys('*')).sort(),
  await on.client.call('FT._LIST'),
  await on.client.call('FUNCTION', ['LIST']),
];

describe('init of an empty database', () => {
  beforeEach(async () => {
    await on.client.flushall();
    await on.client.call('FUNCTION', ['FLUSH']);
  });

  it('makes it one that scans can be published in, found and read', async () => {
    await DataStore.init(on.url);
    const scan = await on.store.createScan({ name: 'align', number: 7, data_policy: 'esrf' });
    expect(await firstValueFrom(on.store.search({ name: 'align', number: 7 }))).toMatchObject({ keys: [scan.key] });
    const loaded = await firstValueFrom(on.store.loadScan(scan.key));
    expect(loaded.identity.number).toBe(7);
  });

  it('lets searches with a wildcard expand further than RediSearch would by itself', async () => {
    await on.client.call('FT.CONFIG', ['SET', 'MAXPREFIXEXPANSIONS', '200']);
    await DataStore.init(on.url);
    expect(await on.client.call('FT.CONFIG', ['GET', 'MAXPREFIXEXPANSIONS'])).toEqual([['MAXPREFIXEXPANSIONS', '2000']]);
  });

  it('is refused the second time, and the first goes on working', async () => {
    await DataStore.init(on.url);
    const before = await traces();
    expect(await failureOf(DataStore.init(on.url))).toMatchObject({ _tag: 'DatabaseNotEmpty', keys: 3 });
    expect(await traces()).toEqual(before);
    expect(await firstValueFrom(on.store.lastTimetag())).toBe('0-0');
  });

  it('cannot be in any database but the first, where RediSearch does not work, and leaves nothing there', async () => {
    expect(await failureOf(DataStore.init(`${on.url}/1`))).toMatchObject({ _tag: 'ServerError', retriable: false });
    expect(await traces()).toEqual([[], [], []]);
    expect(await on.client.info('keyspace')).not.toContain('db1');
  });
});

describe('init', () => {
  it('refuses a database that holds anything, and changes nothing', async () => {
    await on.client.flushall();
    await on.client.call('FUNCTION', ['FLUSH']);
    await on.client.set('somebody', 'else');
    const error = await failureOf(DataStore.init(on.url));
    expect(error).toMatchObject({ _tag: 'DatabaseNotEmpty', keys: 1, retriable: false, url: expect.stringContaining(on.url) });
    expect(await traces()).toEqual([['somebody'], [], []]);
  });

  it.each(['', 'localhost:6379', 'http://localhost'])('refuses %j as a URL', async (url) => {
    expect(await failureOf(DataStore.init(url))).toMatchObject({ _tag: 'InvalidUrl' });
  });

  it('says Disconnected if there is no answer', async () => {
    const url = `redis://127.0.0.1:${await freePort('127.0.0.1', 0)}`;
    expect(await failureOf(DataStore.init(url))).toMatchObject({ _tag: 'Disconnected', url: expect.stringContaining(url), retriable: true });
  });
});

describe('a server without modules', () => {
  let bare: BareRedis;
  beforeAll(async () => {
    bare = await bareRedis();
  }, 300_000);
  afterAll(() => bare.stop());

  it('cannot be initialized: MissingModule names both, and nothing was written', async () => {
    const error = await failureOf(DataStore.init(bare.url));
    expect(error).toMatchObject({ _tag: 'MissingModule', missing: ['ReJSON', 'search'], retriable: false });
    expect(String(error)).toMatch(/ReJSON.*search/);
    const client = new Redis(bare.url, { protocol: 2 });
    expect(await client.dbsize()).toBe(0);
    client.disconnect();
  });

  it('is not initialized for a store', async () => {
    const store = DataStore.connect(bare.url);
    expect(await failureOf(store.lastTimetag())).toMatchObject({ _tag: 'NotInitialized' });
    await store.close();
  });
});
