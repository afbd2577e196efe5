/** Kinds, files and detectors that return something else than points: every read ends, and says what was expected and received. */
import { describe, expect, it } from '@jest/globals';
import { EMPTY, firstValueFrom, lastValueFrom, map, NEVER, of, startWith, throwError, toArray, type Observable } from 'rxjs';
import { json, ndArray, numeric, type ChunkData, type Stream } from '../../lib/index.js';
import { countedPoints, mapPoints, type StreamKind } from '../../lib/kinds.js';
import { failureOf } from '../store/outcomes.js';
import { opening } from './opening.js';

const on = opening();

type Answer = () => Observable<ChunkData<'int32[]'> | null>;

/** A kind of pairs of numbers, whose points are what `answer` says. */
const kindOf = (answer: Answer): StreamKind => ({
  name: 'own',
  open: (declared) => {
    const type = numeric('int32', [2]);
    return { type, points: countedPoints(declared, { entries: 'uint32', type, count: (newest) => newest, read: () => answer() }), access: undefined };
  },
});

async function streamOf(answer: Answer, newest = 3): Promise<Stream<'int32[]'>> {
  const { scan, writer } = await on.publish(numeric('uint32'), { plugin: 'own' });
  writer.send(newest);
  await writer.seal();
  return on.read(scan.key, { kinds: [kindOf(answer)] }, 'images', 'int32[]');
}

const pairs = (points: number): ChunkData<'int32[]'> => ndArray('int32', [points, 2], new Int32Array(2 * points));
/** Values that the types forbid. */
const anything = (answer: unknown): Answer => () => of(answer) as ReturnType<Answer>;

const answers: readonly [string, Answer, string][] = [
  ['no points', () => of(pairs(0)), 'an NdArray of int32, shape [0, 2]'],
  ['more points than were asked for', () => of(pairs(4)), 'an NdArray of int32, shape [4, 2]'],
  ['points of another shape', anything(ndArray('int32', [1, 3], new Int32Array(3))), 'an NdArray of int32, shape [1, 3]'],
  ['a point in place of points', anything(ndArray('int32', [2], new Int32Array(2))), 'an NdArray of int32, shape [2]'],
  ['points of another dtype', anything(ndArray('float64', [1, 2], new Float64Array(2))), 'an NdArray of float64, shape [1, 2]'],
  ['fewer numbers than the shape says', anything(ndArray('int32', [2, 2], new Int32Array(3))), 'an NdArray of int32, shape [2, 2]'],
  ['numbers of another width', anything({ dtype: 'int32', shape: [1, 2], data: new Int16Array(2) }), 'an NdArray of int32, shape [1, 2]'],
  ['a list', anything([1, 2]), 'an array of 2'],
  ['a number', anything(5), '5'],
  ['nothing', anything(undefined), 'undefined'],
  ['no value', () => EMPTY, 'no value'],
  ['an error of its own', () => throwError(() => new Error('the detector is off')), 'an error: the detector is off'],
  ['an exception', () => { throw new TypeError('no such device'); }, 'an error: no such device'],
  ['what is no Observable', JSON.parse.bind(JSON, '0'), 'an error: '],
];

describe('a kind that returns', () => {
  it.each(answers)('%s', async (_, answer, received) => {
    const stream = await streamOf(answer);
    const mismatch = { _tag: 'PointsMismatch', stream: 'images', index: 0, received: expect.stringContaining(received), retriable: false };
    const reads = [stream.points$, stream.chunks$, stream.latest$.pipe(toArray()), stream.consume(() => undefined), stream.slice(), stream.slice({ stop: 3, step: 3 })];
    for (const [i, read$] of reads.entries()) {
      const expected = { ...mismatch, index: i === 2 ? 2 : 0 };
      // These two request fewer points than the others.
      if ((i === 2 || i === 5) && received.includes('[4, 2]')) expect(await failureOf(read$)).toMatchObject({ _tag: 'PointsMismatch' });
      else expect([i, await failureOf(read$)]).toMatchObject([i, expected]);
    }
    expect(await failureOf(stream.at(0))).toMatchObject({ ...mismatch, expected: '1 to 1 points of int32, shape [2]' });
    const cursor = stream.cursor();
    expect(await failureOf(cursor.read())).toMatchObject(mismatch);
    cursor.close();
  });

  it.each<[string, Answer]>([
    ['several times', () => of(pairs(1), pairs(1), pairs(0))],
    ['and never completes', () => NEVER.pipe(startWith(pairs(1)))],
  ])('points %s: only the first value counts', async (_, answer) => {
    const stream = await streamOf(answer);
    expect(await lastValueFrom(stream.points$.pipe(map(({ index }) => index), toArray()))).toEqual([0, 1, 2]);
    expect(await firstValueFrom(stream.slice())).toEqual(pairs(3));
    expect(await firstValueFrom(stream.at(2))).toEqual(ndArray('int32', [2], new Int32Array(2)));
  });
});

