/** Reading a stream from its beginning to its end, while it is written and afterwards. */
import { describe, expect, it } from '@jest/globals';
import { concatMap, firstValueFrom, last, lastValueFrom, scan as accumulate, take, tap, toArray, type Observable } from 'rxjs';
import { numeric, json, type Chunk, type Point } from '../../lib/index.js';
import { publishing, reading } from '../scan/publishing.js';
import { failureOf, following } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

const all = <A>(source$: Observable<A>): Promise<readonly A[]> => lastValueFrom(source$.pipe(toArray()));

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
const pointsUpTo = (count: number): readonly Point<'float64'>[] => upTo(count).map((i) => ({ index: i, value: i / 2 }));

/** A sealed stream of i / 2 in entries of many sizes, and a reader of it. */
async function sealed(count: number) {
  const published = await publishing(on.store, numeric('float64'), { coalesce: false });
  for (let i = 0; i < count; ) {
    const size = Math.min((i % 7) + 1, count - i);
    published.writer.sendBatch(upTo(size).map((k) => (i + k) / 2));
    i += size;
  }
  await published.writer.seal();
  return reading(on.another(), published, 'float64');
}

/** Chunks follow each other without a gap; their values as one list. */
function joined(chunks: readonly Chunk<'float64'>[]): readonly number[] {
  let next = 0;
  for (const { index, expired, data } of chunks) {
    expect([index, expired]).toEqual([next, 0]);
    next += data.data.length;
  }
  return chunks.flatMap(({ data }) => [...data.data]);
}

