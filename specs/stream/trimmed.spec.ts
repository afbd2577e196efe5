/** Points that were trimmed off before they could be read, as memory housekeeping does: readers report how many. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, skip, toArray } from 'rxjs';
import type { Stream } from '../../lib/index.js';
import { reading, untilAwaited, type Published } from '../scan/publishing.js';
import { failureOf, following } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';
import { ended, float64, upTo, withPoints } from './samples.js';

const on = onRedis();

const stream = (published: Published<'float64'>): Promise<Stream<'float64'>> => reading(on.another(), published, 'float64');

describe('points that were trimmed off', () => {
  it('are reported by chunks$, which goes on with what is left', async () => {
    const published = await withPoints(on.store, 10);
    await on.client.xtrim(published.writer.key, 'MINID', '4-0');
    await published.writer.seal();
    const [chunk, ...others] = await lastValueFrom((await stream(published)).chunks$.pipe(toArray()));
    expect(chunk).toMatchObject({ index: 0, expired: 4, data: { data: Float64Array.of(4, 5, 6, 7, 8, 9) } });
    expect(others).toEqual([]);
  });

  it('are IndexNoMoreThere of points$, unless it skips them', async () => {
    const published = await withPoints(on.store, 10);
    await on.client.xtrim(published.writer.key, 'MINID', '4-0');
    await published.writer.seal();
    const from = await stream(published);
    expect(await failureOf(from.points$)).toMatchObject({ _tag: 'IndexNoMoreThere', key: from.key, stream: 'diode', index: 0, retriable: false });
    expect(await ended(from.points({ expired: 'error' }))).toEqual(['IndexNoMoreThere']);
    expect(await ended(from.points({ expired: 'skip' }))).toEqual(upTo(10).slice(4).map((i) => ({ index: i, value: i })));
  });

  it('are reported in the middle of a stream to a reader that was too slow', async () => {
    const published = await withPoints(on.store, 3);
    const chunks$ = following((await stream(published)).chunks$);
    await firstValueFrom(chunks$);
    await on.client
      .multi()
      .xadd(published.writer.key, '3-1', 'payload', float64(3))
      .xadd(published.writer.key, '4-1', 'payload', float64(4))
      .xtrim(published.writer.key, 'MINID', '4-0')
      .exec();
    expect(await firstValueFrom(chunks$.pipe(skip(1)))).toMatchObject({ index: 3, expired: 1, data: { data: Float64Array.of(4) } });
  });

  it('may be all there were: the reader waits for the next, and completes at the seal', async () => {
    const published = await withPoints(on.store, 5);
    await on.client.xtrim(published.writer.key, 'MINID', '5-0');
    const chunks$ = following((await stream(published)).chunks$);
    await untilAwaited(on.client, 1);
    published.writer.send(5);
    expect(await firstValueFrom(chunks$)).toMatchObject({ index: 0, expired: 5, data: { data: Float64Array.of(5) } });
    await published.writer.seal();
    expect(await lastValueFrom(chunks$.pipe(toArray()))).toHaveLength(1);
  });

  it('may be all of a sealed stream: chunks$ reports how many, points$ errors', async () => {
    const published = await withPoints(on.store, 5);
    await published.writer.seal();
    await on.client.xtrim(published.writer.key, 'MINID', '5-0');
    const from = await stream(published);
    expect(await lastValueFrom(from.chunks$.pipe(toArray()))).toMatchObject([{ index: 0, expired: 5, data: { shape: [0] } }]);
    expect(await failureOf(from.points$)).toMatchObject({ _tag: 'IndexNoMoreThere', index: 0 });
    expect(await ended(from.points({ expired: 'skip' }))).toEqual([]);
  });

  it('are reported by chunksFrom from its index on', async () => {
    const published = await withPoints(on.store, 10);
    await on.client.xtrim(published.writer.key, 'MINID', '6-0');
    const from = await stream(published);
    expect(await firstValueFrom(from.chunksFrom(4))).toMatchObject({ index: 4, expired: 2, data: { data: Float64Array.of(6, 7, 8, 9) } });
    expect(await firstValueFrom(from.chunksFrom(7))).toMatchObject({ index: 7, expired: 0, data: { data: Float64Array.of(7, 8, 9) } });
  });

  it('do not concern latest$', async () => {
    const published = await withPoints(on.store, 10);
    await on.client.xtrim(published.writer.key, 'MINID', '9-0');
    expect(await firstValueFrom((await stream(published)).latest$)).toEqual({ index: 9, value: 9 });
  });
});
