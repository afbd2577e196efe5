/** How points lie in Redis: which travel together as one entry, and which never do. */
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { json, numeric, type NdArray } from '../../lib/index.js';
import { publishing, reading } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

/** The entries of a stream: index of the first point, number of points, bytes; the seal as it stands. */
async function entriesAt(key: string): Promise<readonly (readonly [string, number, number])[]> {
  const entries = await on.client.callBuffer('XRANGE', [key, '-', '+']);
  if (!Array.isArray(entries)) throw new Error('XRANGE gave no entries');
  return entries.map(([id, fields]: [Buffer, Buffer[]]) => [String(id), Number(fields[3] ?? 1), fields[1]?.length ?? 0] as const);
}

const sealOf = (length: number) => ['18446744073709551615-18446744073709551615', 1, String(length).length] as const;

describe('points sent in one tick', () => {
  it('travel as one entry, those of the next tick as the next', async () => {
    const { writer } = await publishing(on.store, numeric('float64'));
    for (let i = 0; i < 10; i++) writer.send(i);
    await writer.flush();
    writer.send(10);
    await writer.flush();
    writer.sendBatch([11, 12]);
    writer.send(13);
    await writer.seal();
    expect(await entriesAt(writer.key)).toEqual([['0-1', 10, 80], ['10-1', 1, 8], ['11-1', 3, 24], sealOf(14)]);
  });

  it('travel one by one without coalescing, a batch as one entry all the same', async () => {
    const { writer } = await publishing(on.store, numeric('float64'), { coalesce: false });
    for (let i = 0; i < 3; i++) writer.send(i);
    writer.sendBatch([3, 4]);
    writer.send(5);
    await writer.flush();
    expect(await entriesAt(writer.key)).toEqual([['0-1', 1, 8], ['1-1', 1, 8], ['2-1', 1, 8], ['3-1', 2, 16], ['5-1', 1, 8]]);
  });

  it('travel in entries of at most 64 KiB', async () => {
    const { writer } = await publishing(on.store, numeric('float64'));
    for (let i = 0; i < 20_000; i++) writer.send(i);
    await writer.flush();
    const entries = await entriesAt(writer.key);
    expect(entries.map(([, len]) => len)).toEqual([8192, 8192, 3616]);
  });

  it('that are bigger than that travel alone', async () => {
    const { writer } = await publishing(on.store, numeric('uint8', [100_000]));
    for (let i = 0; i < 3; i++) writer.send(new Uint8Array(100_000));
    await writer.flush();
    expect(await entriesAt(writer.key)).toEqual([['0-1', 1, 100_000], ['1-1', 1, 100_000], ['2-1', 1, 100_000]]);
  });

  it('and are JSON are an entry each, in a batch as well', async () => {
    const { writer } = await publishing(on.store, json());
    writer.send(1);
    writer.sendBatch(['two', [3]]);
    await writer.seal();
    expect(await entriesAt(writer.key)).toEqual([['0-1', 1, 1], ['1-1', 1, 5], ['2-1', 1, 3], sealOf(3)]);
  });

  it('and are ragged share an entry as long as their shape stays the same', async () => {
    const published = await publishing(on.store, numeric('int8', [-1]));
    for (const length of [2, 2, 3, 3, 3, 2]) published.writer.send(new Int8Array(length).fill(length));
    await published.writer.flush();
    expect((await entriesAt(published.writer.key)).map(([id, len]) => [id, len])).toEqual([['0-1', 2], ['2-1', 3], ['5-1', 1]]);
    const stream = await reading(on.store, published, 'int8[*]');
    const points: readonly NdArray<'int8'>[] = await firstValueFrom(stream.slice());
    expect(points.map(({ shape, data }) => [shape, [...data]])).toEqual([2, 2, 3, 3, 3, 2].map((n) => [[n], Array.from({ length: n }, () => n)]));
  });

  it('have the fields that Python expects, and no len if there is one point', async () => {
    const { writer } = await publishing(on.store, numeric('int16'));
    writer.send(0x0102);
    await writer.flush();
    writer.sendBatch([1, 2]);
    await writer.seal();
    expect(await on.client.xrange(writer.key, '-', '+')).toEqual([
      ['0-1', ['payload', '\u0002\u0001']],
      ['1-1', ['payload', '\u0001\u0000\u0002\u0000', 'len', '2']],
      ['18446744073709551615-18446744073709551615', ['id', '3']],
    ]);
  });
});

it('what is sent while a window travels is gathered for the next', async () => {
  const { writer } = await publishing(on.store, numeric('float64'));
  const nextTick = promisify(setImmediate);
  // The server takes the first window and answers only after a while.
  await on.client.call('CLIENT', ['PAUSE', '200']);
  for (let i = 0; i < 100; i++) {
    writer.send(i);
    await nextTick();
  }
  await writer.flush();
  expect(await entriesAt(writer.key)).toEqual([['0-1', 1, 8], ['1-1', 99, 99 * 8]]);
});