it('a count that is not a number is InvalidEntry', async () => {
  const type = numeric('int32');
  const own: StreamKind = {
    name: 'own',
    open: (declared) => ({ type, points: countedPoints(declared, { entries: 'uint32', type, count: () => NaN, read: () => of(ndArray('int32', [1], new Int32Array(1))) }), access: 0 }),
  };
  const { scan, writer } = await on.publish(numeric('uint32'), { plugin: 'own' });
  writer.send(1);
  await writer.seal();
  const stream = await on.read(scan.key, { kinds: [own] });
  for (const read$ of [stream.points$, stream.length(), stream.at(0)]) expect(await failureOf(read$)).toMatchObject({ _tag: 'InvalidEntry', received: 'NaN' });
});

it('a count that throws is InvalidEntry, with the cause', async () => {
  const type = numeric('int32');
  const count = (): number => {
    throw new TypeError('no such field');
  };
  const own: StreamKind = { name: 'own', open: (declared) => ({ type, points: countedPoints(declared, { entries: 'uint32', type, count, read: () => NEVER }), access: 0 }) };
  const { scan, writer } = await on.publish(numeric('uint32'), { plugin: 'own' });
  writer.send(1);
  await writer.seal();
  const stream = await on.read(scan.key, { kinds: [own] });
  for (const read$ of [stream.points$, stream.latest$, stream.length(), stream.at(0), stream.slice()]) {
    expect(await failureOf(read$)).toMatchObject({ _tag: 'InvalidEntry', received: 'an error: no such field', cause: expect.any(TypeError) });
  }
});

describe('mapped points', () => {
  const list = (numbers: readonly number[]): ChunkData<'int32'> => ndArray('int32', [numbers.length], Int32Array.from(numbers));
  it.each<[string, unknown, string]>([
    ['one more than there are', list([1, 2, 3, 4]), 'an NdArray of int32, shape [4]'],
    ['none', list([]), 'an NdArray of int32, shape [0]'],
    ['fewer numbers than the shape says', ndArray('int32', [3], Int32Array.of(1)), 'an NdArray of int32, shape [3]'],
    ['a list of another length', [1, 2], 'an array of 2'],
    ['one point', 5, '5'],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
  ])('%s are an error of every read', async (_, made, received) => {
    const own: StreamKind = {
      name: 'own',
      open: (declared) => ({ type: numeric('int32'), points: mapPoints<'uint32', 'int32'>(declared.entries('uint32'), () => made as ChunkData<'int32'>), access: 0 }),
    };
    const { scan, writer } = await on.publish(numeric('uint32'), { plugin: 'own' });
    for (const value of [1, 2, 3]) writer.send(value);
    await writer.seal();
    const stream = await on.read(scan.key, { kinds: [own] });
    const mismatch = { _tag: 'PointsMismatch', key: writer.key, stream: 'images', index: 0, expected: '3 points', received };
    for (const read$ of [stream.points$, stream.chunks$, stream.consume(() => undefined), stream.slice()]) expect(await failureOf(read$)).toMatchObject(mismatch);
    for (const read$ of [stream.latest$, stream.at(1), stream.at(-1), stream.slice({ start: 1, stop: 2 })]) expect(await failureOf(read$)).toMatchObject({ _tag: 'PointsMismatch', expected: '1 points', received });
    const cursor = stream.cursor();
    expect(await failureOf(cursor.read({ wait: 0 }))).toMatchObject(mismatch);
    cursor.close();
  });
});

