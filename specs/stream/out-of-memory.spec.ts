/** Writing to a server that has no memory left: `send` returns false until there is some, and what was confirmed is there. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, take } from 'rxjs';
import { DataStore, isOutOfMemory, numeric, type StreamWriter } from '../../lib/index.js';
import { publishing, reading, statesAt, type Published } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';
import { failureOf } from '../store/outcomes.js';

const on = onRedis();

const megabyte = 1 << 20;
/** The payload of a point is 8 KiB. */
const width = 1024;
let published: Published<'float64[]'>;

/** From here on there is room for another 8 MiB. */
async function limitMemory(): Promise<void> {
  const used = Number(/used_memory:(\d+)/.exec(await on.client.info('memory'))?.[1]);
  await on.client.config('SET', 'maxmemory', String(used + 8 * megabyte));
}

afterEach(async () => {
  await on.client.config('SET', 'maxmemory', '0');
});

/** Sends four times of what there is room for at once, which only the server can know. */
function sendTooMuch(writer: StreamWriter<'float64[]'>): void {
  for (let i = 0; i < 4096; i++) writer.send(new Float64Array(width).fill(i));
}

const outOfMemory = (): unknown => expect.objectContaining({ _tag: 'OutOfMemory', key: published.writer.key, retriable: true });

/** Resolves when the writer waits for memory. */
const untilWaiting = (writer: StreamWriter<'float64[]'>): Promise<unknown> =>
  firstValueFrom(writer.status$.pipe(filter((status) => status._tag === 'retrying' && isOutOfMemory(status.error))));

/** Makes room, and reads what there is: points that follow each other from the first on, as many as were confirmed. */
async function whatIsThere(): Promise<number> {
  await on.client.config('SET', 'maxmemory', '0');
  const stream = await reading(on.another(), published, 'float64[]');
  const { shape, data } = await firstValueFrom(stream.slice());
  const [count = 0] = shape;
  for (let i = 0; i < count; i++) expect([data[i * width], data[(i + 1) * width - 1]]).toEqual([i, i]);
  expect(await firstValueFrom(stream.length())).toBe(count);
  return count;
}

describe('a server without memory', () => {
  beforeEach(async () => {
    published = await publishing(on.store, numeric('float64', [width]));
    await limitMemory();
  });

  it('makes send return false, and gets every point when it has memory again', async () => {
    const { writer } = published;
    const told: string[] = [];
    writer.status$.subscribe(({ _tag }) => told.push(_tag));
    let held = 0;
    let most = 0;
    const sending = (async () => {
      for (let i = 0; i < 4096; i++) {
        if (!writer.send(new Float64Array(width).fill(i))) {
          held++;
          await writer.ready();
        }
        most = Math.max(most, writer.pendingBytes);
      }
      await writer.seal();
    })();
    await untilWaiting(writer);
    // It goes on waiting however often it was refused.
    await firstValueFrom(writer.status$.pipe(filter((status) => status._tag === 'retrying' && status.attempt > 2), take(1)));
    expect(writer.length).toBeLessThan(4096);
    expect(held).toBeGreaterThan(0);
    await on.client.config('SET', 'maxmemory', '0');
    await sending;
    expect(most).toBeLessThan(10 * megabyte);
    expect(await whatIsThere()).toBe(4096);
    expect(told.at(-1)).toBe('sealed');
    expect(told).not.toContain('failed');
  });

  it('holds up the seal and the end of the scan, and no more', async () => {
    const { scan, writer } = published;
    writer.send(new Float64Array(width));
    await writer.flush();
    await on.client.config('SET', 'maxmemory', '1mb');
    const stopped = scan.stop();
    await firstValueFrom(on.store.status$.pipe(filter(({ _tag }) => _tag === 'retrying')));
    expect(writer.sealed).toBe(false);
    expect(await whatIsThere()).toBe(1);
    await stopped;
    await scan.close();
    expect(await writer.seal()).toBe(1);
    expect(await statesAt(on.client, scan.key)).toEqual(['0', '1', '2', '3', '4']);
  });
});

describe('a server without memory, where nothing is tried again', () => {
  let store: DataStore;
  beforeEach(async () => {
    store = DataStore.connect(on.url, { retry: false });
    published = await publishing(store, numeric('float64', [width]));
    await limitMemory();
  });
  afterEach(async () => {
    // What its writers could not write it says once more.
    await failureOf(store.close().then(() => Promise.reject(new Error('closed'))));
  });

  it('is OutOfMemory of send, a while after the point that was too much', async () => {
    const { writer } = published;
    let confirmed = 0;
    writer.acknowledged$.subscribe({ next: (count) => (confirmed = count), error: (error: unknown) => expect(error).toEqual(outOfMemory()) });
    const sending = async (): Promise<never> => {
      for (;;) if (!writer.send(new Float64Array(width).fill(writer.length))) await writer.ready().catch((error: unknown) => expect(error).toEqual(outOfMemory()));
    };
    expect(await failureOf(sending())).toEqual(outOfMemory());
    expect(await failureOf(() => writer.sendBatch([new Float64Array(width)]))).toEqual(outOfMemory());
    expect(confirmed).toBeGreaterThan(0);
    expect(await whatIsThere()).toBe(confirmed);
  });

  it('is OutOfMemory of flush', async () => {
    const { writer } = published;
    sendTooMuch(writer);
    const error = await failureOf(writer.flush());
    expect(error).toEqual(outOfMemory());
    expect(isOutOfMemory(error)).toBe(true);
    expect(await whatIsThere()).toBeLessThan(4096);
  });

  it('is OutOfMemory of seal, which ends the stream after the points that are there', async () => {
    sendTooMuch(published.writer);
    expect(await failureOf(published.writer.seal())).toEqual(outOfMemory());
    const there = await whatIsThere();
    expect(there).toBeLessThan(4096);
    // Garbage of scripts counts as used memory, too, so that the seal may have been refused like the points: now there is room for it.
    expect(await failureOf(published.writer.seal())).toEqual(outOfMemory());
    const stream = await reading(on.another(), published, 'float64[]');
    expect(await firstValueFrom(stream.waitSealed())).toBe(there);
  });

  it('may refuse the seal itself, which can be repeated', async () => {
    const { scan, writer } = published;
    writer.send(new Float64Array(width));
    await writer.flush();
    await on.client.config('SET', 'maxmemory', '1mb');
    expect(await failureOf(scan.stop())).toEqual(outOfMemory());
    expect(await failureOf(writer.seal())).toEqual(outOfMemory());
    expect(await failureOf(() => writer.send(new Float64Array(width)))).toMatchObject({ _tag: 'StreamSealed' });
    expect(writer.sealed).toBe(false);
    expect(await whatIsThere()).toBe(1);
    await scan.stop();
    expect(await writer.seal()).toBe(1);
    expect(writer.sealed).toBe(true);
    const stream = await reading(on.another(), published, 'float64[]');
    expect(await firstValueFrom(stream.waitSealed())).toBe(1);
  });
});
