/** Publishing what a source emits, with a server behind it that answers when it answers. */
import { describe, expect, it } from '@jest/globals';
import { concat, EMPTY, firstValueFrom, from, lastValueFrom, map, NEVER, of, range, Subject, take, throwError, toArray } from 'rxjs';
import { numeric, type StreamWriter } from '../../lib/index.js';
import { publishTo } from '../../lib/operators.js';
import { publishing, reading, type Published } from '../scan/publishing.js';
import { failureOf, following } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

const valuesOf = async (published: Published<'float64'>): Promise<readonly number[]> =>
  firstValueFrom((await reading(on.another(), published, 'float64')).slice().pipe(map(({ data }) => [...data])));

/** An open stream says that a point is not yet there, a sealed one that it won't be. */
async function isSealed(published: Published<'float64'>): Promise<boolean> {
  const stream = await reading(on.another(), published, 'float64');
  const error = await failureOf(stream.at(1_000_000));
  return Object(error)._tag === 'IndexWontBeThere';
}

/** Sends a point after all others, so that it is known that those arrived. */
async function settled(writer: StreamWriter<'float64'>): Promise<void> {
  writer.send(-1);
  await writer.flush();
}

describe('publishTo', () => {
  it('does nothing before it is subscribed to', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const publishing$ = of(1, 2).pipe(publishTo(published.writer));
    await settled(published.writer);
    expect(await valuesOf(published)).toEqual([-1]);
    await lastValueFrom(publishing$);
    expect(await valuesOf(published)).toEqual([-1, 1, 2]);
  });

  it('emits how many points the server confirmed, seals, and completes when all is there', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const source$ = new Subject<number>();
    const counts$ = following(source$.pipe(publishTo(published.writer)));
    source$.next(10);
    expect(await firstValueFrom(counts$)).toBe(1);
    source$.next(20);
    source$.next(30);
    source$.complete();
    expect(await lastValueFrom(counts$.pipe(toArray()))).toEqual([1, 3]);
    expect(await valuesOf(published)).toEqual([10, 20, 30]);
    expect(await isSealed(published)).toBe(true);
  });

  it('seals an empty stream when the source has nothing', async () => {
    const published = await publishing(on.store, numeric('float64'));
    expect(await lastValueFrom(EMPTY.pipe(publishTo(published.writer)), { defaultValue: 'nothing' })).toBe('nothing');
    expect(await isSealed(published)).toBe(true);
  });

  it('errors with what the source errors with, leaves the stream open, and what was sent is written', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const reason = new Error('the detector is gone');
    expect(await failureOf(concat(of(1, 2), throwError(() => reason)).pipe(publishTo(published.writer)))).toBe(reason);
    expect(await isSealed(published)).toBe(false);
    await settled(published.writer);
    expect(await valuesOf(published)).toEqual([1, 2, -1]);
    await published.scan.close();
    expect(await isSealed(published)).toBe(true);
  });

  it('leaves the source and the stream open when its subscriber leaves', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const source$ = new Subject<number>();
    const counts = lastValueFrom(source$.pipe(publishTo(published.writer), take(1)));
    source$.next(1);
    expect(await counts).toBe(1);
    expect(source$.observed).toBe(false);
    source$.next(2);
    source$.complete();
    await settled(published.writer);
    expect(await valuesOf(published)).toEqual([1, -1]);
    expect(await isSealed(published)).toBe(false);
  });

  it('errors with InvalidPoint at a value that does not fit, and sends nothing after it', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const values: readonly number[] = JSON.parse('[1, 2, "three", 4]');
    expect(await failureOf(from(values).pipe(publishTo(published.writer)))).toMatchObject({ _tag: 'InvalidPoint', received: '"three"' });
    await settled(published.writer);
    expect(await valuesOf(published)).toEqual([1, 2, -1]);
    expect(await isSealed(published)).toBe(false);
  });

  it('errors with Overflow where a source outruns the server, takes no more from it, and leaves the stream open', async () => {
    const published = await publishing(on.store, numeric('float64'));
    let taken = 0;
    const source$ = range(0, 1_000_000_000).pipe(map((i) => (taken++, i)));
    const error = await failureOf(source$.pipe(publishTo(published.writer, { overflowAt: 800 })));
    expect(error).toMatchObject({ _tag: 'Overflow', key: published.writer.key, stream: 'diode', limit: 800, retriable: false });
    expect(taken).toBe(101);
    await settled(published.writer);
    expect(await valuesOf(published)).toEqual([...Array.from({ length: 101 }, (_, i) => i), -1]);
    expect(await isSealed(published)).toBe(false);
  });

  it('errors with what the writer fails with, also while the source is silent', async () => {
    const { writer } = await publishing(on.store, numeric('float64'));
    await on.client.xadd(writer.key, '0-1', 'payload', Buffer.alloc(8));
    expect(await failureOf(concat(of(1), NEVER).pipe(publishTo(writer)))).toMatchObject({ _tag: 'WriteConflict' });
  });

  it('errors with StreamSealed on a stream that is sealed', async () => {
    const { writer } = await publishing(on.store, numeric('float64'));
    await writer.seal();
    expect(await failureOf(of(1).pipe(publishTo(writer)))).toMatchObject({ _tag: 'StreamSealed' });
  });
});

describe('publishTo an AsyncIterable', () => {
  it('requests the next value only when there is room, and writes all of them', async () => {
    const published = await publishing(on.store, numeric('float64'), { highWaterMark: 80 });
    let most = 0;
    async function* source(): AsyncGenerator<number> {
      for (let i = 0; i < 2000; i++) {
        most = Math.max(most, published.writer.pendingBytes);
        yield i;
      }
    }
    expect(await lastValueFrom(publishTo(published.writer)(source()))).toBe(2000);
    expect(most).toBeLessThan(80);
    expect(await valuesOf(published)).toEqual(Array.from({ length: 2000 }, (_, i) => i));
    expect(await isSealed(published)).toBe(true);
  });

  it('errors with what it throws, and leaves the stream open', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const reason = new Error('the detector is gone');
    async function* source(): AsyncGenerator<number> {
      yield 1;
      throw reason;
    }
    expect(await failureOf(publishTo(published.writer)(source()))).toBe(reason);
    await settled(published.writer);
    expect(await valuesOf(published)).toEqual([1, -1]);
    expect(await isSealed(published)).toBe(false);
  });

  it('ends it when the subscriber leaves, and leaves the stream open', async () => {
    const published = await publishing(on.store, numeric('float64'), { highWaterMark: 8 });
    const ended = new Subject<void>();
    const end = firstValueFrom(ended, { defaultValue: 'ended' });
    async function* source(): AsyncGenerator<number> {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        ended.complete();
      }
    }
    await firstValueFrom(publishTo(published.writer)(source()));
    expect(await end).toBe('ended');
    expect(await isSealed(published)).toBe(false);
  });

  it('errors with what the writer fails with, and ends it', async () => {
    const { writer } = await publishing(on.store, numeric('float64'), { highWaterMark: 8 });
    await on.client.xadd(writer.key, '0-1', 'payload', Buffer.alloc(8));
    async function* source(): AsyncGenerator<number> {
      for (let i = 0; ; i++) yield i;
    }
    expect(await failureOf(publishTo(writer)(source()))).toMatchObject({ _tag: 'WriteConflict' });
  });
});