describe('a sealed stream', () => {
  it('gives all its points, and completes', async () => {
    const stream = await sealed(3000);
    expect(await all(stream.points$)).toEqual(pointsUpTo(3000));
    expect(joined(await all(stream.chunks$))).toEqual(upTo(3000).map((i) => i / 2));
  });

  it('gives them to a for await loop', async () => {
    const stream = await sealed(3000);
    const chunks: Chunk<'float64'>[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(joined(chunks)).toEqual(upTo(3000).map((i) => i / 2));
  });

  it('gives chunks that know their dtype and shape', async () => {
    const published = await publishing(on.store, numeric('int16', [2, 2]));
    for (let i = 0; i < 3; i++) published.writer.send(Int16Array.of(i, 1, 2, 3));
    await published.writer.seal();
    const [chunk] = await all((await reading(on.store, published, 'int16[]')).chunks$);
    expect(chunk).toEqual({ index: 0, expired: 0, data: { dtype: 'int16', shape: [3, 2, 2], data: Int16Array.of(0, 1, 2, 3, 1, 1, 2, 3, 2, 1, 2, 3) } });
  });

  it('gives JSON with what JSON.parse would lose', async () => {
    const published = await publishing(on.store, json());
    const values = [{ time_ns: 1700000000123456789n }, NaN, [Infinity, -Infinity], 'é', null, { nested: { list: [1, 2.5] } }];
    published.writer.sendBatch(values);
    await published.writer.seal();
    const stream = await reading(on.store, published, 'json');
    expect((await all(stream.points$)).map(({ value }) => value)).toEqual(values);
  });

  it.each([0, 1, 5, 6, 2998, 2999, 3000, 5000])('gives chunks from index %d on, also if that lies inside a batch', async (from) => {
    const stream = await sealed(3000);
    const chunks = await all(stream.chunksFrom(from));
    expect(chunks.flatMap(({ data }) => [...data.data])).toEqual(upTo(3000).slice(from).map((i) => i / 2));
    if (from < 3000) expect(chunks[0]?.index).toBe(from);
  });

  it.each([-1, 1.5, NaN, Infinity, 2 ** 60])('refuses chunks from index %d', async (from) => {
    const stream = await sealed(10);
    expect(await failureOf(stream.chunksFrom(from))).toMatchObject({ _tag: 'InvalidArgument', argument: 'index' });
  });

  it('gives its newest point, and completes', async () => {
    expect(await all((await sealed(3000)).latest$)).toEqual([{ index: 2999, value: 1499.5 }]);
    expect(await all((await sealed(0)).latest$)).toEqual([]);
  });

  it('of bool, complex and int64 gives booleans, pairs and bigints', async () => {
    const bool = await publishing(on.store, numeric('bool'));
    bool.writer.sendBatch([true, false]);
    const complex = await publishing(on.store, numeric('complex64'));
    complex.writer.send({ re: 1, im: -2 });
    const int64 = await publishing(on.store, numeric('int64'));
    int64.writer.sendBatch([-(2n ** 63n), 5]);
    for (const { writer } of [bool, complex, int64]) await writer.seal();
    expect((await all((await reading(on.store, bool, 'bool')).points$)).map(({ value }) => value)).toEqual([true, false]);
    expect((await all((await reading(on.store, complex, 'complex64')).points$)).map(({ value }) => value)).toEqual([{ re: 1, im: -2 }]);
    expect((await all((await reading(on.store, int64, 'int64')).points$)).map(({ value }) => value)).toEqual([-(2n ** 63n), 5n]);
  });
});

describe('a stream that is being written', () => {
  it('gives what is there to a late subscriber, then what comes, and completes at the seal', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const { writer } = published;
    const early$ = following((await reading(on.another(), published, 'float64')).points$);
    for (let i = 0; i < 100; i++) {
      writer.send(i / 2);
      await firstValueFrom(early$.pipe(take(i + 1), last()));
    }
    const late$ = following((await reading(on.another(), published, 'float64')).points$);
    await firstValueFrom(late$);
    for (let i = 100; i < 200; i++) writer.send(i / 2);
    await writer.seal();
    expect(await all(early$)).toEqual(pointsUpTo(200));
    expect(await all(late$)).toEqual(pointsUpTo(200));
  });

  it('gives every subscriber all points, from the beginning', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const stream = await reading(on.another(), published, 'float64');
    const subscribers = upTo(20).map(() => all(stream.points$));
    for (let i = 0; i < 50; i++) {
      published.writer.send(i / 2);
      await published.writer.flush();
    }
    await published.writer.seal();
    for (const points of await Promise.all(subscribers)) expect(points).toEqual(pointsUpTo(50));
  });

  it('and of which nothing was sent yet is waited for', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const stream = await reading(on.another(), published, 'float64');
    const points$ = following(stream.points$);
    const latest$ = following(stream.latest$);
    published.writer.send(0);
    expect(await firstValueFrom(points$)).toEqual({ index: 0, value: 0 });
    expect(await firstValueFrom(latest$)).toEqual({ index: 0, value: 0 });
  });

  it('gives latest$ newer and newer points, the last one at the end', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const stream = await reading(on.another(), published, 'float64');
    const latest$ = following(stream.latest$);
    for (let i = 0; i < 1000; i++) {
      published.writer.send(i / 2);
      if (i % 10 === 0) await published.writer.flush();
    }
    await published.writer.seal();
    const seen = (await all(latest$)).map(({ index, value }) => {
      expect(value).toBe(index / 2);
      return index;
    });
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(999);
  });

  it('replays the newest point to a late subscriber of latest$', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const stream = await reading(on.another(), published, 'float64');
    const early$ = following(stream.latest$);
    published.writer.sendBatch([0, 0.5, 1]);
    await firstValueFrom(early$);
    expect(await firstValueFrom(stream.latest$)).toEqual({ index: 2, value: 1 });
  });

  it('waits with chunks from an index that is still to come', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const stream = await reading(on.another(), published, 'float64');
    published.writer.sendBatch([0, 0.5, 1]);
    await published.writer.flush();
    const chunks$ = following(stream.chunksFrom(5));
    published.writer.sendBatch(upTo(7).slice(3).map((i) => i / 2));
    await published.writer.seal();
    const chunks = await all(chunks$);
    expect(chunks.map(({ index, data }) => [index, [...data.data]])).toEqual([[5, [2.5, 3]]]);
  });

  it('is given to a loop at the pace of its body, from the memory of Redis', async () => {
    const published = await publishing(on.store, numeric('uint8', [50_000]), { coalesce: false });
    for (let i = 0; i < 200; i++) published.writer.send(new Uint8Array(50_000).fill(i));
    await published.writer.flush();
    const stream = await reading(on.another(), published, 'uint8[]');
    await on.client.config('RESETSTAT');
    let points = 0;
    for await (const { data } of stream) {
      points += data.shape[0] ?? 0;
      // What was read for this chunk and ahead of it is a few replies of a megabyte, not the ten that wait.
      expect(Number(/cmdstat_xread:calls=(\d+)/.exec(await on.client.info('commandstats'))?.[1])).toBeLessThanOrEqual(points / 20 + 3);
      if (points === 200) break;
    }
    expect(points).toBe(200);
  });
});

it('leaving early stops the points at once', async () => {
  const stream = await sealed(1000);
  const seen: number[] = [];
  await lastValueFrom(stream.points$.pipe(tap(({ index }) => seen.push(index)), take(3)));
  expect(seen).toEqual([0, 1, 2]);
});

it('points may be worked on slowly with concatMap', async () => {
  const stream = await sealed(100);
  const sums$ = stream.points$.pipe(
    concatMap(async ({ value }) => value),
    accumulate((sum, value) => sum + value, 0),
  );
  expect(await lastValueFrom(sums$)).toBe(2475);
});
