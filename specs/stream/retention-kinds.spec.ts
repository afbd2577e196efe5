/** The same for streams of other kinds, scans of a sequence, and scans as they come: long runs hold no more than at first. */
import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, from, lastValueFrom, mergeMap, of, range, concatMap, ReplaySubject, tap, type Observable } from 'rxjs';
import { DataStore, json, ndArray, numeric, type NdArray, type ScanInfo, type StoreOptions, type Stream } from '../../lib/index.js';
import type { LiveImages } from '../../lib/kinds.js';
import { memoryDatabase, MemoryServer } from '../../lib/testing.js';
import { identity, publishing } from '../scan/publishing.js';
import { FilesInMemory } from '../support/array-files.js';
import { Watched } from '../support/retention.js';

const count = 200;
const inHand = 12;

const numbers = (first: number, stop: number): NdArray<'uint8'> => ndArray('uint8', [stop - first, 4096], new Uint8Array((stop - first) * 4096).map((_, k) => first + Math.floor(k / 4096)));

interface Published {
  readonly stream: Stream<'uint8[]'>;
  readonly close: () => Promise<void>;
}

/** A stream of one kind, with all its points published, and not sealed: of the entries only those from `trimmed` on are left. */
async function kindOfStream(encoder: 'images' | 'counts', info: ScanInfo, options: StoreOptions, trimmed = 0): Promise<Published> {
  const server = new MemoryServer();
  const store = DataStore.over(memoryDatabase({ server }), options);
  const scan = await store.createScan(identity);
  if (encoder === 'images') {
    const writer = scan.createStream('diode', numeric('uint8', [4096]), info, { coalesce: false });
    await scan.prepare();
    await scan.start();
    for (let i = 0; i < count; i++) writer.send(new Uint8Array(4096).fill(i));
    await writer.flush();
    server.trim(writer.key, trimmed);
  } else {
    const writer = scan.createStream('diode', numeric('uint32'), info);
    await scan.prepare();
    await scan.start();
    writer.send(count);
    await writer.flush();
  }
  const loaded = await firstValueFrom(store.loadScan(scan.key));
  return { stream: await firstValueFrom(loaded.stream('diode', 'uint8[]')), close: () => store.close() };
}

const files = (): FilesInMemory => {
  const inMemory = new FilesInMemory();
  inMemory.put('/f.h5', '/d', numbers(0, count));
  return inMemory;
};
const live: LiveImages = { read: (_, first, stop): Observable<NdArray> => of(numbers(first, Math.min(stop, first + 2))) };
const lima2: ScanInfo = { plugin: 'lima2', dtype: 'uint8', shape: [4096], protocol_version: 2, acq_uuid: '0a', source_name: 'frame', conductor_hostname: 'lid00', conductor_port: 58712 };

const kinds: Readonly<Record<string, () => Promise<Published>>> = {
  'hdf5_fallback, from the file': () => kindOfStream('images', { plugin: 'hdf5_fallback', file_path: '/f.h5', data_path: '/d' }, { files: files() }, count - 3),
  'hdf5_fallback, from Redis': () => kindOfStream('images', { plugin: 'hdf5_fallback', file_path: '/f.h5', data_path: '/d' }, { files: files() }),
  'lima2, live': () => kindOfStream('counts', lima2, { images: live }),
};

/** Takes an array away, as posting it to a worker does. Gives its first number. */
function taken({ data }: NdArray): number {
  const first = Number(data[0]);
  structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
  return first;
}

