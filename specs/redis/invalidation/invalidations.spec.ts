/** Waiting readers are served on a real Redis by every mechanism, also while connections break. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, map, tap, toArray } from 'rxjs';
import { DataStore, numeric, ScanState, type ConnectOptions, type Stream } from '../../../lib/index.js';
import { expire, publishing, reading, stateKeyOf, type Published } from '../../scan/publishing.js';
import { failureOf, following } from '../../store/outcomes.js';
import { freshRedis, type FreshRedis } from '../../support/redis.js';
import { clientsOfUser, killAll, untilConnected, urlOfUser, userName, type ClientKind } from '../clients.js';
import { Follower } from './follower.js';

let redis: FreshRedis;

beforeAll(async () => {
  redis = await freshRedis();
}, 300_000);
beforeEach(() => redis.reset());
afterAll(() => redis.stop());

/** The mechanism, chosen by an option or by missing permissions. */
const ways: readonly (readonly [string, { readonly options?: ConnectOptions; readonly rules?: readonly string[]; readonly by: ClientKind }])[] = [
  ['where the server tracks', { by: 'subscriber' }],
  ['by tracking, as an option', { options: { invalidations: 'tracking' }, by: 'subscriber' }],
  ['by blocking, as an option', { options: { invalidations: 'blocking' }, by: 'blocked' }],
  ['where tracking is refused', { rules: ['-client|tracking'], by: 'blocked' }],
  ['where the channel of the invalidations is refused', { rules: ['resetchannels'], by: 'blocked' }],
  ['where subscribing is refused', { rules: ['-subscribe'], by: 'blocked' }],
  ['where CLIENT CACHING is refused', { rules: ['-client|caching'], by: 'blocked' }],
  ['where CLIENT ID is refused', { rules: ['-client|id'], by: 'blocked' }],
  ['where ending a blocking read is refused, too', { rules: ['-client|tracking', '-client|unblock'], by: 'blocked' }],
];

const points = 20;

describe.each(ways)('waiting %s', (_, { options = {}, rules = [], by }) => {
  let writing: DataStore;
  let store: DataStore;
  let published: Published<'int32'>;

  beforeEach(async () => {
    writing = DataStore.connect(redis.url);
    published = await publishing(writing, numeric('int32'));
    // Frequent checks find what only they can find; points must not depend on them.
    store = DataStore.connect(await urlOfUser(redis, ...rules), { checkEvery: 20, ...options });
  });
  afterEach(async () => {
    await store.close();
    // If a test broke a stream, its writer reports it.
    await Promise.allSettled([writing.close()]);
  });

  const streamOf = (): Promise<Stream<'int32'>> => reading(store, published, 'int32');

  /** Publishes a point each time the one before has been read, so that the reader has to wait for every single one. */
  async function pointByPoint(before: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    const follower = new Follower(await streamOf());
    for (let index = 0; index < points; index++) {
      await before();
      published.writer.send(index);
      await Promise.race([follower.hasRead(index + 1), follower.failed]);
    }
    follower.stop();
  }

  it('delivers each point', async () => {
    await pointByPoint();
  });

  it(`uses a connection of its own (${by})`, async () => {
    const stream = await streamOf();
    const points$ = following(stream.points$);
    await untilConnected(redis.client, by);
    const bringers = async (): Promise<readonly ClientKind[]> => (await clientsOfUser(redis.client)).map(({ kind }) => kind).filter((kind) => kind !== 'data');
    // A useless subscriber may still be hanging up, and a blocking connection does not block between two reads.
    let found = await bringers();
    while (found.length !== 1) found = await bringers();
    expect(found).toEqual([by]);
    await published.scan.close();
    await firstValueFrom(points$.pipe(toArray()));
  });

  it('goes on when the connection that brings the invalidations is killed again and again', async () => {
    let killed = 0;
    await pointByPoint(async () => {
      await untilConnected(redis.client, by);
      killed += await killAll(redis.client, by);
    });
    // The connection may have been of another kind just then.
    expect(killed).toBeGreaterThan(points / 2);
  });

  it('goes on when the connections that read are killed again and again', async () => {
    let killed = 0;
    await pointByPoint(async () => {
      killed += await killAll(redis.client, 'data');
    });
    expect(killed).toBeGreaterThanOrEqual(points);
  });

  it('delivers states, new scans and the end of a stream', async () => {
    const scan = await firstValueFrom(store.loadScan(published.scan.key));
    const created$ = following(store.scans$.pipe(map(({ key }) => key)));
    const states$ = following(scan.state$);
    const values$ = following((await streamOf()).points$.pipe(map(({ value }) => value), toArray()));
    await firstValueFrom(states$);
    published.writer.sendBatch([1, 2, 3]);
    await published.scan.close();
    expect(await firstValueFrom(states$.pipe(toArray()))).toEqual([ScanState.STARTED, ScanState.STOPPED, ScanState.CLOSED].filter((state) => state !== ScanState.STOPPED));
    expect(await firstValueFrom(values$)).toEqual([1, 2, 3]);
    const next = await writing.createScan({ name: 'next', number: 2, data_policy: 'none' });
    expect(await firstValueFrom(created$)).toBe(next.key);
  });

  it('reports a deleted scan to a reader of a stream without points', async () => {
    const failure = failureOf(following((await streamOf()).points$));
    await untilConnected(redis.client, by);
    const { key } = published.scan;
    await expire(redis.client, key, await stateKeyOf(redis.client, key));
    expect(await failure).toMatchObject({ _tag: 'ScanNotFound', key });
  });

  it('reports a deleted stream to its reader', async () => {
    published.writer.sendBatch([1, 2, 3]);
    await published.writer.flush();
    const stream = await streamOf();
    const points$ = following(stream.points$);
    await firstValueFrom(points$);
    await redis.client.del(stream.key);
    expect(await failureOf(points$)).toMatchObject({ _tag: 'StreamDeleted', key: stream.key });
  });

  it('reports a stream that started anew to its reader', async () => {
    for (const value of [1, 2, 3]) {
      published.writer.send(value);
      await published.writer.flush();
    }
    const stream = await streamOf();
    const points$ = following(stream.points$);
    await firstValueFrom(points$.pipe(filter(({ index }) => index === 2)));
    await redis.client.multi().del(stream.key).xadd(stream.key, '0-1', 'payload', Buffer.alloc(4)).exec();
    expect(await failureOf(points$)).toMatchObject({ _tag: 'StreamRewound', key: stream.key, expected: 3 });
  });

  it('is not a failure of the database', async () => {
    const statuses: string[] = [];
    store.status$.pipe(tap(({ _tag }) => statuses.push(_tag))).subscribe();
    await pointByPoint();
    expect(statuses).not.toContain('failed');
    expect(statuses.at(-1)).toBe('ready');
  });
});

