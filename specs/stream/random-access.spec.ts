/** Points by index, slices and lengths: on open and on sealed streams, inside batches, and where there is nothing. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { firstValueFrom, map } from 'rxjs';
import { isBlissdataError, json, numeric, type NdArray, type SliceBounds, type Stream } from '../../lib/index.js';
import { identity, publishing, reading } from '../scan/publishing.js';
import { failureOf } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** Ten points 0 to 9 in entries of 4, 1 and 5. */
async function tenPoints({ sealed = false, trimmedBefore = 0 } = {}): Promise<Stream<'float64'>> {
  const published = await publishing(on.store, numeric('float64'));
  for (const batch of [[0, 1, 2, 3], [4], [5, 6, 7, 8, 9]]) {
    published.writer.sendBatch(batch);
    await published.writer.flush();
  }
  if (sealed) await published.writer.seal();
  if (trimmedBefore > 0) await on.client.xtrim(published.writer.key, 'MINID', `${trimmedBefore}-0`);
  return reading(on.another(), published, 'float64');
}

const sliceOf = (stream: Stream<'float64'>, bounds?: SliceBounds): Promise<readonly number[]> => firstValueFrom(stream.slice(bounds).pipe(map(({ data }) => [...data])));

describe('at', () => {
  it.each([true, false])('gives every point, wherever in a batch it lies (sealed: %p)', async (sealed) => {
    const stream = await tenPoints({ sealed });
    for (const i of upTo(10)) expect(await firstValueFrom(stream.at(i))).toBe(i);
  });

  it('answers many questions at once', async () => {
    const stream = await tenPoints();
    expect(await Promise.all(upTo(10).map((i) => firstValueFrom(stream.at(i))))).toEqual(upTo(10));
  });

  it('gives each of many readers of the same array one of its own', async () => {
    const published = await publishing(on.store, numeric('uint8', [2]));
    published.writer.sendBatch([Uint8Array.of(0, 1), Uint8Array.of(2, 3), Uint8Array.of(4, 5)]);
    await published.writer.flush();
    published.writer.send(Uint8Array.of(6, 7));
    await published.writer.seal();
    const stream = await reading(on.another(), published, 'uint8[]');
    const points = await Promise.all([1, 1, 3, 0, 3].map((index) => firstValueFrom(stream.at(index))));
    const [first] = points;
    first?.data.fill(9);
    expect(points.map(({ data }) => [...data])).toEqual([[9, 9], [2, 3], [6, 7], [0, 1], [6, 7]]);
  });

  it('answers those that stay when others leave, and each of those beyond the end', async () => {
    const stream = await tenPoints();
    const heard: number[] = [];
    const leaving = stream.at(3).subscribe((value) => heard.push(value));
    const staying = Promise.all([firstValueFrom(stream.at(3)), failureOf(stream.at(10)), failureOf(stream.at(11)), firstValueFrom(stream.at(9))]);
    leaving.unsubscribe();
    expect(await staying).toMatchObject([3, { _tag: 'IndexNotYetThere', index: 10 }, { _tag: 'IndexNotYetThere', index: 11 }, 9]);
    expect(heard).toEqual([]);
  });

  it('answers all lookups of one tick, scattered or in a row, in batches or not, trimmed off, there or not', async () => {
    const lens = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 })), { minLength: 1, maxLength: 30 });
    const row = fc.tuple(fc.nat(80), fc.nat(40)).map(([first, count]) => upTo(count).map((i) => first + i));
    await fc.assert(
      fc.asyncProperty(lens, fc.array(row, { maxLength: 3 }), fc.array(fc.nat(120), { maxLength: 20 }), fc.nat(100), async (batches, rows, scattered, trimmedTo) => {
        const { writer, scan } = await publishing(on.store, numeric('float64'));
        let length = 0;
        const starts: number[] = [];
        for (const len of batches) {
          await on.client.xadd(writer.key, `${length}-1`, 'payload', Buffer.from(Float64Array.from(upTo(len), (i) => length + i).buffer), ...(len === 1 ? [] : ['len', len]));
          starts.push(length);
          length += len;
        }
        // Whole entries are trimmed off, but not the last one.
        const kept = starts.find((start) => start >= trimmedTo) ?? starts.at(-1) ?? 0;
        await on.client.xtrim(writer.key, 'MINID', String(kept));
        const stream = await reading(on.store, { scan }, 'float64');
        const indices = [...rows.flat(), ...scattered];
        const given = await Promise.all(indices.map((index) => firstValueFrom(stream.at(index)).catch((error: unknown) => (isBlissdataError(error) ? error._tag : error))));
        expect(given).toEqual(indices.map((index) => (index >= length ? 'IndexNotYetThere' : index < kept ? 'IndexNoMoreThere' : index)));
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('sends one request for a row of points, and for an entry that holds many of them', async () => {
    const stream = await tenPoints();
    await firstValueFrom(stream.at(0));
    await on.client.call('CONFIG', 'RESETSTAT');
    expect(await Promise.all(upTo(10).map((i) => firstValueFrom(stream.at(i))))).toEqual(upTo(10));
    const commands = await on.client.info('commandstats');
    expect(commands).toMatch(/cmdstat_xrange:calls=2,/);
    expect(commands).not.toContain('cmdstat_xrevrange');
  });

  it('sends one request for all lookups of one tick', async () => {
    const stream = await tenPoints();
    await firstValueFrom(stream.at(0));
    await on.client.call('CONFIG', 'RESETSTAT');
    await Promise.all([1, 1, 1, 7, 7].map((index) => firstValueFrom(stream.at(index))));
    expect(await on.client.info('commandstats')).toMatch(/cmdstat_xrevrange:calls=2,/);
  });

  it('looks for entries that begin before their points only in streams that have some', async () => {
    const commands = async (stream: Stream<'float64'>): Promise<string> => {
      await firstValueFrom(stream.at(0));
      await firstValueFrom(stream.at(2));
      await on.client.call('CONFIG', 'RESETSTAT');
      expect(await Promise.all([1, 3].map((index) => firstValueFrom(stream.at(index))))).toEqual([1, 3]);
      return await on.client.info('commandstats');
    };
    const written = async (lens: readonly number[]): Promise<Stream<'float64'>> => {
      const { writer, scan } = await publishing(on.store, numeric('float64'));
      let length = 0;
      for (const len of lens) {
        await on.client.xadd(writer.key, `${length}-1`, 'payload', Buffer.from(Float64Array.from(upTo(len), (i) => length + i).buffer), 'len', len);
        length += len;
      }
      return await reading(on.store, { scan }, 'float64');
    };
    const alone = await commands(await written([1, 1, 1, 1]));
    expect(alone).toMatch(/cmdstat_xrange:calls=2,/);
    expect(alone).not.toContain('cmdstat_xrevrange');
    const batched = await commands(await written([1, 3]));
    expect(batched).toMatch(/cmdstat_xrevrange:calls=2,/);
    expect(batched).not.toContain('cmdstat_xrange');
  });

  it('counts a negative index from the end of a sealed stream', async () => {
    const stream = await tenPoints({ sealed: true });
    expect(await firstValueFrom(stream.at(-1))).toBe(9);
    expect(await firstValueFrom(stream.at(-10))).toBe(0);
  });

  it('says IndexOutOfRange for one beyond the beginning', async () => {
    const stream = await tenPoints({ sealed: true });
    expect(await failureOf(stream.at(-11))).toMatchObject({ _tag: 'IndexOutOfRange', key: stream.key, stream: 'diode', index: -11, length: 10, retriable: false });
  });

  it('says IndexNotYetThere beyond the end of an open stream, and for every negative index of it', async () => {
    const stream = await tenPoints();
    for (const index of [10, 1000, Number.MAX_SAFE_INTEGER, -1, -11]) {
      expect(await failureOf(stream.at(index))).toMatchObject({ _tag: 'IndexNotYetThere', key: stream.key, stream: 'diode', index, retriable: true });
    }
  });

  it('says IndexWontBeThere beyond the end of a sealed stream', async () => {
    const stream = await tenPoints({ sealed: true });
    for (const index of [10, 1000, Number.MAX_SAFE_INTEGER]) {
      expect(await failureOf(stream.at(index))).toMatchObject({ _tag: 'IndexWontBeThere', index, length: 10, retriable: false });
    }
  });

  it.each([true, false])('says IndexNoMoreThere for what was trimmed off (sealed: %p)', async (sealed) => {
    const stream = await tenPoints({ sealed, trimmedBefore: 5 });
    for (const index of [0, 3, 4]) expect(await failureOf(stream.at(index))).toMatchObject({ _tag: 'IndexNoMoreThere', index, retriable: false });
    expect(await firstValueFrom(stream.at(5))).toBe(5);
    if (sealed) expect(await failureOf(stream.at(-6))).toMatchObject({ _tag: 'IndexNoMoreThere' });
  });

  it('says so too where everything was trimmed off', async () => {
    const stream = await tenPoints({ trimmedBefore: 10 });
    expect(await failureOf(stream.at(4))).toMatchObject({ _tag: 'IndexNoMoreThere', index: 4 });
    const sealed = await tenPoints({ sealed: true, trimmedBefore: 10 });
    expect(await failureOf(sealed.at(9))).toMatchObject({ _tag: 'IndexNoMoreThere', index: 9 });
    expect(await failureOf(sealed.at(10))).toMatchObject({ _tag: 'IndexWontBeThere', index: 10 });
  });

  it.each([1.5, NaN, Infinity, -Infinity, 2 ** 53])('refuses %d', async (index) => {
    expect(await failureOf((await tenPoints()).at(index))).toMatchObject({ _tag: 'InvalidArgument', argument: 'index' });
  });

  it('says IndexNotYetThere of a stream that nothing was sent to, IndexWontBeThere once that is sealed', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const stream = await reading(on.another(), published, 'float64');
    for (const index of [0, -1]) expect(await failureOf(stream.at(index))).toMatchObject({ _tag: 'IndexNotYetThere', index });
    await published.writer.seal();
    expect(await failureOf(stream.at(0))).toMatchObject({ _tag: 'IndexWontBeThere', length: 0 });
    expect(await failureOf(stream.at(-1))).toMatchObject({ _tag: 'IndexOutOfRange', length: 0 });
  });
});

