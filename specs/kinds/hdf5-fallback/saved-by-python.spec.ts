/** Streams that Python publishes and saves with h5py, read through `hdf5Files` while Redis is really trimmed. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { filter, firstValueFrom, lastValueFrom, map, Subject, tap, toArray, type Observable } from 'rxjs';
import { hdf5Files } from '../../../lib/files.js';
import type { ArrayFiles } from '../../../lib/kinds.js';
import { DataStore, type NdArray, type Scan, type Stream, type StreamType } from '../../../lib/index.js';
import { viewBytes } from '../../../lib/model/typed-array.js';
import type { Database } from '../../../lib/ports/database.js';
import { redisDatabase } from '../../../lib/redis/redis-database.js';
import { zipByIndex } from '../../../lib/operators.js';
import { useInterop } from '../../interop/interop.js';
import { randomly } from '../../redis/random.js';
import { failureOf, following } from '../../store/outcomes.js';
import { servedFiles } from '../../support/served-files.js';

const interop = useInterop('2.4.5', 'Python');
const Published = t.type({ key: t.string, streams: t.record(t.string, t.string) });
const Written = t.record(t.string, t.string);

type Numbers = 'float64' | 'uint16[]' | 'int32[]' | 'float32';

let folder: string;
let store: DataStore;
let published: t.TypeOf<typeof Published>;
let scan: Scan;
/** How many reads of files succeeded, and the errors of those that did not. */
let reads: number;
let failures$: Subject<unknown>;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-')));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The real files, whose reads are counted. */
function recorded(files: ArrayFiles): ArrayFiles {
  const onRecord = <A>(read$: Observable<A>): Observable<A> => read$.pipe(tap({ next: () => reads++, error: (error: unknown) => failures$.next(error) }));
  return { length: (place) => onRecord(files.length(place)), read: (place, start, stop) => onRecord(files.read(place, start, stop)) };
}

/** Whether a gateway opens the files. */
let served = false;
let database: Database;

beforeEach(async () => {
  reads = 0;
  failures$ = new Subject();
  const own = mkdtempSync(join(folder, 'scan-'));
  const files = hdf5Files({ root: folder });
  database = redisDatabase(interop().redis.url);
  store = DataStore.connect(interop().redis.url, { files: recorded(served ? servedFiles(database, files) : files) });
  published = await interop().python.ask(Published, 'publish_saved', { folder: own });
  scan = await firstValueFrom(store.loadScan(published.key));
});
afterEach(async () => {
  await store.close();
  await firstValueFrom(database.close(), { defaultValue: undefined });
});

const python = (step: string, ...args: readonly unknown[]): Promise<void> => interop().python.tell('saved_scan', { key: published.key, step, arguments: args });
const written = (): Promise<t.TypeOf<typeof Written>> => interop().python.ask(Written, 'saved_scan', { key: published.key, step: 'written' });
const trim = (name: string, index: number): Promise<number> => interop().redis.client.xtrim(published.streams[name] ?? '', 'MINID', `${index}-0`);
const numericStreams = ['diode', 'vector', 'mca', 'late'] as const;
const trimAll = (index: number): Promise<unknown> => Promise.all(numericStreams.map((name) => trim(name, index)));

const stream = <T extends StreamType>(name: string, type: T): Promise<Stream<T>> => firstValueFrom(scan.stream(name, type));

/** All bytes of arrays one after another, as Python prints them. */
const base64 = (arrays: readonly NdArray[]): string => Buffer.concat(arrays.map(({ data }) => viewBytes(data))).toString('base64');

/** The bytes of all chunks; each must begin where the one before ended. */
async function whole(chunks$: Observable<{ readonly index: number; readonly expired: number; readonly data: NdArray }>): Promise<string> {
  let next = 0;
  const inOrder$ = chunks$.pipe(
    map(({ index, expired, data }) => {
      if (index !== next || expired !== 0) throw new Error(`expected ${next}, received ${index} after ${expired} that are lost`);
      next += data.shape[0] ?? 0;
      return data;
    }),
  );
  return base64(await lastValueFrom(inOrder$.pipe(toArray())));
}

/** Reads with a cursor, a few points at a time. */
async function byHand(of: Stream<Numbers>): Promise<string> {
  using cursor = of.cursor();
  const parts: NdArray[] = [];
  for (;;) {
    const chunk = await cursor.read({ count: 7 });
    if (chunk._tag === 'end') return base64(parts);
    if (chunk._tag === 'none') throw new Error('a read that waits gives something');
    expect({ index: chunk.index, expired: chunk.expired }).toEqual({ index: parts.reduce((sum, { shape: [n = 0] }) => sum + n, 0), expired: 0 });
    parts.push(chunk.data);
  }
}

