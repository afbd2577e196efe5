/** What is handed out is the reader's: a point by itself has memory of its own, a chunk shares none with another, and transferring or changing either spoils nothing. */
import { describe, expect, it } from '@jest/globals';
import { concatMap, firstValueFrom, from, lastValueFrom, map, mergeMap, range, toArray, type Observable } from 'rxjs';
import { DataStore, ndArray, numeric, type ChunkData, type NdArray, type Stream } from '../../lib/index.js';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { bufferPoints, latestTogether, readTogether, zipByIndex } from '../../lib/operators.js';
import { publishing, reading } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

/** Points of 128 bytes whose numbers are all their own index, plus one; 20 in an entry, or one. */
const count = 60;
const image = (i: number): Float64Array => new Float64Array(16).fill(i + 1);
const expected = Array.from({ length: count }, (_, i) => i + 1);

/** Takes an array away, as a worker to which it is posted does, having looked at it. Gives the number that it is full of. */
function taken({ data }: NdArray): number {
  const numbers = new Set(Array.from(data, Number));
  structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
  expect(data.byteLength).toBe(0);
  expect(numbers.size).toBe(1);
  return [...numbers][0] ?? NaN;
}

/** The same for a point that is handed out by itself. */
function takenAlone(array: NdArray): number {
  expect(array.data.buffer.byteLength).toBe(array.data.byteLength);
  return taken(array);
}

/** The same for all points of a chunk: of one array, or of many that may lie in one memory. */
function takenChunk(data: ChunkData<'float64[]'> | ChunkData<'float64[*]'>): readonly number[] {
  const arrays: readonly NdArray[] = 'dtype' in data ? [data] : data;
  const firsts = arrays.flatMap((array) => {
    const points = 'dtype' in data ? (array.shape[0] ?? 0) : 1;
    return Array.from({ length: points }, (_, i) => Number(array.data[(i * array.data.length) / points]));
  });
  const buffers = [...new Set(arrays.map((array) => array.data.buffer as ArrayBuffer))];
  if (arrays.length > 0) expect(buffers.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThanOrEqual(arrays.reduce((sum, array) => sum + array.data.byteLength, 0) * 2 + 4096);
  structuredClone(buffers, { transfer: buffers });
  return firsts;
}

const values = <T>(taken$: Observable<T>): Promise<readonly T[]> => lastValueFrom(taken$.pipe(toArray()));

type Arrays = 'float64[]' | 'float64[*]';

const points: Readonly<Record<string, (stream: Stream<Arrays>) => Observable<number>>> = {
  'points$': (stream) => stream.points$.pipe(map(({ value }) => takenAlone(value))),
  'at, one after another': (stream) => range(0, count).pipe(concatMap((i) => stream.at(i)), map(takenAlone)),
  'at, many at once and each twice': (stream) => range(0, count).pipe(mergeMap((i) => from([i, i]).pipe(mergeMap((each) => stream.at(each)), map(takenAlone), toArray(), map(([one = NaN, other = NaN]) => (one === other ? one : NaN))))),
  zipByIndex: (stream) => zipByIndex([stream, stream]).pipe(map(({ values: [a, b] }) => (takenAlone(a) === takenAlone(b) ? a.data.length : NaN)), map((_, i) => i + 1)),
};

const chunks: Readonly<Record<string, (stream: Stream<Arrays>) => Observable<readonly number[]>>> = {
  'chunks$': (stream) => stream.chunks$.pipe(map(({ data }) => takenChunk(data))),
  'for await': (stream) => from(stream).pipe(map(({ data }) => takenChunk(data))),
  consume: (stream) => stream.consume(({ data }) => [takenChunk(data)]),
  readTogether: (stream) => readTogether([stream]).pipe(map(({ chunk }) => takenChunk(chunk.data))),
  bufferPoints: (stream) => stream.chunks$.pipe(bufferPoints(7), map(({ data }) => takenChunk(data))),
  'bufferPoints of whole entries': (stream) => stream.chunks$.pipe(bufferPoints(20), map(({ data }) => takenChunk(data))),
  'a cursor, in parts': (stream) =>
    from(
      (async () => {
        using cursor = stream.cursor();
        const all: number[] = [];
        for (let chunk = await cursor.read({ count: 7 }); chunk._tag === 'chunk'; chunk = await cursor.read({ count: 7, wait: 1 })) all.push(...takenChunk(chunk.data));
        return all;
      })(),
    ),
  slice: (stream) => range(0, count / 5).pipe(concatMap((i) => stream.slice({ start: i * 5, stop: i * 5 + 5 })), map((data) => takenChunk(data))),
};

/** A sealed stream of the points, in entries of 20 or of one. */
async function open<T extends Arrays>(where: 'Redis' | 'memory', type: T, perEntry: number): Promise<Stream<T>> {
  const store = where === 'Redis' ? on.store : DataStore.over(memoryDatabase());
  const published = await publishing(store, numeric('float64', type === 'float64[]' ? [16] : [-1]), { coalesce: false });
  for (let i = 0; i < count; i += perEntry) published.writer.sendBatch(Array.from({ length: perEntry }, (_, k) => ndArray('float64', [16], image(i + k))));
  await published.writer.seal();
  return reading(store, published, type);
}

describe.each(['memory', 'Redis'] as const)('over %s', (where) => {
  describe.each([['float64[]', 20], ['float64[]', 1], ['float64[*]', 20], ['float64[*]', 1]] as const)('points of %s, %d in an entry', (type, perEntry) => {
    it.each(Object.keys(points))('given by %s have memory of their own', async (way) => {
      const stream: Stream = await open(where, type, perEntry);
      expect(await values(points[way]?.(stream as Stream<Arrays>) ?? from([]))).toEqual(expected);
    });

    it.each(Object.keys(chunks))('in chunks given by %s share none with another chunk', async (way) => {
      const stream: Stream = await open(where, type, perEntry);
      expect((await values(chunks[way]?.(stream as Stream<Arrays>) ?? from([]))).flat()).toEqual(expected);
    });
  });

  it('every subscriber of latest$ has its own, the late ones too', async () => {
    const stream = await open(where, 'float64[]', 20);
    const seen: number[] = [];
    for (let i = 0; i < 3; i++) seen.push(takenAlone((await lastValueFrom(stream.latest$)).value));
    const [both] = await Promise.all([firstValueFrom(latestTogether([stream, stream]))]);
    for (const { value } of both) seen.push(takenAlone(value));
    expect(seen).toEqual([60, 60, 60, 60, 60]);
  });

  it('the newest of a cursor, and what was skipped before it, hold no more than themselves', async () => {
    const stream = await open(where, 'float64[]', 20);
    using cursor = stream.cursor();
    await cursor.read({ count: 3 });
    const newest = await cursor.read({ newest: true });
    expect(newest._tag === 'chunk' ? takenAlone(newest.data) : newest).toBe(60);
    const late = await firstValueFrom(stream.chunksFrom(59));
    expect(takenAlone(late.data)).toBe(60);
  });

  it('nothing can be transferred as well: what comes after it is right', async () => {
    const stream = await open(where, 'float64[]', 20);
    for (let i = 0; i < 3; i++) {
      const nothing = await firstValueFrom(stream.slice({ start: 100 }));
      structuredClone(nothing, { transfer: [nothing.data.buffer as ArrayBuffer] });
    }
    expect(await values(stream.points$.pipe(map(({ value }) => taken(value))))).toEqual(expected);
  });
});
