/** What happens to data under readers is the same event through a gateway as on Redis: each reads in every way, and gets the same. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, from, ignoreElements, lastValueFrom, tap, type Observable } from 'rxjs';
import { errorToJson, type DataStore, type Stream } from '../../lib/index.js';
import { sealId } from '../../lib/wire/stream-id.js';
import { reading, untilAwaited } from '../scan/publishing.js';
import { dataLossesOn, type DataLoss } from './data-losses.js';
import { onGateway } from './on-gateway.js';
import { Publisher } from './publisher.js';
import { Received } from './records.js';

const on = onGateway();

/** What a reader gets: values by index, points that were lost, and how it ends. */
type Diary = (string | number)[];

const ended = async (diary: Diary, source: Observable<unknown> | Promise<unknown>): Promise<Diary> => {
  try {
    await lastValueFrom(from(source).pipe(ignoreElements()), { defaultValue: undefined });
    return [...diary, 'completed'];
  } catch (error) {
    const { _tag = 'another error', fields } = errorToJson(error);
    // A rewound stream is the same to all who read it, though they have come to different points: which of them tells is a matter of time.
    return [...diary, `${_tag} ${JSON.stringify({ ...fields, url: undefined, ...(_tag === 'StreamRewound' ? { expected: undefined } : {}) })}`];
  }
};

const ways: Readonly<Record<string, (stream: Stream<'int32'>, diary: Diary) => Observable<unknown> | Promise<unknown>>> = {
  points: ({ points$ }, diary) => points$.pipe(tap(({ index, value }) => diary.push(index, value))),
  chunks: ({ chunks$ }, diary) =>
    chunks$.pipe(
      tap(({ index, expired, data }) => {
        if (expired > 0) diary.push(`${expired} lost at ${index}`);
        data.data.forEach((value, i) => diary.push(index + expired + i, value));
      }),
    ),
  'waiting for the seal': (stream) => stream.waitSealed(),
  cursor: async (stream, diary) => {
    using cursor = stream.cursor();
    for (;;) {
      const result = await cursor.read();
      if (result._tag === 'end') return;
      if (result._tag === 'chunk') result.data.data.forEach((value, i) => diary.push(result.index + result.expired + i, value));
    }
  },
};

const afterwards: Readonly<Record<string, (stream: Stream<'int32'>) => Observable<unknown>>> = {
  'a point': (stream) => stream.at(2),
  'the last point': (stream) => stream.at(-1),
  'a slice': (stream) => stream.slice(),
  'the length': (stream) => stream.length(),
};

interface Readers {
  readonly stream: Stream<'int32'>;
  readonly diaries: readonly Diary[];
  /** Which points come depends on when they are asked for: only how it ends is compared. */
  readonly newest: Received;
  readonly endings: Promise<Readonly<Record<string, Diary>>>;
}

async function read(store: DataStore, publisher: Publisher): Promise<Readers> {
  const stream = await reading(store, publisher, 'int32');
  const diaries: Diary[] = [];
  const all: Promise<readonly [string, Diary]>[] = [];
  for (const [name, way] of Object.entries(ways)) {
    const diary: Diary = [];
    diaries.push(diary);
    all.push(ended(diary, way(stream, diary)).then((end) => [name, end]));
  }
  const newest = Received.points(stream.latest$);
  all.push(ended([], newest.ended()).then((end) => ['newest', end]));
  return { stream, diaries, newest, endings: Promise.all(all).then((each) => Object.fromEntries(each)) };
}

const lookAt = async ({ stream }: Readers): Promise<Readonly<Record<string, Diary>>> =>
  Object.fromEntries(await Promise.all(Object.entries(afterwards).map(async ([name, ask]) => {
    const diary: Diary = [];
    return [name, await ended(diary, ask(stream).pipe(tap((value) => diary.push(JSON.stringify(value)))))] as const;
  })));

/** Readers by both ways, who have all of so many points and wait for more. */
async function both(publisher: Publisher): Promise<readonly [Readers, Readers]> {
  const readers = await Promise.all([read(on.beside(), publisher), read(on.proxied(), publisher)] as const);
  const enough = (): boolean => readers.every(({ diaries: [points, chunks, , cursor] }) => [points, chunks, cursor].every((diary) => diary?.length === 2 * publisher.sent));
  while (!enough()) await on.client.ping();
  for (const { newest } of readers) await newest.has(1);
  await untilAwaited(on.client, 1);
  return readers;
}

async function expectSame([direct, through]: readonly [Readers, Readers]): Promise<Readonly<Record<string, Diary>>> {
  const [expected, found] = [await direct.endings, await through.endings];
  expect(found).toEqual(expected);
  expect(await lookAt(through)).toEqual(await lookAt(direct));
  return expected;
}

async function fivePoints(): Promise<Publisher> {
  const publisher = await Publisher.on(on.direct(), { coalesce: false });
  publisher.sendSingly(5);
  await publisher.writer.flush();
  return publisher;
}