describe.each([
  ['streams that Python publishes and saves', false],
  ['streams that Python publishes and saves, in files that a gateway opens,', true],
] as const)('%s', (_, throughGateway) => {
  beforeAll(() => {
    served = throughGateway;
  });

  it('have every point once, as Python wrote it, whatever is trimmed off meanwhile', async () => {
    const [diode, vector, mca, images] = await Promise.all([stream('diode', 'float64'), stream('vector', 'uint16[]'), stream('mca', 'int32[]'), stream('images', 'uint16[]')]);
    expect([diode, vector, mca, images].map(({ kind }) => kind)).toEqual(['hdf5_fallback', 'hdf5_fallback', 'hdf5_fallback', 'lima']);
    const readings: Promise<readonly [string, string]>[] = [];
    const begin = (name: string, bytes: Promise<string>): void => void readings.push(bytes.then((all) => [name, all] as const));
    const readFromTheStart = (): void => {
      for (const [name, each] of [['diode', diode], ['vector', vector], ['mca', mca]] as const) {
        begin(name, whole(each.chunks$));
        begin(name, byHand(each));
      }
      begin('images', whole(images.chunks$));
      begin('diode', lastValueFrom(diode.points$.pipe(toArray())).then((points) => base64([{ dtype: 'float64', shape: [points.length], data: Float64Array.from(points, ({ value }) => value) }])));
      const rows = lastValueFrom(zipByIndex({ diode, vector, mca }).pipe(toArray()));
      begin('vector', rows.then((all) => base64(all.map(({ values }) => values.vector))));
      begin('mca', rows.then((all) => base64(all.map(({ values }) => values.mca))));
    };

    const rounds = 6;
    const perRound = 40;
    for (let round = 1; round <= rounds; round++) {
      readFromTheStart();
      await python('acquire', perRound);
      await python('expose', 5);
      await python('save');
      await trimAll(round * perRound - 25); // never all: Python seals an empty stream at 0
      await trim('images', round * 5 - 1);
    }
    await python('finish');
    await trimAll(rounds * perRound);
    readFromTheStart();

    const expected = await written();
    for (const [name, bytes] of await Promise.all(readings)) expect({ name, isEqual: bytes === expected[name] }).toEqual({ name, isEqual: true });
    expect(reads).toBeGreaterThan(10);

    const values = new Float64Array(Uint8Array.from(Buffer.from(expected['diode'] ?? '', 'base64')).buffer);
    expect(await firstValueFrom(diode.length())).toBe(values.length);
    const random = randomly(2024);
    for (let i = 0; i < 20; i++) {
      const index = random.upTo(values.length) - 1;
      expect(await firstValueFrom(diode.at(index))).toBe(values[index]);
      const bounds = { start: random.upTo(values.length) - 1, stop: random.upTo(values.length), step: random.upTo(9) };
      const slice = values.filter((_, at) => at >= bounds.start && at < bounds.stop && (at - bounds.start) % bounds.step === 0);
      expect((await firstValueFrom(diode.slice(bounds))).data).toEqual(slice);
    }
    expect(await firstValueFrom(diode.at(-1))).toBe(values.at(-1));
    const image = Buffer.from(expected['images'] ?? '', 'base64').subarray(13 * 384, 14 * 384);
    expect(base64([await firstValueFrom(images.at(13))])).toBe(image.toString('base64'));
    expect((await firstValueFrom(images.slice({ start: 1, step: 7 }))).shape).toEqual([5, 12, 16]);
  }, 60_000);

  it('wait for a file that is still being written', async () => {
    const late = await stream('late', 'float32');
    await python('acquire', 30);
    await python('save');
    await trim('late', 12);
    expect(await failureOf(late.at(3))).toMatchObject({ _tag: 'FileNotReadable', retriable: true });
    const refused$ = following(failures$);
    const chunks$ = following(late.chunks$);
    const rows$ = following(zipByIndex([late, await stream('diode', 'float64')]));
    expect(await firstValueFrom(refused$.pipe(filter((_, i) => i === 1)))).toMatchObject({ _tag: 'FileNotReadable' });
    await python('close_file', 'late');
    expect(await firstValueFrom(chunks$)).toMatchObject({ index: 0, expired: 0, data: { shape: [12] } });
    expect(await firstValueFrom(rows$.pipe(filter(({ index }) => index === 29)))).toMatchObject({ values: [expect.any(Number), expect.any(Number)] });
    expect(base64([(await firstValueFrom(late.slice()))])).toBe((await written())['late']);
  }, 60_000);

  it('say where their points are saved to a store without files', async () => {
    await python('acquire', 20);
    await python('expose', 8);
    await python('save');
    await trimAll(8);
    const plain = interop().store;
    const loaded = await firstValueFrom(plain.loadScan(published.key));
    for (const name of ['diode', 'mca']) {
      const each = await firstValueFrom(loaded.stream(name));
      const gone = { _tag: 'IndexNoMoreThere', index: 0, hint: expect.stringContaining(`/1.1/measurement/${name} in ${folder}`) };
      expect(await failureOf(each.at(0))).toMatchObject(gone);
      expect(await failureOf(each.points$)).toMatchObject(gone);
      expect(await failureOf(each.slice())).toMatchObject(gone);
      expect(await firstValueFrom(each.chunks$)).toMatchObject({ index: 0, expired: 8 });
    }
    const images = await firstValueFrom(loaded.stream('images'));
    expect(await failureOf(images.at(0))).toMatchObject({ _tag: 'IndexNoMoreThere', hint: expect.stringContaining('the store has no `files`') });
  });
});