describe('length', () => {
  it('is the number of points sent so far, trimmed ones included', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const stream = await reading(on.another(), published, 'float64');
    expect(await firstValueFrom(stream.length())).toBe(0);
    published.writer.sendBatch([1, 2, 3]);
    await published.writer.flush();
    expect(await firstValueFrom(stream.length())).toBe(3);
    await on.client.xtrim(published.writer.key, 'MINID', '3-0');
    published.writer.sendBatch([4, 5]);
    await published.writer.seal();
    expect(await firstValueFrom(stream.length())).toBe(5);
  });
});

describe('slice', () => {
  // Beside its bounds, what Array.slice gives, every step-th of it.
  const expected = ({ start = 0, stop = 10, step = 1 }: SliceBounds): readonly number[] => upTo(10).slice(start, stop).filter((_, i) => i % step === 0);

  it('of a sealed stream is what a slice of a list is', async () => {
    const stream = await tenPoints({ sealed: true });
    const bound = fc.option(fc.integer({ min: -15, max: 15 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(bound, bound, fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }), async (start, stop, step) => {
        const bounds = { ...(start === undefined ? {} : { start }), ...(stop === undefined ? {} : { stop }), ...(step === undefined ? {} : { step }) };
        expect(await sliceOf(stream, bounds)).toEqual(expected(bounds));
      }),
      { numRuns: 200 },
    );
  });

  it('of an open stream is what is there now', async () => {
    const stream = await tenPoints();
    expect(await sliceOf(stream)).toEqual(upTo(10));
    expect(await sliceOf(stream, { start: 2, stop: 7 })).toEqual([2, 3, 4, 5, 6]);
    expect(await sliceOf(stream, { start: 8, stop: 100 })).toEqual([8, 9]);
    expect(await sliceOf(stream, { start: 1, step: 3 })).toEqual([1, 4, 7]);
    expect(await sliceOf(stream, { start: 10 })).toEqual([]);
    expect(await sliceOf(stream, { start: 50, stop: 60 })).toEqual([]);
  });

  it('of an open stream says IndexNotYetThere for bounds that need the end', async () => {
    const stream = await tenPoints();
    expect(await failureOf(stream.slice({ start: -3 }))).toMatchObject({ _tag: 'IndexNotYetThere', index: -3 });
    expect(await failureOf(stream.slice({ stop: -1 }))).toMatchObject({ _tag: 'IndexNotYetThere', index: -1 });
  });

  it('of which the beginning was trimmed off is IndexNoMoreThere, that of which it was not is given', async () => {
    const stream = await tenPoints({ trimmedBefore: 4 });
    expect(await failureOf(stream.slice())).toMatchObject({ _tag: 'IndexNoMoreThere', index: 0 });
    expect(await failureOf(stream.slice({ start: 3, stop: 8 }))).toMatchObject({ _tag: 'IndexNoMoreThere', index: 3 });
    expect(await failureOf(stream.slice({ start: 1, stop: 2 }))).toMatchObject({ _tag: 'IndexNoMoreThere', index: 1 });
    expect(await sliceOf(stream, { start: 4 })).toEqual([4, 5, 6, 7, 8, 9]);
    expect(await sliceOf(stream, { start: 7, stop: 9 })).toEqual([7, 8]);
    expect(await sliceOf(stream, { start: 2, stop: 2 })).toEqual([]);
  });

  it('of a stream that was trimmed to nothing is IndexNoMoreThere', async () => {
    expect(await failureOf((await tenPoints({ trimmedBefore: 10 })).slice())).toMatchObject({ _tag: 'IndexNoMoreThere' });
    expect(await failureOf((await tenPoints({ sealed: true, trimmedBefore: 10 })).slice({ start: -2 }))).toMatchObject({ _tag: 'IndexNoMoreThere', index: 8 });
  });

  it('with a negative step is empty, as in Python, and errs as it would forwards', async () => {
    const stream = await tenPoints({ sealed: true });
    for (const bounds of [{ step: -1 }, { start: 5, step: -2 }, { start: 5, stop: 2, step: -1 }, { start: -1, step: -1 }, { start: 50, step: -1 }]) expect(await sliceOf(stream, bounds)).toEqual([]);
    expect(await firstValueFrom(stream.slice({ step: -1 }))).toMatchObject({ dtype: 'float64', shape: [0] });
    expect(await failureOf((await tenPoints()).slice({ start: -1, step: -1 }))).toMatchObject({ _tag: 'IndexNotYetThere', index: -1 });
    expect(await failureOf((await tenPoints({ trimmedBefore: 4 })).slice({ step: -1 }))).toMatchObject({ _tag: 'IndexNoMoreThere', index: 0 });
  });

  it('that is empty keeps dtype and shape', async () => {
    const scan = await on.store.createScan(identity);
    scan.createStream('image', numeric('uint16', [2, 3]));
    scan.createStream('ragged', numeric('uint16', [-1, 3]));
    scan.createStream('log', json());
    await scan.close();
    const loaded = await firstValueFrom(on.store.loadScan(scan.key));
    const slice = async (name: string): Promise<unknown> => firstValueFrom((await firstValueFrom(loaded.stream(name))).slice());
    expect(await slice('image')).toEqual({ dtype: 'uint16', shape: [0, 2, 3], data: new Uint16Array(0) });
    expect(await slice('ragged')).toEqual([]);
    expect(await slice('log')).toEqual([]);
  });

  it('of arrays, ragged arrays and JSON gives each in its kind', async () => {
    const scan = await on.store.createScan(identity);
    scan.createStream('image', numeric('uint8', [2])).sendBatch([Uint8Array.of(0, 1), Uint8Array.of(2, 3), Uint8Array.of(4, 5)]);
    scan.createStream('ragged', numeric('uint8', [-1])).sendBatch([Uint8Array.of(0), Uint8Array.of(1, 2), Uint8Array.of(3, 4)]);
    scan.createStream('log', json()).sendBatch(['a', { b: 1 }, null]);
    await scan.close();
    const loaded = await firstValueFrom(on.store.loadScan(scan.key));
    const image = await firstValueFrom(loaded.stream('image', 'uint8[]'));
    expect(await firstValueFrom(image.slice({ start: 1 }))).toEqual({ dtype: 'uint8', shape: [2, 2], data: Uint8Array.of(2, 3, 4, 5) });
    expect(await firstValueFrom(image.slice({ step: 2 }))).toEqual({ dtype: 'uint8', shape: [2, 2], data: Uint8Array.of(0, 1, 4, 5) });
    const ragged = await firstValueFrom(loaded.stream('ragged', 'uint8[*]'));
    const pieces: readonly NdArray<'uint8'>[] = await firstValueFrom(ragged.slice({ start: -2 }));
    expect(pieces.map(({ data }) => [...data])).toEqual([[1, 2], [3, 4]]);
    const log = await firstValueFrom(loaded.stream('log', 'json'));
    expect(await firstValueFrom(log.slice({ step: 2 }))).toEqual(['a', null]);
  });

  const wrong: readonly [string, unknown][] = [
    ['step', { step: 0 }],
    ['step', { step: 1.5 }],
    ['step', { step: NaN }],
    ['start', { start: 0.5 }],
    ['start', { start: NaN }],
    ['stop', { stop: Infinity }],
    ['stop', { stop: '5' }],
    ['start', { start: null }],
  ];
  it.each(wrong)('refuses another %s (%j)', async (argument, bounds) => {
    const stream = await tenPoints({ sealed: true });
    expect(await failureOf(() => Reflect.apply(stream.slice, stream, [bounds]))).toMatchObject({ _tag: 'InvalidArgument', argument });
  });
});
