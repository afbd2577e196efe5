/** Streams that are deleted, begun anew or written by two: readers error with what happened, and none waits for ever. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, skip, take, toArray } from 'rxjs';
import { numeric, type Stream } from '../../lib/index.js';
import { expire, publishing, reading, stateKeyOf, untilAwaited, type Published } from '../scan/publishing.js';
import { failureOf, following } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';
import { ended, float64, upTo, valuesOf, withPoints } from './samples.js';

const on = onRedis();

const stream = (published: Published<'float64'>): Promise<Stream<'float64'>> => reading(on.another(), published, 'float64');

describe('a stream that two writers wrote to', () => {
  it('is StreamOverlap where the second begins inside an entry of the first, after all points of that', async () => {
    const published = await publishing(on.store, numeric('float64'));
    await on.client.xadd(published.writer.key, '0-1', 'payload', float64(...upTo(1000)), 'len', '1000');
    await on.client.xadd(published.writer.key, '1-1', 'payload', float64(-1));
    const from = await stream(published);
    const seen$ = following(valuesOf(from));
    expect(await failureOf(seen$)).toMatchObject({ _tag: 'StreamOverlap', key: from.key, stream: 'diode', expected: 1000, found: 1, retriable: false });
    expect(await ended(seen$)).toEqual([...upTo(1000), 'StreamOverlap']);
  });

  it('is StreamOverlap as well where that happens to a reader at the live end', async () => {
    const published = await publishing(on.store, numeric('float64'));
    published.writer.sendBatch(upTo(10));
    await published.writer.flush();
    const seen$ = following(valuesOf(await stream(published)));
    await firstValueFrom(seen$.pipe(skip(9)));
    await on.client.xadd(published.writer.key, '5-1', 'payload', float64(-1));
    expect(await failureOf(seen$)).toMatchObject({ _tag: 'StreamOverlap', expected: 10, found: 5 });
  });

  it('is StreamOverlap for a slice that reaches so far', async () => {
    const { writer, scan } = await withPoints(on.store, 3);
    await on.client.xadd(writer.key, '3-1', 'payload', float64(3, 4, 5), 'len', '3');
    await on.client.xadd(writer.key, '4-1', 'payload', float64(-1));
    await on.client.xadd(writer.key, '6-1', 'payload', float64(6));
    const from = await reading(on.another(), { scan }, 'float64');
    expect(await failureOf(from.slice())).toMatchObject({ _tag: 'StreamOverlap', expected: 6, found: 4 });
    expect(await firstValueFrom(from.slice({ stop: 4 }))).toMatchObject({ data: Float64Array.of(0, 1, 2, 3) });
  });

  it('is IndexNoMoreThere for a slice over points that are missing', async () => {
    const published = await withPoints(on.store, 3);
    await on.client.xadd(published.writer.key, '7-1', 'payload', float64(7));
    const from = await stream(published);
    expect(await failureOf(from.slice())).toMatchObject({ _tag: 'IndexNoMoreThere', index: 3 });
    expect(await firstValueFrom(from.slice({ stop: 3 }))).toMatchObject({ data: Float64Array.of(0, 1, 2) });
    expect(await firstValueFrom(from.slice({ start: 7 }))).toMatchObject({ data: Float64Array.of(7) });
  });

  it('reports points that are missing in the middle as expired', async () => {
    const published = await withPoints(on.store, 3);
    await on.client.xadd(published.writer.key, '7-1', 'payload', float64(7));
    const [, chunk] = await lastValueFrom((await stream(published)).chunks$.pipe(take(2), toArray()));
    expect(chunk).toMatchObject({ index: 3, expired: 4, data: { data: Float64Array.of(7) } });
  });
});

describe('a stream that is being read', () => {
  /** Readers that have read five points and wait for the sixth, with `points$` and with `latest$`. */
  async function waiting() {
    const published = await withPoints(on.store, 5);
    const points$ = following(valuesOf(await stream(published)));
    await firstValueFrom(points$.pipe(skip(4)));
    const latest$ = following((await stream(published)).latest$);
    await firstValueFrom(latest$);
    await untilAwaited(on.client, 1);
    return { published, points$, latest$, key: published.writer.key };
  }

  it('is StreamDeleted when its key is', async () => {
    const { key, points$, latest$ } = await waiting();
    await on.client.del(key);
    expect(await failureOf(points$)).toMatchObject({ _tag: 'StreamDeleted', key, stream: 'diode', retriable: false });
    expect(await failureOf(latest$)).toMatchObject({ _tag: 'StreamDeleted' });
  });

  it('is StreamRewound when it begins anew', async () => {
    const { key, points$, latest$ } = await waiting();
    await on.client.multi().del(key).xadd(key, '0-1', 'payload', float64(-1)).exec();
    expect(await failureOf(points$)).toMatchObject({ _tag: 'StreamRewound', key, stream: 'diode', expected: 5, found: 1, retriable: false });
    expect(await failureOf(latest$)).toMatchObject({ _tag: 'StreamRewound' });
  });

  it('is ScanNotFound when its scan is deleted', async () => {
    const { published, key, points$, latest$ } = await waiting();
    await expire(on.client, published.scan.key, key, await stateKeyOf(on.client, published.scan.key));
    expect(await failureOf(points$)).toMatchObject({ _tag: 'ScanNotFound', key: published.scan.key, retriable: false });
    expect(await failureOf(latest$)).toMatchObject({ _tag: 'ScanNotFound' });
  });

  it('is StreamRewound to nothing when the whole database is emptied', async () => {
    const { points$, latest$ } = await waiting();
    await on.client.flushall();
    expect(await failureOf(points$)).toMatchObject({ _tag: 'StreamRewound', found: 0, retriable: false });
    expect(await failureOf(latest$)).toMatchObject({ _tag: 'StreamRewound', found: 0 });
  });

  it('before its first point is ScanNotFound when its scan is deleted', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const from = await stream(published);
    const points$ = following(from.points$);
    const latest$ = following(from.latest$);
    await untilAwaited(on.client, 1);
    await expire(on.client, published.scan.key, await stateKeyOf(on.client, published.scan.key));
    expect(await failureOf(points$)).toMatchObject({ _tag: 'ScanNotFound' });
    expect(await failureOf(latest$)).toMatchObject({ _tag: 'ScanNotFound' });
  });

  it('is a ServerError where its key holds something else', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const from = await stream(published);
    await on.client.set(from.key, 'x');
    for (const read$ of [from.points$, from.latest$, from.at(0), from.slice(), from.length()]) expect(await failureOf(read$)).toMatchObject({ _tag: 'ServerError', code: 'WRONGTYPE' });
  });
});
