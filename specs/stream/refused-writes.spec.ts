/** Writing to a stream that has changed meanwhile: nothing is doubled, nothing recreated, and the writer fails. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, map } from 'rxjs';
import { numeric, type StreamWriter } from '../../lib/index.js';
import { expire, publishing, reading, stateKeyOf, type Published } from '../scan/publishing.js';
import { failureOf, following } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

const float64 = (...values: readonly number[]): Buffer => Buffer.from(Float64Array.from(values).buffer);

/** A stream whose points 0, 1 and 2 the server has. */
async function withThreePoints(): Promise<Published<'float64'>> {
  const published = await publishing(on.store, numeric('float64'));
  published.writer.sendBatch([0, 1, 2]);
  await published.writer.flush();
  return published;
}

const ids = async (key: string): Promise<readonly string[]> => (await on.client.xrange(key, '-', '+')).map(([id]) => id);

/** Sends a point that will be refused; everything that tells of it must say the same. */
async function refusedBy(writer: StreamWriter<'float64'>): Promise<unknown> {
  const acknowledged$ = following(writer.acknowledged$);
  writer.send(3);
  const [error, ...others] = await Promise.all([failureOf(writer.flush()), failureOf(writer.flush()), failureOf(acknowledged$)]);
  for (const other of others) expect(other).toBe(error);
  expect(await failureOf(() => writer.send(4))).toBe(error);
  expect(await failureOf(() => writer.sendBatch([4]))).toBe(error);
  expect(await failureOf(writer.flush())).toBe(error);
  return error;
}

describe('a second writer', () => {
  it('is WriteConflict, which names both ids; its points stay, ours are not written, nothing is doubled', async () => {
    const { writer } = await withThreePoints();
    await on.client.xadd(writer.key, '3-1', 'payload', float64(33));
    expect(await refusedBy(writer)).toMatchObject({ _tag: 'WriteConflict', key: writer.key, stream: 'diode', expected: '0-1', found: '3-1', retriable: false });
    expect(await ids(writer.key)).toEqual(['0-1', '3-1']);
  });

  it('is noticed where the stream was empty, too', async () => {
    const { writer } = await publishing(on.store, numeric('float64'));
    await on.client.xadd(writer.key, '0-1', 'payload', float64(33));
    expect(await refusedBy(writer)).toMatchObject({ _tag: 'WriteConflict', expected: '0-0', found: '0-1' });
    expect(await ids(writer.key)).toEqual(['0-1']);
  });

  it('leaves seal to end the stream after the points that are there, and to say that ours are not', async () => {
    const published = await withThreePoints();
    const { writer } = published;
    await on.client.xadd(writer.key, '3-1', 'payload', float64(33));
    writer.send(3);
    expect(await failureOf(writer.seal())).toMatchObject({ _tag: 'WriteConflict' });
    const stream = await reading(on.another(), published, 'float64');
    expect(await firstValueFrom(stream.slice().pipe(map(({ data }) => [...data])))).toEqual([0, 1, 2, 33]);
    expect(await failureOf(stream.at(4))).toMatchObject({ _tag: 'IndexWontBeThere', length: 4 });
  });

  it('makes a waiting ready() reject', async () => {
    const { writer } = await publishing(on.store, numeric('float64'), { highWaterMark: 8 });
    await on.client.xadd(writer.key, '0-1', 'payload', float64(33));
    expect(writer.send(1)).toBe(false);
    expect(await failureOf(writer.ready())).toMatchObject({ _tag: 'WriteConflict' });
  });
});

