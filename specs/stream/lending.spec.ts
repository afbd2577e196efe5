/** To whom the memory of points belongs that a writer was given. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { DataStore, numeric, type StreamWriterOptions } from '../../lib/index.js';
import { memoryDatabase } from '../../lib/testing.js';
import { publishing, reading } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';
import { relayTo } from '../redis/relay.js';

const on = onRedis();
const large = 100_000;

/** The first number of each point that was written, and whether all its numbers are the same. */
async function written(store: DataStore, published: Awaited<ReturnType<typeof publishing<'uint16[]'>>>, length: number): Promise<readonly number[]> {
  const { data } = await firstValueFrom((await reading(store, published, 'uint16[]')).slice());
  const numbers = data;
  return Array.from({ length: numbers.length / length }, (_, i) => {
    const point = numbers.subarray(i * length, (i + 1) * length);
    return point.every((number) => number === point[0]) ? (point[0] ?? NaN) : NaN;
  });
}

const writing = (store: DataStore, length: number, options: StreamWriterOptions = {}) => publishing(store, numeric('uint16', [length]), options);

describe('by default an array is the caller’s again when send has returned', () => {
  const stores: readonly (readonly [string, () => DataStore])[] = [
    ['Redis', () => on.store],
    ['memory', () => DataStore.over(memoryDatabase())],
  ];

  it.each(stores)('on %s', async (_, open) => {
    const store = open();
    for (const options of [{}, { coalesce: false }]) {
      for (const length of [large, 1000]) {
        const published = await writing(store, length, options);
        const point = new Uint16Array(length);
        for (let i = 0; i < 100; i++) {
          if (!published.writer.send(point.fill(i))) await published.writer.ready();
          point.fill(9999);
        }
        await published.writer.flush();
        expect(await written(store, published, length)).toEqual(Array.from({ length: 100 }, (__, i) => i));
      }
    }
  });

  it('also while connections are lost, and windows are sent again', async () => {
    const relay = await relayTo(on.url);
    const store = DataStore.connect(relay.url, { retry: { firstDelay: 1, maxDelay: 10, jitter: 0 } });
    const published = await writing(store, large, { highWaterMark: 1 << 20 });
    let requested = 0;
    relay.requests = (piece, redis) => {
      redis.write(piece);
      requested += piece.length;
      if (requested > 3 << 20) {
        requested = 0;
        relay.cut();
      }
    };
    const point = new Uint16Array(large);
    for (let i = 0; i < 200; i++) {
      if (!published.writer.send(point.fill(i))) await published.writer.ready();
      point.fill(9999);
    }
    await published.writer.flush();
    expect(await written(on.store, published, large)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    await store.close();
    await relay.close();
  });
});

describe('with lend', () => {
  it('large points are sent from it, and it is the caller’s again after flush', async () => {
    const published = await writing(on.store, large, { lend: true });
    const points = [new Uint16Array(large).fill(1), new Uint16Array(large).fill(2)] as const;
    for (const point of points) published.writer.send(point);
    points[1].fill(3);
    await published.writer.flush();
    for (const point of points) point.fill(4);
    published.writer.send(points[0]);
    await published.writer.flush();
    expect(await written(on.store, published, large)).toEqual([1, 3, 4]);
  });

  it('so are batches', async () => {
    const published = await publishing(on.store, numeric('uint16'), { lend: true });
    const batch = new Uint16Array(1 << 16).fill(1);
    published.writer.sendBatch(batch);
    batch.fill(2);
    await published.writer.flush();
    batch.fill(3);
    const { data } = await firstValueFrom((await reading(on.store, published, 'uint16')).slice());
    expect(new Set(data)).toEqual(new Set([2]));
  });

  it('points that are coalesced are copied all the same', async () => {
    const published = await writing(on.store, 1000, { lend: true });
    const point = new Uint16Array(1000);
    for (let i = 0; i < 50; i++) published.writer.send(point.fill(i));
    point.fill(9999);
    await published.writer.flush();
    expect(await written(on.store, published, 1000)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('a database in memory still copies what it keeps', async () => {
    const store = DataStore.over(memoryDatabase());
    const published = await writing(store, large, { lend: true });
    const point = new Uint16Array(large).fill(1);
    published.writer.send(point);
    await published.writer.flush();
    point.fill(2);
    expect(await written(store, published, large)).toEqual([1]);
  });
});