describe('files', () => {
  const place = { plugin: 'hdf5_fallback', file_path: '/f.h5', data_path: '/d' };
  const lima = { dtype: 'int32', shape: [], plugin: 'lima', lima_info: { protocol_version: 1, server_url: 'id00/lima/1', buffer_max_number: 0, frame_per_acquisition: 4, acquisition_offset: 0, file_path: '/f%d.h5', data_path: '/d', file_format: 'hdf5', file_offset: 0, frame_per_file: 4 } };
  const cases: readonly [string, () => Observable<unknown>, string][] = [
    ['no value', () => EMPTY, 'no value'],
    ['undefined', () => of(undefined), 'undefined'],
    ['null', () => of(null), 'null'],
    ['a list', () => of([1, 2]), 'an array of 2'],
    ['a string', () => of('points'), '"points"'],
    ['numbers of no shape', () => of(Int32Array.of(1)), 'an Int32Array of 1'],
    ['another dtype', () => of(ndArray('float32', [1], Float32Array.of(1))), 'an NdArray of float32, shape [1]'],
    ['another shape', () => of(ndArray('int32', [1, 1], Int32Array.of(1))), 'an NdArray of int32, shape [1, 1]'],
    ['fewer numbers than the shape says', () => of(ndArray('int32', [2], Int32Array.of(1))), 'an NdArray of int32, shape [2]'],
    ['an error of its own', () => throwError(() => new Error('the disk is off')), 'an error: the disk is off'],
    ['an exception', () => { throw new TypeError('no such file'); }, 'an error: no such file'],
    ['what is no Observable', JSON.parse.bind(JSON, '0'), 'an error: '],
  ];
  it.each(cases)('%s is an error of every read', async (_, answer, received) => {
    let asked = 0;
    const files = { length: () => of(4), read: () => { asked++; return answer() as Observable<ChunkData<'int32'>>; } };
    const fallback = await on.publish(numeric('int32'), place);
    const images = await on.publish(json(), lima);
    for (const value of [1, 2, 3, 4]) {
      fallback.writer.send(value);
      await fallback.writer.flush();
    }
    images.writer.send({ last_index: 3, last_index_saved: 3 });
    await images.writer.seal();
    await on.client.xtrim(fallback.writer.key, 'MAXLEN', 1);
    const streams = [await on.read(fallback.scan.key, { files }, 'images', 'int32'), await on.read(images.scan.key, { files }, 'images', 'int32')];
    const mismatch = { _tag: 'PointsMismatch', stream: 'images', index: 0, received: expect.stringContaining(received), retriable: false };
    for (const stream of streams) {
      for (const read$ of [stream.points$, stream.chunks$, stream.at(0), stream.slice({ stop: 4 }), stream.slice({ stop: 3, step: 2 })]) expect(await failureOf(read$)).toMatchObject(mismatch);
      const cursor = stream.cursor();
      expect(await failureOf(cursor.read({ wait: 0 }))).toMatchObject(mismatch);
      cursor.close();
    }
    expect(asked).toBeLessThanOrEqual(12);
  });

  it.each<[string, () => Observable<ChunkData<'int32'>>]>([
    ['twice', () => of(ndArray('int32', [1], Int32Array.of(7)), ndArray('int32', [1], Int32Array.of(8)))],
    ['and never complete', () => NEVER.pipe(startWith(ndArray('int32', [1], Int32Array.of(7))))],
  ])('that answer %s: only the first value counts', async (_, read) => {
    const { scan, writer } = await on.publish(numeric('int32'), place);
    for (const value of [1, 2, 3]) {
      writer.send(value);
      await writer.flush();
    }
    await writer.seal();
    await on.client.xtrim(writer.key, 'MAXLEN', 2);
    const stream = await on.read(scan.key, { files: { length: () => of(3), read } }, 'images', 'int32');
    expect(await lastValueFrom(stream.points$.pipe(map(({ value }) => value), toArray()))).toEqual([7, 7, 3]);
    expect(await firstValueFrom(stream.at(0))).toBe(7);
    expect(await firstValueFrom(stream.slice())).toEqual(ndArray('int32', [3], Int32Array.of(7, 7, 3)));
  });

  it('that have neither points nor a valid length are PointsMismatch', async () => {
    const { scan, writer } = await on.publish(numeric('int32'), place);
    for (const value of [1, 2]) {
      writer.send(value);
      await writer.flush();
    }
    await on.client.xtrim(writer.key, 'MAXLEN', 1);
    const read = (): Observable<ChunkData<'int32'>> => of(ndArray('int32', [0], new Int32Array(0)));
    for (const length of [() => EMPTY, () => of(NaN), () => { throw new Error('no'); }]) {
      const stream = await on.read(scan.key, { files: { length, read } });
      for (const read$ of [stream.points$, stream.at(0), stream.slice({ stop: 1 })]) expect(await failureOf(read$)).toMatchObject({ _tag: 'PointsMismatch', expected: 'a number of points' });
    }
  });
});