describe.each(Object.keys(kinds))('a stream of the kind %s', (name) => {
  const open = async (): Promise<Published> => (await kinds[name]?.()) ?? Promise.reject(new Error(name));

  it('holds nothing of the chunks that were read, nor of the points', async () => {
    const { stream, close } = await open();
    for (const read of [from(stream), stream.chunksFrom(0), stream.consume((chunk) => Promise.resolve([chunk]).then(([only]) => only ?? chunk))]) {
      const watched = new Watched();
      const ends = new ReplaySubject<number>(1);
      const subscription = read.pipe(tap(({ data }) => watched.add(data.data.buffer))).subscribe({ next: ({ index, data }) => ends.next(index + (data.shape[0] ?? 0)), error: (error: unknown) => ends.error(error) });
      await firstValueFrom(ends.pipe(filter((end) => end === count)));
      expect(await watched.alive()).toBeLessThanOrEqual(inHand);
      subscription.unsubscribe();
    }
    const points = new Watched();
    await lastValueFrom(range(0, count).pipe(concatMap((i) => stream.at(i)), tap(({ data }) => points.add(data.buffer))));
    expect(points.seen).toBe(count);
    expect(await points.alive()).toBeLessThanOrEqual(inHand);
    await close();
  });

  it('gives points and chunks that may be taken away, wherever they come from', async () => {
    const { stream, close } = await open();
    const all = Array.from({ length: count }, (_, i) => i);
    for (let twice = 0; twice < 2; twice++) {
      const seen: number[] = [];
      await firstValueFrom(stream.points$.pipe(tap(({ value }) => expect(value.data.buffer.byteLength).toBe(4096)), filter(({ index, value }) => seen.push(taken(value)) > 0 && index === count - 1)));
      expect(seen).toEqual(all);
      const chunks: number[] = [];
      await firstValueFrom(
        stream.chunks$.pipe(
          filter(({ data }) => {
            for (let i = 0; i < (data.shape[0] ?? 0); i++) chunks.push(Number(data.data[i * 4096]));
            taken(data);
            return chunks.length === count;
          }),
        ),
      );
      expect(chunks).toEqual(all);
      expect(await lastValueFrom(range(0, 5).pipe(concatMap((i) => stream.at(i * 10)), concatMap((value) => [taken(value)])))).toBe(40);
    }
    await close();
  });
});

describe('scans as they come', () => {
  const matching = { name: identity.name };
  const ways: Readonly<Record<string, (store: DataStore) => Observable<{ readonly key: string }>>> = {
    'scans$': (store) => store.scans$,
    'followSearch': (store) => store.followSearch(matching),
    'scans$, loaded and followed to their ends': (store) =>
      store.scans$.pipe(mergeMap(({ key }) => store.loadScan(key).pipe(mergeMap((scan) => scan.state$.pipe(filter((state) => state === 4), mergeMap(() => [scan])))))),
  };

  it.each(Object.keys(ways))('are let go of: %s', async (name) => {
    const server = new MemoryServer();
    const [publisher, reader] = [DataStore.over(memoryDatabase({ server })), DataStore.over(memoryDatabase({ server }))];
    const watched = new Watched();
    const keys = new ReplaySubject<string>(100);
    const subscription = ways[name]?.(reader).pipe(tap((scan) => watched.add(scan))).subscribe({ next: ({ key }) => keys.next(key), error: (error: unknown) => keys.error(error) });
    for (let i = 0; i < 100; i++) {
      const scan = await publisher.createScan({ ...identity, number: i });
      await scan.close();
      await firstValueFrom(keys.pipe(filter((key) => key === scan.key)));
    }
    expect(watched.seen).toBeGreaterThanOrEqual(100);
    expect(await watched.alive()).toBeLessThanOrEqual(inHand);
    subscription?.unsubscribe();
    await Promise.all([publisher.close(), reader.close()]);
  });

  it('of a sequence are let go of', async () => {
    const store = DataStore.over(memoryDatabase());
    const { scan, writer } = await publishing(store, json());
    expect(writer.sealed).toBe(false);
    const parent = await store.createScan({ ...identity, number: 2 });
    const sequence = parent.createStream('subscans', json(), { plugin: 'scan_sequence' });
    await parent.prepare();
    await parent.start();
    const loaded = await firstValueFrom(store.loadScan(parent.key));
    const stream = await firstValueFrom(loaded.stream('subscans'));
    const watched = new Watched();
    const last = new ReplaySubject<number>(1);
    const subscription = store.subScans(stream).scans$.subscribe({
      next: ({ index, scan: sub }) => {
        watched.add(sub);
        last.next(index);
      },
      error: (error: unknown) => last.error(error),
    });
    for (let i = 0; i < 100; i++) {
      sequence.send({ key: scan.key });
      await sequence.flush();
      await firstValueFrom(last.pipe(filter((index) => index === i)));
    }
    expect(watched.seen).toBe(100);
    expect(await watched.alive()).toBeLessThanOrEqual(inHand);
    subscription.unsubscribe();
    await store.close();
  });
});
