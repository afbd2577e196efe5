/** What Python publishes is read here: live, while it is being published, and afterwards. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { catchError, firstValueFrom, lastValueFrom, map, of, shareReplay, take, toArray, type Observable } from 'rxjs';
import { isBlissdataError, ScanState, type JsonObject, type Scan, type Stream } from '../../lib/index.js';
import { encodingRecord } from '../../lib/wire/encoding/encoding.js';
import { followNextScan, inOrder, type News } from './follow.js';
import { useInterop, versions } from './interop.js';
import { renderData, renderDocument, renderPoint } from './rendering.js';

const FirstHalf = t.type({ key: t.string, lengths: t.record(t.string, t.number) });
const Published = t.type({
  streams: t.record(t.string, t.type({ encoding: t.string, info: t.string, dtype: t.union([t.string, t.null]), points: t.array(t.string) })),
  sealed: t.record(t.string, t.number),
});

/** What is emitted, or the error's tag. */
const outcome = (answer$: Observable<unknown>): Promise<unknown> => lastValueFrom(answer$.pipe(catchError((error: unknown) => of(isBlissdataError(error) ? error._tag : error))));

describe.each(versions)('what Python blissdata %s publishes', (version) => {
  const interop = useInterop(version, 'us');
  let key: string;
  let live: readonly News[];
  let whileOpen: readonly unknown[];
  let published: t.TypeOf<typeof Published>;
  let scan: Scan;
  let streams: ReadonlyMap<string, Stream>;

  beforeAll(async () => {
    const { store, python } = interop();
    const news$ = followNextScan(store, await firstValueFrom(store.lastTimetag())).pipe(shareReplay({ bufferSize: Infinity, refCount: false }));
    const publish = async (): Promise<void> => {
      const half = await python.ask(FirstHalf, 'publish_first_half');
      const points = Object.values(half.lengths).reduce((a, b) => a + b, 0);
      // Python goes on only when all of these have been read, each of them in two ways.
      await lastValueFrom(news$.pipe(take(2 * points)));
      key = half.key;
      whileOpen = await lookAt(await lastValueFrom(store.loadScan(key)));
      published = await python.ask(Published, 'publish_the_rest');
    };
    [live] = await Promise.all([lastValueFrom(news$.pipe(toArray())), publish()]);
    scan = await lastValueFrom(store.loadScan(key));
    streams = await firstValueFrom(scan.streams$);
  });

  /** What an open stream of eleven scalars answers. */
  const lookAt = async (open: Scan): Promise<readonly unknown[]> => {
    const stream = await firstValueFrom(open.stream('scalar <f8'));
    return Promise.all([stream.length(), stream.at(10), stream.at(11), stream.at(-1), stream.slice({ start: -1 }), stream.slice({ start: 9 })].map(outcome));
  };

  const each = <A>(read: (stream: Stream, name: string) => A): Record<string, A> =>
    Object.fromEntries(Object.keys(published.streams).map((name) => [name, read(named(name), name)]));

  const eachOf = async <A>(read: (stream: Stream) => Promise<A>): Promise<Record<string, A>> =>
    Object.fromEntries(await Promise.all(Object.keys(published.streams).map(async (name) => [name, await read(named(name))] as const)));

  const named = (name: string): Stream => {
    const stream = streams.get(name);
    if (stream === undefined) throw new Error(`there is no stream ${name}`);
    return stream;
  };

  const points = (change: (points: readonly string[]) => readonly string[] = (all) => all) => each((_, name) => change(published.streams[name]?.points ?? []));

  it('arrives point by point while it is published, every value of every stream identical', () => {
    expect(each((_, name) => inOrder(live, name, 'points$'))).toEqual(points());
  });

  it('arrives in chunks while it is published, every value of every stream identical', () => {
    expect(each((_, name) => inOrder(live, name, 'chunks$'))).toEqual(points());
  });

  it('has as many streams, dtypes and byte orders as numpy has numbers', () => {
    const dtypes = new Set([...streams.values()].map(({ encoding }) => (encoding?._tag === 'numeric' ? `${encoding.byteOrder}${encoding.dtype}` : 'json')));
    expect(dtypes.size).toBe(3 + 2 * 11 + 1);
  });

  it('is described as its publisher described it', () => {
    expect(each(({ dtype }) => dtype ?? null)).toEqual(each((_, name) => published.streams[name]?.dtype));
    expect(each(({ info }) => renderDocument(info))).toEqual(each((_, name) => published.streams[name]?.info));
    expect(each(({ encoding }) => encoding && renderDocument(encodingRecord(encoding)))).toEqual(each((_, name) => published.streams[name]?.encoding));
  });

  it('can be read while it is open, as far as it is there', () => {
    const tenth = published.streams['scalar <f8']?.points[10];
    const [length, point, beyond, last, fromTheEnd, slice] = whileOpen;
    expect(length).toBe(11);
    expect(typeof point === 'number' && renderPoint('float64', point)).toBe(tenth);
    expect([beyond, last, fromTheEnd]).toEqual(['IndexNotYetThere', 'IndexNotYetThere', 'IndexNotYetThere']);
    expect(slice).toMatchObject({ dtype: 'float64', shape: [2] });
  });

  it('is read from the beginning by readers that begin after its end', async () => {
    const read = (stream: Stream) => lastValueFrom(stream.points$.pipe(map(({ value }) => renderPoint(stream.dtype, value)), toArray()));
    expect(await eachOf(read)).toEqual(points());
  });

  it('is read by index, from the start and from the end', async () => {
    const read = (sign: 1 | -1) => async (stream: Stream) => {
      const length = await lastValueFrom(stream.length());
      const indices = Array.from({ length }, (_, i) => (sign === 1 ? i : -1 - i));
      return Promise.all(indices.map((i) => lastValueFrom(stream.at(i).pipe(map((value) => renderPoint(stream.dtype, value))))));
    };
    expect(await eachOf(read(1))).toEqual(points());
    expect(await eachOf(read(-1))).toEqual(points((all) => all.toReversed()));
  });

  it.each([{}, { start: 3 }, { start: 2, stop: 9 }, { start: 4, stop: 16, step: 3 }, { start: -5 }, { stop: -2 }, { start: 19, stop: 100 }, { start: 7, stop: 7 }])(
    'is read by the slice %j',
    async (bounds) => {
      const { start, stop, step = 1 } = { stop: undefined, start: 0, ...bounds };
      const read = (stream: Stream) => lastValueFrom(stream.slice(bounds).pipe(map((data) => renderData(stream.dtype, data))));
      expect(await eachOf(read)).toEqual(points((all) => all.slice(start, stop).filter((_, i) => i % step === 0)));
    },
  );

  it('keeps integers of 64 bits in its documents', async () => {
    const documents = await firstValueFrom(scan.stream('documents', 'json'));
    expect(await lastValueFrom(documents.at(2))).toEqual({ time_ns: 1_700_000_000_123_456_789n, min: -(2n ** 63n), max: 2n ** 64n - 1n, safe: Number.MAX_SAFE_INTEGER, next: 2n ** 53n + 1n });
  });

  it('is sealed by the function that this package put into the database, at the number of points', async () => {
    const lengths = await eachOf((stream) => lastValueFrom(stream.length()));
    expect(lengths).toMatchObject(published.sealed);
    expect(lengths['nothing']).toBe(0);
  });

  it('is usable but for a stream of numbers that JavaScript does not have', async () => {
    const stream = named('long double');
    expect(stream.problem).toMatchObject({ _tag: 'UnsupportedDtype', stream: 'long double' });
    await expect(lastValueFrom(stream.points$)).rejects.toMatchObject({ _tag: 'UnsupportedDtype' });
  });

  it('is found by what identifies it, and is the last scan', async () => {
    const identity: JsonObject = {
      name: 'interop',
      number: 7,
      data_policy: 'ESRF',
      session: 'id00',
      proposal: 'blc001',
      collection: 'sample A',
      dataset: 'dataset-1',
      path: '/data/visitor/blc001.h5',
    };
    expect(scan.identity).toEqual(identity);
    expect(await lastValueFrom(scan.state$)).toBe(ScanState.CLOSED);
    const { store } = interop();
    for (const criteria of [identity, { name: 'inter*' }, { collection: '*LE a' }, { path: '*/visitor/*', number: { min: 7 } }]) {
      expect(await lastValueFrom(store.search(criteria))).toMatchObject({ keys: [key] });
    }
    expect(await lastValueFrom(store.search({ number: 8 }))).toMatchObject({ keys: [] });
    expect(await lastValueFrom(store.lastScan())).toMatchObject({ value: { key } });
  });
});