describe('live images', () => {
  const info = { plugin: 'lima2', protocol_version: 2, acq_uuid: 'a', source_name: 'frame', conductor_hostname: 'host', conductor_port: 1, dtype: 'uint16', shape: [2] };

  it.each<[string, unknown]>([
    ['none', ndArray('uint16', [0, 2], new Uint16Array(0))],
    ['of another dtype', ndArray('int16', [1, 2], new Int16Array(2))],
    ['that are none', 'image'],
    ['undefined', undefined],
  ])('%s are an error of every read', async (_, answer) => {
    const { scan, writer } = await on.publish(numeric('uint32'), info);
    writer.send(2);
    await writer.flush();
    const images = { read: () => of(answer) as Observable<null> };
    const stream = await on.read(scan.key, { images });
    for (const read$ of [stream.points$, stream.at(0), stream.latest$, stream.slice({ stop: 2 })]) {
      expect(await failureOf(read$)).toMatchObject({ _tag: 'PointsMismatch', stream: 'images' });
    }
  });
});

describe('booleans of other bytes than 0 and 1', () => {
  const truth = (bytes: readonly number[]): ChunkData<'bool'> => ndArray('bool', [bytes.length], Uint8Array.from(bytes));
  const bytes = [2, 255, 0];
  const kinds: readonly StreamKind[] = [
    { name: 'counted', open: (declared) => ({ type: numeric('bool'), points: countedPoints(declared, { entries: 'bool', type: numeric('bool'), count: () => 3, read: (first, stop) => of(truth(bytes.slice(first, stop))) }), access: 0 }) },
    {
      name: 'mapped',
      open: (declared) => ({ type: numeric('bool'), points: mapPoints<'bool', 'bool'>(declared.entries('bool'), ({ data }) => truth(Array.from(data, (byte) => byte * 255))), access: 0 }),
    },
    {
      name: 'ragged',
      open: (declared) => ({ type: numeric('bool', [-1]), points: mapPoints<'bool', 'bool[*]'>(declared.entries('bool'), ({ data }) => Array.from(data, (byte) => truth([byte * 255]))), access: 0 }),
    },
  ];

  it.each(['counted', 'mapped', 'ragged', 'hdf5_fallback'])('are read as 0 and 1 from the kind %s', async (plugin) => {
    const { scan, writer } = await on.publish(numeric('bool'), { plugin, file_path: '/f.h5', data_path: '/d' });
    for (const value of [true, true, false]) {
      writer.send(value);
      await writer.flush();
    }
    await writer.seal();
    if (plugin === 'hdf5_fallback') await on.client.xtrim(writer.key, 'MAXLEN', 1);
    const files = { length: () => of(3), read: (_: unknown, start: number, stop: number) => of(truth(bytes.slice(start, stop))) };
    const stream = await on.read(scan.key, { kinds, files });
    const expected = plugin === 'ragged' ? [1, 1, 0].map((byte) => truth([byte])) : truth([1, 1, 0]);
    expect(await firstValueFrom(stream.slice())).toEqual(expected);
    expect((await firstValueFrom(stream.chunks$)).data).toEqual(expected);
    const cursor = stream.cursor();
    expect(await cursor.read({ wait: 0 })).toMatchObject({ data: expected });
    cursor.close();
    expect(bytes).toEqual([2, 255, 0]);
  });
});

describe('a negative step', () => {
  it('reads nothing, from every kind', async () => {
    const counted = await streamOf(() => of(pairs(1)));
    expect(await firstValueFrom(counted.slice({ start: 2, stop: 0, step: -1 }))).toEqual(pairs(0));
    expect(await firstValueFrom(counted.slice({ stop: 3, step: -2 }))).toEqual(pairs(0));
    expect(await failureOf(counted.slice({ step: 0 }))).toMatchObject({ _tag: 'InvalidArgument', argument: 'step' });
    const files = { length: () => of(4), read: (_: unknown, start: number, stop: number) => of(ndArray('int32', [stop - start], new Int32Array(stop - start))) };
    const { scan, writer } = await on.publish(numeric('int32'), { plugin: 'hdf5_fallback', file_path: '/f.h5', data_path: '/d' });
    for (const value of [1, 2, 3, 4]) {
      writer.send(value);
      await writer.flush();
    }
    await on.client.xtrim(writer.key, 'MAXLEN', 1);
    const fallback = await on.read(scan.key, { files }, 'images', 'int32');
    for (const bounds of [{ start: 0, stop: 4, step: -1 }, { start: 3, stop: 0, step: -1 }, { step: -3 }]) {
      expect(await firstValueFrom(fallback.slice(bounds))).toEqual(ndArray('int32', [0], new Int32Array(0)));
    }
    expect((await firstValueFrom(fallback.slice({ step: 2 }))).shape).toEqual([2]);
  });
});