describe('waiting while permissions are withdrawn', () => {
  it.each([
    ['tracking', {}, '-client|tracking'],
    ['ending a blocking read', { invalidations: 'blocking' }, '-client|unblock'],
  ] as const)('goes on without %s', async (_, options, rule) => {
    const writing = DataStore.connect(redis.url);
    const published = await publishing(writing, numeric('int32'));
    const store = DataStore.connect(await urlOfUser(redis), { ...options, checkEvery: Infinity });
    const follower = new Follower(await reading(store, published, 'int32'));
    for (let index = 0; index < points; index++) {
      if (index === 5) await redis.client.call('ACL', ['SETUSER', userName, rule]);
      // A tracked connection stays tracked; the next one is refused.
      if (index === 10) await killAll(redis.client, 'data');
      published.writer.send(index);
      await Promise.race([follower.hasRead(index + 1), follower.failed]);
    }
    follower.stop();
    await store.close();
    await writing.close();
  });
});

describe('waiting by tracking only', () => {
  it.each(['-client|tracking', '-client|caching', '-client|id', 'resetchannels', '-subscribe'])('errors with the refusal of the server (%s)', async (rule) => {
    const writing = DataStore.connect(redis.url);
    const published = await publishing(writing, numeric('int32'));
    const store = DataStore.connect(await urlOfUser(redis, rule), { invalidations: 'tracking' });
    const scan = await firstValueFrom(store.loadScan(published.scan.key));
    expect(await failureOf(scan.state$)).toMatchObject({ _tag: 'ServerError', command: 'CLIENT TRACKING', code: 'NOPERM' });
    await store.close();
    await writing.close();
  });
});

describe('the options of invalidations', () => {
  it.each([
    ['invalidations', { invalidations: 'polling' }],
    ['checkEvery', { checkEvery: 0 }],
    ['checkEvery', { checkEvery: NaN }],
    ['checkEvery', { checkEvery: '1 s' }],
  ])('are an error of the first use when wrong: %s in %j', async (argument, options) => {
    const store = DataStore.connect(redis.url, options as ConnectOptions);
    expect(await failureOf(store.lastTimetag())).toMatchObject({ _tag: 'InvalidArgument', argument });
  });
});

it('no error contains a password', async () => {
  const url = await urlOfUser(redis, '-get');
  const store = DataStore.connect(url);
  const error = await failureOf(store.lastTimetag());
  expect(error).toMatchObject({ _tag: 'ServerError', code: 'NOPERM' });
  expect(JSON.stringify(error) + String(error)).not.toContain('secret');
  await store.close();
});
