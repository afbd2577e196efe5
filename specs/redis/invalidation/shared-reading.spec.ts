/** Readers at the live end share the cost: many readers of one stream one request, many streams a few sockets. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, merge, skip, take, toArray, type Observable } from 'rxjs';
import { numeric, type Stream } from '../../../lib/index.js';
import { publishing, reading, untilAwaited } from '../../scan/publishing.js';
import { onRedis } from '../../store/on-redis.js';
import { upTo } from '../../stream/samples.js';
import { following } from '../../store/outcomes.js';

const on = onRedis();

const kinds: readonly [string, (stream: Stream<'int32'>) => Observable<unknown>][] = [
  ['points$', (stream) => stream.points$],
  ['chunks$', (stream) => stream.chunks$],
  ['consume', (stream) => stream.consume(async (chunk) => chunk.index)],
];

/** How many commands the server has received, without those of this test. */
async function commandsOfReaders(): Promise<number> {
  const stats = await on.client.info('commandstats');
  return stats
    .split('\r\n')
    .filter((line) => line.startsWith('cmdstat_') && !/cmdstat_(?:xadd|info):/.test(line))
    .reduce((sum, line) => sum + Number(/calls=(\d+)/.exec(line)?.[1]), 0);
}

/** Publishes each point once all readers have the previous one, and counts the readers' commands. */
async function commandsFor(readers: number, subscribe: (stream: Stream<'int32'>) => Observable<unknown>): Promise<number> {
  const published = await publishing(on.store, numeric('int32'));
  const reader = on.another();
  const stream = await reading(reader, published, 'int32');
  published.writer.send(0);
  await published.writer.flush();
  const seen = upTo(readers).map(() => following(subscribe(stream)));
  for (const each$ of seen) await firstValueFrom(each$);
  await untilAwaited(on.client, 1);
  const before = await commandsOfReaders();
  for (const index of upTo(20)) {
    await on.client.xadd(published.writer.key, `${index + 1}-1`, 'payload', Buffer.from(Int32Array.of(index).buffer));
    for (const each$ of seen) await firstValueFrom(each$.pipe(skip(index + 1)));
  }
  const commands = (await commandsOfReaders()) - before;
  await reader.close();
  return commands;
}

describe('many readers at the live end of one stream', () => {
  it.each(kinds)('cost the server no more commands than one: %s', async (_, subscribe) => {
    const one = await commandsFor(1, subscribe);
    const hundred = await commandsFor(100, subscribe);
    process.stdout.write(`20 points one by one: ${one} commands for 1 reader, ${hundred} for 100\n`);
    expect(one).toBeGreaterThanOrEqual(20);
    expect(hundred).toBe(one);
  });

  it('get memory of their own: changes by one reader are invisible to the others', async () => {
    const published = await publishing(on.store, numeric('int32'));
    const stream = await reading(on.another(), published, 'int32');
    const chunks = firstValueFrom(merge(stream.chunks$, stream.chunks$).pipe(take(2), toArray()));
    published.writer.sendBatch(Int32Array.of(1, 2, 3));
    const [first, second] = await chunks;
    first?.data.data.fill(0);
    expect(second?.data.data).toEqual(Int32Array.of(1, 2, 3));
  });
});

describe('a thousand waiting streams in one process', () => {
  it('use at most 4 sockets, and each gets its points', async () => {
    const connections = async (): Promise<number> => String(await on.client.client('LIST')).trim().split('\n').length;
    const scan = await on.store.createScan({ name: 'many', number: 1, data_policy: 'none' });
    const writers = upTo(1000).map((i) => scan.createStream(`s${i}`, numeric('int32')));
    await scan.prepare();
    const others = await connections();

    const reader = on.another();
    const loaded = await firstValueFrom(reader.loadScan(scan.key));
    const streams = await firstValueFrom(loaded.streams$);
    const seen = [...streams.values()].map((stream) => following(stream.points$));
    await untilAwaited(on.client, 1000);
    writers.forEach((writer, i) => writer.send(i));
    for (const [i, points$] of seen.entries()) expect(await firstValueFrom(points$)).toEqual({ index: 0, value: i });
    // One more for the publisher's first write.
    expect((await connections()) - others).toBeLessThanOrEqual(4);
  }, 60_000);
});
