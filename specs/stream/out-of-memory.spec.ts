/** Writing to a server that has no memory left: it is told as what it is, and what was confirmed is there. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { isOutOfMemory, numeric, type StreamWriter } from '../../lib/index.js';
import { publishing, reading, type Published } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';
import { failureOf } from '../store/outcomes.js';

const on = onRedis();

const megabyte = 1 << 20;
/** The payload of a point is 8 KiB. */
const width = 1024;
let published: Published<'float64[]'>;

beforeEach(async () => {
  published = await publishing(on.store, numeric('float64', [width]));
  const used = Number(/used_memory:(\d+)/.exec(await on.client.info('memory'))?.[1]);
  await on.client.config('SET', 'maxmemory', String(used + 8 * megabyte));
});
afterEach(async () => {
  await on.client.config('SET', 'maxmemory', '0');
});

/** Sends four times of what there is room for at once, which nobody but the server can know. */
function sendTooMuch(writer: StreamWriter<'float64[]'>): void {
  for (let i = 0; i < 4096; i++) writer.send(new Float64Array(width).fill(i));
}

const outOfMemory = (): unknown => expect.objectContaining({ _tag: 'OutOfMemory', key: published.writer.key, retriable: true });

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
    const stream = await reading(on.another(), published, 'float64[]');
    expect(await firstValueFrom(stream.waitSealed())).toBe(there);
  });

  it('may refuse the seal itself, which can be asked for again', async () => {
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
