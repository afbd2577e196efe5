/** Sending points: what the server has after it, when there is room for more, and how a stream ends. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map, take, toArray } from 'rxjs';
import { json, numeric, type Encoder, type StreamType } from '../../lib/index.js';
import { ndArray } from '../../lib/model/nd-array.js';
import { publishing, reading } from '../scan/publishing.js';
import { failureOf, following } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

const numbersOf = async (published: Parameters<typeof reading>[1]): Promise<readonly number[]> =>
  firstValueFrom((await reading(on.another(), published, 'float64')).slice().pipe(map(({ data }) => [...data])));

describe('send', () => {
  it('writes every point in order, over many windows', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const values = Array.from({ length: 50_000 }, (_, i) => i / 4);
    for (const value of values) published.writer.send(value);
    expect(published.writer.length).toBe(50_000);
    await published.writer.flush();
    expect(published.writer.pendingBytes).toBe(0);
    expect(await numbersOf(published)).toEqual(values);
  });

  it('answers false when more waits than the high-water mark, and true again when ready() has resolved', async () => {
    const published = await publishing(on.store, numeric('float64'), { highWaterMark: 24 });
    const { writer } = published;
    expect([writer.send(0), writer.send(1), writer.send(2), writer.send(3)]).toEqual([true, true, false, false]);
    expect(writer.pendingBytes).toBe(32);
    await writer.ready();
    expect(writer.pendingBytes).toBeLessThan(24);
    expect(writer.send(4)).toBe(true);
    await writer.flush();
    expect(await numbersOf(published)).toEqual([0, 1, 2, 3, 4]);
  });

  it('answers ready() by the room at its call: points sent before it resolves do not delay it', async () => {
    const { writer } = await publishing(on.store, numeric('float64'), { highWaterMark: 24 });
    const pending = writer.ready().then(() => writer.pendingBytes);
    for (let i = 0; i < 4; i++) writer.send(i);
    expect(await pending).toBe(32);
    await writer.flush();
  });

  it('with ready() in the loop keeps no more than the mark, and writes everything', async () => {
    const published = await publishing(on.store, numeric('float64'), { highWaterMark: 64 });
    const { writer } = published;
    let most = 0;
    for (let i = 0; i < 1000; i++) {
      if (!writer.send(i)) await writer.ready();
      most = Math.max(most, writer.pendingBytes);
    }
    expect(await writer.seal()).toBe(1000);
    expect(most).toBeLessThanOrEqual(64);
    expect(await numbersOf(published)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it('takes a point that alone is more than the mark', async () => {
    const { writer } = await publishing(on.store, numeric('uint8', [1000]), { highWaterMark: 100 });
    expect(writer.send(new Uint8Array(1000))).toBe(false);
    await writer.ready();
    expect(writer.send(new Uint8Array(1000))).toBe(false);
    expect(await writer.seal()).toBe(2);
  });

  it.each([0, -1, NaN])('a high-water mark of %d is InvalidArgument, and there is no such stream', async (highWaterMark) => {
    const { scan } = await publishing(on.store, json());
    expect(await failureOf(() => scan.createStream('other', json(), {}, { highWaterMark }))).toMatchObject({ _tag: 'InvalidArgument', argument: 'highWaterMark' });
    expect([...scan.streams.keys()]).toEqual(['diode']);
  });

  it('does not change points that are changed afterwards', async () => {
    const published = await publishing(on.store, numeric('float64', [2]));
    const point = Float64Array.of(1, 2);
    published.writer.send(point);
    point.fill(9);
    await published.writer.flush();
    const stream = await reading(on.store, published, 'float64[]');
    expect(await firstValueFrom(stream.at(0))).toEqual(ndArray('float64', [2], Float64Array.of(1, 2)));
  });
});

describe('sendBatch', () => {
  it('takes lists, typed arrays and arrays with one more dimension', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const { writer } = published;
    writer.sendBatch([1, 2]);
    writer.sendBatch(Float64Array.of(3, 4));
    writer.sendBatch(ndArray('float64', [2], Float64Array.of(5, 6)));
    expect(writer.length).toBe(6);
    expect(await writer.seal()).toBe(6);
    expect(await numbersOf(published)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('answers false beyond the high-water mark as well', async () => {
    const { writer } = await publishing(on.store, numeric('float64'), { highWaterMark: 24 });
    expect(writer.sendBatch([1, 2])).toBe(true);
    expect(writer.sendBatch([3, 4])).toBe(false);
  });
});

describe('flush', () => {
  it('resolves when the server has what was sent, and at once if nothing was', async () => {
    const { writer } = await publishing(on.store, numeric('float64'), { coalesce: false });
    await writer.flush();
    for (let i = 0; i < 5000; i++) writer.send(i);
    await writer.flush();
    expect(await on.client.xlen(writer.key)).toBe(5000);
    await writer.flush();
  });
});

describe('acknowledged$', () => {
  it('counts what the server confirmed, from the present number on, and completes at the seal', async () => {
    const { writer } = await publishing(on.store, numeric('float64'));
    const early$ = following(writer.acknowledged$);
    expect(await firstValueFrom(early$)).toBe(0);
    writer.send(1);
    await writer.flush();
    writer.sendBatch([2, 3]);
    await writer.flush();
    expect(await firstValueFrom(writer.acknowledged$)).toBe(3);
    await writer.seal();
    expect(await lastValueFrom(early$.pipe(toArray()))).toEqual([0, 1, 3]);
    expect(await lastValueFrom(writer.acknowledged$, { defaultValue: 'completed' })).toBe('completed');
  });
});

describe('seal', () => {
  it('resolves to the number of points, also those not flushed, and again when it is called again', async () => {
    const { writer } = await publishing(on.store, numeric('float64'));
    writer.sendBatch([1, 2, 3]);
    expect(await Promise.all([writer.seal(), writer.seal()])).toEqual([3, 3]);
    expect(await writer.seal()).toBe(3);
    expect(await on.client.xlen(writer.key)).toBe(2);
  });

  it('of an empty stream resolves to 0, and readers complete', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const stream = await reading(on.another(), published, 'float64');
    const points$ = following(stream.points$);
    expect(await published.writer.seal()).toBe(0);
    expect(await lastValueFrom(points$.pipe(toArray()))).toEqual([]);
  });

  it('works before the scan is prepared', async () => {
    const scan = await on.store.createScan({ name: 'x', number: 1, data_policy: 'none' });
    const writer = scan.createStream('diode', json());
    writer.send('early');
    expect(await writer.seal()).toBe(1);
  });

  it('lets no point in after it was called', async () => {
    const { writer } = await publishing(on.store, numeric('float64'));
    writer.send(1);
    const sealing = writer.seal();
    expect(await failureOf(() => writer.send(2))).toMatchObject({ _tag: 'StreamSealed', key: writer.key, stream: 'diode', retriable: false });
    expect(await failureOf(() => writer.sendBatch([2]))).toMatchObject({ _tag: 'StreamSealed' });
    expect(await sealing).toBe(1);
    expect(await failureOf(() => writer.send(2))).toMatchObject({ _tag: 'StreamSealed' });
    await writer.flush();
    await writer.ready();
  });
});

describe('a point that does not fit', () => {
  const unfit: readonly [string, Encoder, readonly unknown[]][] = [
    ['float64', numeric('float64'), ['1', 1n, null, undefined, [1], { re: 1 }, Float64Array.of(1)]],
    ['float32', numeric('float32'), [1e300, '1']],
    ['int8', numeric('int8'), [128, -129, 1.5, NaN, 1n, true]],
    ['uint64', numeric('uint64'), [-1n, 2n ** 64n, 2 ** 60, 0.5]],
    ['bool', numeric('bool'), [0, 1, 'true']],
    ['complex128', numeric('complex128'), [1, { re: 1 }, [1, 2]]],
    ['int32[]', numeric('int32', [2]), [Int32Array.of(1), Int32Array.of(1, 2, 3), [1, 2], Float64Array.of(1, 2), ndArray('int32', [1, 2], Int32Array.of(1, 2)), 5]],
    ['int32[*]', numeric('int32', [-1, 2]), [Int32Array.of(1, 2), ndArray('int32', [1, 3], new Int32Array(3)), ndArray('int32', [0, 2], new Int32Array(0))]],
    ['json', json(), [undefined, () => 1, 'half of \ud83d', 2n ** 64n, new Map(), [undefined]]],
  ];
  const fit: { readonly [type: string]: unknown } = { float64: 0.5, float32: 0.5, int8: -1, uint64: 1n, bool: true, complex128: { re: 1, im: 2 }, 'int32[]': Int32Array.of(1, 2), 'int32[*]': ndArray('int32', [1, 2], Int32Array.of(1, 2)), json: { a: 1 } };

  it.each(unfit)('into %s is InvalidPoint, and leaves the stream as it was', async (type, encoder, points) => {
    const { writer } = await publishing<StreamType>(on.store, encoder);
    const good = fit[type];
    const send = (point: unknown): unknown => Reflect.apply(writer.send, writer, [point]);
    send(good);
    for (const point of points) {
      expect(await failureOf(() => send(point))).toMatchObject({ _tag: 'InvalidPoint', key: writer.key, stream: 'diode', retriable: false });
      expect(writer.length).toBe(1);
      expect(await failureOf(() => Reflect.apply(writer.sendBatch, writer, [[good, point, good]]))).toMatchObject({ _tag: 'InvalidPoint', received: expect.stringContaining('position 1') });
      expect(writer.length).toBe(1);
    }
    send(good);
    expect(await writer.seal()).toBe(2);
  });

  it.each([[[]], [null], [5], ['ab'], [new Float64Array(0)], [Int32Array.of(1)], [ndArray('float64', [1, 1], Float64Array.of(1))]])('as a batch (%p) is InvalidPoint as well', async (batch) => {
    const { writer } = await publishing(on.store, numeric('float64'));
    expect(await failureOf(() => Reflect.apply(writer.sendBatch, writer, [batch]))).toMatchObject({ _tag: 'InvalidPoint' });
    expect(await writer.seal()).toBe(0);
  });
});

it('readers get points while they are being sent', async () => {
  const published = await publishing(on.store, numeric('float64'));
  const stream = await reading(on.another(), published, 'float64');
  const seen$ = following(stream.points$.pipe(map(({ value }) => value)));
  for (let i = 0; i < 5; i++) {
    published.writer.send(i);
    expect(await lastValueFrom(seen$.pipe(take(i + 1)))).toBe(i);
  }
});