const evicted: DataLoss = [
  'eviction of the stream',
  async ({ key }) => {
    const { client } = on;
    await client.expire(key, 10_000);
    await client.config('SET', 'maxmemory-policy', 'volatile-ttl');
    await client.config('SET', 'maxmemory', '1');
    while ((await client.exists(key)) === 1);
    await client.config('SET', 'maxmemory', '0');
    await client.config('SET', 'maxmemory-policy', 'noeviction');
  },
  'StreamDeleted',
];

const losses: readonly DataLoss[] = [...dataLossesOn(on), evicted];

describe.each(losses)('%s', (_, take, tag) => {
  it('under readers that wait', async () => {
    const publisher = await fivePoints();
    const readers = await both(publisher);
    await take(publisher);
    const { points } = await expectSame(readers);
    expect(points?.slice(0, -1)).toHaveLength(10);
    expect(points?.at(-1)).toContain(tag);
  });

  it('while the readers are cut off from the gateway', async () => {
    const publisher = await fivePoints();
    const readers = await both(publisher);
    on.proxy.refuse();
    on.proxy.resetAll();
    await take(publisher);
    await on.proxy.accept();
    const { points } = await expectSame(readers);
    expect(points?.at(-1)).toContain(tag);
  });

  it('while the gateway is cut off from Redis', async () => {
    const publisher = await fivePoints();
    const readers = await both(publisher);
    on.toRedis.refuse();
    on.toRedis.resetAll();
    await take(publisher);
    await on.toRedis.accept();
    const { points } = await expectSame(readers);
    expect(points?.at(-1)).toContain(tag);
  });
});

describe('trimming', () => {
  it.each([
    ['ahead of readers', 20, 'IndexNoMoreThere'],
    ['behind readers', 3, 'completed'],
  ])('%s', async (_, first, end) => {
    const publisher = await fivePoints();
    const readers = await both(publisher);
    // They get none of these before they are gone.
    const multi = on.client.multi();
    for (let i = 5; i < 25; i++) multi.xadd(publisher.key, `${i}-1`, 'payload', Buffer.from(Int32Array.of(i).buffer));
    multi.xtrim(publisher.key, 'MINID', `${first}-0`);
    await multi.exec();
    await on.client.xadd(publisher.key, sealId, 'id', '25');
    await publisher.scan.close().catch(() => undefined);
    const { points, chunks } = await expectSame(readers);
    expect(points?.at(-1)).toContain(end);
    expect(chunks).toContain(first > 5 ? '15 lost at 5' : 'completed');
  });

  it('of all that there is', async () => {
    const publisher = await fivePoints();
    const readers = await both(publisher);
    await on.client.xtrim(publisher.key, 'MINID', '5-0');
    await publisher.publish(2);
    await publisher.scan.close();
    const { points } = await expectSame(readers);
    expect(points).toHaveLength(15);
  });
});

it('an entry inside the span of another', async () => {
  const publisher = await Publisher.on(on.direct());
  await publisher.publish(1000);
  const readers = await both(publisher);
  await on.client.xadd(publisher.key, '4-1', 'payload', Buffer.alloc(4));
  // For those who wait for the seal alone.
  await on.client.xadd(publisher.key, sealId, 'id', '1000');
  const { points } = await expectSame(readers);
  expect(points?.at(-1)).toContain('StreamOverlap');
});

describe('Redis', () => {
  it.each([
    ['with less', async () => on.server.restartBehind(), 'StreamRewound'],
    ['with nothing', async () => on.server.restartEmpty({ initialised: true }), 'ScanNotFound'],
  ])('that comes back %s', async (_, restart, tag) => {
    const publisher = await fivePoints();
    await on.server.remember();
    publisher.sendSingly(3);
    await publisher.writer.flush();
    const readers = await both(publisher);
    await on.server.crash();
    // No reader sees it between its start and what it is to have.
    on.toRedis.refuse();
    await restart();
    await on.toRedis.accept();
    const { points } = await expectSame(readers);
    expect(points?.slice(0, -1)).toHaveLength(16);
    expect(points?.at(-1)).toContain(tag);
  });

  it('that comes back with all it had', async () => {
    const publisher = await fivePoints();
    const readers = await both(publisher);
    await on.server.crash();
    await on.server.restart();
    await publisher.publish(3);
    await publisher.scan.close();
    const { points } = await expectSame(readers);
    expect(points).toHaveLength(17);
  });
});

it('a deleted scan is no more for new readers either', async () => {
  const publisher = await fivePoints();
  const readers = await both(publisher);
  await publisher.scan.close();
  await expectSame(readers);
  const [direct, through] = [on.direct(), on.proxied()];
  await firstValueFrom(through.loadScan(publisher.scan.key));
  await through.deleteScan(publisher.scan.key);
  for (const store of [direct, through]) await expect(firstValueFrom(store.loadScan(publisher.scan.key))).rejects.toMatchObject({ _tag: 'ScanNotFound' });
});
