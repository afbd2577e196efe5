/** Leaving a stream releases what reading it held: no more reads, no connection more, and the others read on. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, type Observable } from 'rxjs';
import { numeric, type Stream } from '../../lib/index.js';
import { publishing, reading, untilAwaited } from '../scan/publishing.js';
import { following } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';
import { float64, upTo } from './samples.js';

const on = onRedis();

/** How many XREADs the server has answered since this was last asked for. */
async function readsSince(): Promise<number> {
  const calls = Number(/cmdstat_xread:calls=(\d+)/.exec(await on.client.info('commandstats'))?.[1] ?? 0);
  await on.client.config('RESETSTAT');
  return calls;
}

const connections = async (): Promise<number> => String(await on.client.client('LIST')).trim().split('\n').length;

const subscriptions: readonly [string, (stream: Stream<'float64'>) => Observable<unknown>][] = [
  ['chunks$', (stream) => stream.chunks$],
  ['points$', (stream) => stream.points$],
  ['latest$', (stream) => stream.latest$],
];

describe('unsubscribing', () => {
  it.each(subscriptions)('from %s at the live end reads nothing any more, whatever is published', async (_, subscribe) => {
    const published = await publishing(on.store, numeric('float64'));
    const reader = on.another();
    const stream = await reading(reader, published, 'float64');
    published.writer.send(0);
    await published.writer.flush();

    const seen: unknown[] = [];
    const subscription = subscribe(stream).subscribe((value) => seen.push(value));
    await untilAwaited(on.client, 1);
    subscription.unsubscribe();
    await firstValueFrom(stream.length());
    await readsSince();
    const before = seen.length;
    for (let i = 1; i < 20; i++) {
      published.writer.send(i);
      await published.writer.flush();
    }
    // By the time this is answered, an invalidation by the first of those points would have caused a read, and be counted.
    await firstValueFrom(stream.at(19));
    expect(await readsSince()).toBe(0);
    expect(seen).toHaveLength(before);
  });

  it('leaves others at the same stream alone', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const stream = await reading(on.another(), published, 'float64');
    const staying$ = following(stream.points$);
    const leaving = stream.points$.subscribe();
    published.writer.send(0);
    await firstValueFrom(staying$);
    leaving.unsubscribe();
    await published.writer.seal();
    expect(await firstValueFrom(staying$)).toEqual({ index: 0, value: 0 });
  });

  it('in the middle of many points stops the reading', async () => {
    const published = await publishing(on.store, numeric('uint8', [100_000]));
    for (let i = 0; i < 100; i++) published.writer.send(new Uint8Array(100_000));
    await published.writer.seal();
    const stream = await reading(on.another(), published, 'uint8[]');
    await readsSince();
    await firstValueFrom(stream.points$);
    await firstValueFrom(stream.length());
    expect(await readsSince()).toBeLessThan(5);
  });

  it('before the first answer is as if nothing had been requested', async () => {
    const published = await publishing(on.store, numeric('float64'));
    published.writer.send(0);
    await published.writer.flush();
    const stream = await reading(on.another(), published, 'float64');
    const seen: unknown[] = [];
    for (const [, subscribe] of subscriptions) subscribe(stream).subscribe({ next: (value) => seen.push(value), error: (error: unknown) => seen.push(error) }).unsubscribe();
    expect(await firstValueFrom(stream.points$)).toEqual({ index: 0, value: 0 });
    expect(seen).toEqual([]);
  });
});

describe('a for await loop', () => {
  it('that is left reads nothing any more', async () => {
    const published = await publishing(on.store, numeric('float64'));
    published.writer.send(0);
    await published.writer.flush();
    const stream = await reading(on.another(), published, 'float64');
    for await (const chunk of stream) {
      if (chunk.index === 0) break;
    }
    await firstValueFrom(stream.length());
    await readsSince();
    published.writer.send(1);
    await published.writer.flush();
    await firstValueFrom(stream.at(1));
    expect(await readsSince()).toBe(0);
  });
});

describe('a store', () => {
  it('reads any number of streams over the same few connections', async () => {
    const scan = await on.store.createScan({ name: 'many', number: 1, data_policy: 'none' });
    const writers = upTo(200).map((i) => scan.createStream(`s${i}`, numeric('float64')));
    await scan.prepare();
    const reader = on.another();
    const loaded = await firstValueFrom(reader.loadScan(scan.key));
    const streams = await firstValueFrom(loaded.streams$);
    const seen = [...streams.values()].map((stream) => following(stream.points$));
    await untilAwaited(on.client, 200);
    const before = await connections();
    writers.forEach((writer, i) => writer.send(i));
    for (const [i, points$] of seen.entries()) expect(await firstValueFrom(points$)).toEqual({ index: 0, value: i });
    expect(await connections()).toBe(before);
    // Commands, bulk reads and invalidations for the reader; commands and writes for the publisher; the test's own.
    expect(before).toBeLessThanOrEqual(7);
  });

  it('does not read streams without a subscriber', async () => {
    const published = await publishing(on.store, numeric('float64'));
    await on.client.xadd(published.writer.key, '0-1', 'payload', float64(1));
    const stream = await reading(on.another(), published, 'float64');
    await firstValueFrom(stream.length());
    await readsSince();
    await firstValueFrom(stream.length());
    expect(stream.points$).toBeDefined();
    expect(await readsSince()).toBe(0);
  });
});
