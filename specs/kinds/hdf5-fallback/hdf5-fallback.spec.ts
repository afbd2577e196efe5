/** Saved streams: what was trimmed off in Redis comes from the file, each point once, for every way to read. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { concatMap, firstValueFrom, from, lastValueFrom, map, reduce, take, toArray } from 'rxjs';
import { DataStore, ndArray, numeric, type ConsumeOptions, type Stream, type StreamWriter } from '../../../lib/index.js';
import { hdf5Fallback } from '../../../lib/kinds.js';
import { identity } from '../../scan/publishing.js';
import { failureOf, following } from '../../store/outcomes.js';
import { onRedis } from '../../store/on-redis.js';
import { upTo } from '../../stream/samples.js';
import { FilesInMemory } from '../../support/array-files.js';

const on = onRedis();
const place = { file: '/data/scan.h5', dataset: '/1.1/measurement/diode' };
let files: FilesInMemory;
let writer: StreamWriter<'float64'>;
let stream: Stream<'float64'>;
let stores: DataStore[] = [];

beforeEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  stores = [];
  files = new FilesInMemory();
  const scan = await on.store.createScan(identity);
  writer = scan.createStream('diode', numeric('float64'), { plugin: 'hdf5_fallback', file_path: place.file, data_path: place.dataset }, { coalesce: false });
  await scan.prepare();
  stream = await open(scan.key, { files });
});

async function open(key: string, options: { readonly files?: FilesInMemory }): Promise<Stream<'float64'>> {
  const store = DataStore.connect(on.url, options);
  stores.push(store);
  return firstValueFrom((await firstValueFrom(store.loadScan(key))).stream('diode', 'float64'));
}

async function publish(start: number, stop: number, saved = stop): Promise<void> {
  for (let i = start; i < stop; i++) writer.send(i);
  await writer.flush();
  files.put(place.file, place.dataset, ndArray('float64', [saved], Float64Array.from(upTo(saved))));
}

const trim = (index: number): Promise<number> => on.client.xtrim(writer.key, 'MINID', `${index}-0`);
const points = (of: Stream<'float64'>): Promise<readonly number[]> => lastValueFrom(of.points$.pipe(map(({ value }) => value), toArray()));

describe('a saved stream', () => {
  it('is of its kind, and says where the points are saved', () => {
    expect(stream.kind).toBe('hdf5_fallback');
    expect(stream.as(hdf5Fallback)?.place).toEqual({ format: 'hdf5', ...place });
  });

  it('reads nothing from the file as long as Redis has all points', async () => {
    await publish(0, 10);
    await writer.seal();
    expect(await points(stream)).toEqual(upTo(10));
    expect(files.reads).toEqual([]);
  });

  it('reads what was trimmed off from the file and goes on in Redis', async () => {
    await publish(0, 10, 7);
    await trim(4);
    await writer.seal();
    expect(await lastValueFrom(stream.chunks$.pipe(toArray()))).toEqual([
      { index: 0, expired: 0, data: ndArray('float64', [4], Float64Array.of(0, 1, 2, 3)) },
      { index: 4, expired: 0, data: ndArray('float64', [6], Float64Array.of(4, 5, 6, 7, 8, 9)) },
    ]);
    expect(files.reads).toEqual([`${place.file}:${place.dataset} 0-4`]);
  });

  it('does so when all of it was trimmed off, sealed or not', async () => {
    await publish(0, 10);
    await trim(10);
    const followed$ = following(stream.points$);
    expect(await firstValueFrom(followed$)).toEqual({ index: 0, value: 0 });
    await publish(10, 12);
    await trim(12);
    await writer.seal();
    expect(await lastValueFrom(followed$.pipe(map(({ value }) => value), toArray()))).toEqual(upTo(12));
    expect(await points(stream)).toEqual(upTo(12));
  });

  it('neither loses nor repeats points that are trimmed off while it is read', async () => {
    await publish(0, 300, 250);
    await trim(50);
    let seen = 0;
    const slow$ = stream.consume(async ({ index, expired, data }) => {
      expect({ index, expired }).toEqual({ index: seen, expired: 0 });
      seen += data.data.length;
      expect(Array.from(data.data)).toEqual(upTo(seen).slice(index));
      await trim(Math.min(seen + 70, 250));
      if (seen === 300) await writer.seal();
    });
    await lastValueFrom(slow$, { defaultValue: undefined });
    expect(seen).toBe(300);
  });

  it('reads the file in pieces of about a MB', async () => {
    await publish(0, 3);
    files.put(place.file, place.dataset, ndArray('float64', [300_000], Float64Array.from(upTo(300_000))));
    await on.client.xadd(writer.key, '300000-1', 'payload', Buffer.from(Float64Array.of(300_000).buffer));
    await trim(300_000);
    const sizes$ = stream.consume(({ data }) => [data.data.length]);
    const sum$ = sizes$.pipe(reduce((total, size) => total + size, 0));
    const sized = following(sizes$);
    expect(await firstValueFrom(sized)).toBe(131_072);
    await on.client.fcall('seal_stream', 1, writer.key);
    expect(await lastValueFrom(sum$)).toBe(300_001);
    expect(await lastValueFrom(sized.pipe(toArray()))).toEqual([131_072, 131_072, 300_000 - 262_144, 1]);
  });

  it('reads at and slice from wherever the points are', async () => {
    await publish(0, 20, 15);
    await trim(8);
    expect(await lastValueFrom(from([0, 7, 8, 19]).pipe(concatMap((i) => stream.at(i)), toArray()))).toEqual([0, 7, 8, 19]);
    const slices = [{ start: 2, stop: 6 }, { start: 2, stop: 12 }, {}, { step: 3 }, { start: 7, step: 5 }, { start: 5, stop: 9, step: 10 }, { start: 9 }];
    for (const bounds of slices) {
      const { start = 0, stop = 20, step = 1 } = bounds;
      const expected = upTo(20).slice(start, stop).filter((_, i) => i % step === 0);
      expect(await firstValueFrom(stream.slice(bounds))).toEqual(ndArray('float64', [expected.length], Float64Array.from(expected)));
    }
    expect(await failureOf(stream.at(20))).toMatchObject({ _tag: 'IndexNotYetThere' });
    await trim(20);
    await writer.seal();
    expect(await firstValueFrom(stream.at(-18))).toBe(2);
    expect(await failureOf(stream.at(-21))).toMatchObject({ _tag: 'IndexOutOfRange' });
    expect(await firstValueFrom(stream.slice({ start: -18, stop: -15 }))).toEqual(ndArray('float64', [3], Float64Array.of(2, 3, 4)));
  });

  it('does not read the file for points that Redis has, that are not there yet, or that never will be', async () => {
    await publish(0, 10);
    await trim(4);
    expect(await firstValueFrom(stream.at(4))).toBe(4);
    expect(await failureOf(stream.at(10))).toMatchObject({ _tag: 'IndexNotYetThere' });
    await writer.seal();
    expect(await firstValueFrom(stream.at(-1))).toBe(9);
    expect(await firstValueFrom(stream.slice({ start: 5, stop: -3 }))).toEqual(ndArray('float64', [2], Float64Array.of(5, 6)));
    expect(await failureOf(stream.at(10))).toMatchObject({ _tag: 'IndexWontBeThere', length: 10 });
    expect(files.reads).toEqual([]);
  });

  it('reads any slice, whatever was trimmed off, with batches of any size', async () => {
    let seed = 20240229;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    let length = 0;
    for (let trimmed = 0; trimmed <= 60; trimmed += random(9)) {
      while (length < trimmed + 20) {
        const batch = 1 + random(7);
        writer.sendBatch(upTo(length + batch).slice(length));
        length += batch;
      }
      await publish(length, length);
      await trim(trimmed);
      expect(await lastValueFrom(stream.chunksFrom(random(length - 1)).pipe(take(1)))).toMatchObject({ expired: 0 });
      for (let i = 0; i < 12; i++) {
        const bounds = { start: random(length + 5), stop: random(length + 5), step: 1 + random(6) };
        const expected = upTo(length).slice(bounds.start, bounds.stop).filter((_, at) => at % bounds.step === 0);
        expect({ bounds, values: Array.from((await firstValueFrom(stream.slice(bounds))).data) }).toEqual({ bounds, values: expected });
        const index = random(length);
        expect(await firstValueFrom(stream.at(index))).toBe(index);
      }
    }
    await writer.seal();
    expect(await points(stream)).toEqual(upTo(length));
  });

  it.each<[string, ConsumeOptions, readonly number[]]>([
    ['newest', { policy: 'newest' }, [9]],
    ['a window', { policy: { window: 4 } }, [6, 7, 8, 9]],
  ])('reads %s of a sealed stream that was trimmed off from the file', async (_, options, expected) => {
    await publish(0, 10);
    await writer.seal();
    await trim(10);
    const chunks$ = stream.consume(({ index, dropped, expired, data }) => [{ index, dropped, expired, values: Array.from(data.data) }], options);
    expect(await lastValueFrom(chunks$.pipe(toArray()))).toEqual([{ index: expected[0], dropped: 10 - expected.length, expired: 0, values: expected }]);
  });

  it('lets a cursor skip from the middle of the file’s points to the newest', async () => {
    await publish(0, 10);
    await trim(5);
    using cursor = stream.cursor();
    expect(await cursor.read({ count: 2 })).toMatchObject({ index: 0, data: { data: Float64Array.of(0, 1) } });
    expect(await cursor.read({ newest: true })).toMatchObject({ index: 9, dropped: 7, expired: 0, data: { data: Float64Array.of(9) } });
    expect(await cursor.read({ wait: false })).toEqual({ _tag: 'none' });
    await writer.seal();
    expect(await cursor.read()).toEqual({ _tag: 'end' });
  });

  it('errors with NotInFile if the file has fewer points, and a cursor can read again', async () => {
    await publish(0, 10, 3);
    await trim(8);
    expect(await failureOf(stream.at(5))).toMatchObject({ _tag: 'NotInFile', index: 5, ...place, length: 3, retriable: true });
    expect(await failureOf(stream.slice({ start: 1, stop: 9 }))).toMatchObject({ _tag: 'NotInFile', index: 3, length: 3 });
    using cursor = stream.cursor();
    expect(await cursor.read()).toMatchObject({ index: 0, data: { data: Float64Array.of(0, 1, 2) } });
    expect(await failureOf(cursor.read({ wait: false }))).toMatchObject({ _tag: 'NotInFile', index: 3 });
    await publish(10, 10);
    expect(await cursor.read({ wait: false })).toMatchObject({ index: 3, data: { data: Float64Array.of(3, 4, 5, 6, 7) } });
    expect(await cursor.read({ wait: false })).toMatchObject({ index: 8, expired: 0 });
  });

  it('errors with PointsMismatch if the file holds something else', async () => {
    await publish(0, 2);
    await trim(2);
    files.put(place.file, place.dataset, ndArray('float32', [2], Float32Array.of(0, 1)));
    expect(await failureOf(stream.at(0))).toMatchObject({ _tag: 'PointsMismatch', origin: place.file, expected: 'points of float64, shape []' });
    files.put(place.file, place.dataset, ndArray('float64', [2, 1], Float64Array.of(0, 1)));
    expect(await failureOf(stream.points$)).toMatchObject({ _tag: 'PointsMismatch', index: 0 });
  });

  it('is read like a plain one by a store without files, and errors say where the points are saved', async () => {
    await publish(0, 10);
    await trim(4);
    await writer.seal();
    const plain = await open(`esrf:scan:${await scanPk()}`, {});
    expect(await firstValueFrom(plain.chunks$)).toMatchObject({ index: 0, expired: 4 });
    const hint = expect.stringContaining(place.file);
    expect(await failureOf(plain.at(1))).toMatchObject({ _tag: 'IndexNoMoreThere', index: 1, hint });
    expect(await failureOf(plain.slice())).toMatchObject({ _tag: 'IndexNoMoreThere', hint });
    expect(await failureOf(plain.points$)).toMatchObject({ _tag: 'IndexNoMoreThere', hint });
  });
});

async function scanPk(): Promise<string> {
  const [key = ''] = await on.client.keys('esrf:scan:01*');
  return key.slice('esrf:scan:'.length);
}