describe('a stream that vanished', () => {
  it('is StreamRewound, and is not begun anew', async () => {
    const { writer } = await withThreePoints();
    await on.client.del(writer.key);
    expect(await refusedBy(writer)).toMatchObject({ _tag: 'StreamRewound', expected: 3, found: 0 });
    expect(await on.client.exists(writer.key)).toBe(0);
  });

  it('with its scan is ScanNotFound, and no key is left behind', async () => {
    const { scan, writer } = await withThreePoints();
    await on.client.del(scan.key, writer.key, await stateKeyOf(on.client, scan.key));
    expect(await refusedBy(writer)).toMatchObject({ _tag: 'ScanNotFound', key: scan.key, retriable: false });
    expect(await failureOf(writer.seal())).toMatchObject({ _tag: 'ScanNotFound' });
    expect((await on.client.keys('esrf:*')).filter((key) => !key.startsWith('esrf:scan:index'))).toEqual([]);
  });

  it('with its scan before its first point is ScanNotFound as well', async () => {
    const { scan, writer } = await publishing(on.store, numeric('float64'));
    await on.client.del(scan.key, await stateKeyOf(on.client, scan.key));
    expect(await failureOf(writer.seal())).toMatchObject({ _tag: 'ScanNotFound', key: scan.key });
    expect(await on.client.exists(writer.key)).toBe(0);
  });

  it('is about to vanish when its scan is deleted: ScanNotFound, and it keeps its time to live', async () => {
    const { scan, writer } = await withThreePoints();
    await expire(on.client, scan.key, writer.key, await stateKeyOf(on.client, scan.key));
    expect(await refusedBy(writer)).toMatchObject({ _tag: 'ScanNotFound', key: scan.key });
    expect(await ids(writer.key)).toEqual(['0-1']);
    expect(await on.client.ttl(writer.key)).toBeGreaterThan(0);
  });
});

describe('a stream that another writer has sealed', () => {
  it('is StreamSealed, and the seal stands', async () => {
    const { writer } = await withThreePoints();
    await on.client.call('FCALL', ['seal_stream', '1', writer.key]);
    expect(await refusedBy(writer)).toMatchObject({ _tag: 'StreamSealed', key: writer.key, stream: 'diode' });
    expect(await ids(writer.key)).toEqual(['0-1', '18446744073709551615-18446744073709551615']);
  });

  it('may be sealed again where nothing was sent since', async () => {
    const { writer } = await withThreePoints();
    await on.client.call('FCALL', ['seal_stream', '1', writer.key]);
    expect(await writer.seal()).toBe(3);
    expect(await failureOf(() => writer.send(3))).toMatchObject({ _tag: 'StreamSealed' });
  });
});

it('a key that holds no stream is a ServerError, and is left alone', async () => {
  const { writer } = await publishing(on.store, numeric('float64'));
  await on.client.set(writer.key, 'x');
  expect(await refusedBy(writer)).toMatchObject({ _tag: 'ServerError', code: 'WRONGTYPE', retriable: false });
  expect(await on.client.get(writer.key)).toBe('x');
});

it('a stream of which all points were trimmed off is written on', async () => {
  const published = await withThreePoints();
  const { writer } = published;
  await on.client.xtrim(writer.key, 'MINID', '3-0');
  expect(await on.client.xlen(writer.key)).toBe(0);
  writer.send(3);
  expect(await writer.seal()).toBe(4);
  expect(await firstValueFrom((await reading(on.another(), published, 'float64')).at(3))).toBe(3);
});

it('a stream of which all points were trimmed off seals at what was sent', async () => {
  const { writer } = await withThreePoints();
  await on.client.xtrim(writer.key, 'MINID', '3-0');
  expect(await writer.seal()).toBe(3);
});

it('one refused stream does not stop another of the same scan', async () => {
  const scan = await on.store.createScan({ name: 'two', number: 1, data_policy: 'none' });
  const broken = scan.createStream('broken', numeric('float64'));
  const diode = scan.createStream('diode', numeric('float64'));
  await scan.prepare();
  await on.client.xadd(broken.key, '0-1', 'payload', float64(33));
  broken.send(1);
  diode.send(2);
  expect(await failureOf(broken.flush())).toMatchObject({ _tag: 'WriteConflict' });
  diode.send(3);
  expect(await diode.seal()).toBe(2);
});
