/** Stream kinds as both generations of Python blissdata publish them, with Redis really trimmed. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { concatMap, firstValueFrom, lastValueFrom, map, of, toArray } from 'rxjs';
import { DataStore, ndArray, type Scan } from '../../lib/index.js';
import { hdf5Fallback, lima, limaV2 } from '../../lib/kinds.js';
import { useInterop, versions } from '../interop/interop.js';
import { failureOf, following } from '../store/outcomes.js';
import { upTo } from '../stream/samples.js';
import { FilesInMemory } from '../support/array-files.js';

const path = '/data/visitor/scan.h5';
const Published = t.type({ key: t.string, streams: t.record(t.string, t.string) });
const References = t.type({ length: t.number, references: t.array(t.type({ format: t.string, file: t.string, dataset: t.string, index: t.number })) });

describe.each(versions)('streams that Python blissdata %s publishes', (version) => {
  const interop = useInterop(version, 'Python');
  let files: FilesInMemory;
  let store: DataStore;
  let published: t.TypeOf<typeof Published>;
  let scan: Scan;

  beforeEach(async () => {
    files = new FilesInMemory();
    store = DataStore.connect(interop().redis.url, { files });
    published = await interop().python.ask(Published, 'publish_kinds', { path });
    scan = await firstValueFrom(store.loadScan(published.key));
  });
  afterEach(() => store.close());

  const send = (name: string, points: readonly unknown[]): Promise<void> => interop().python.tell('send_points', { key: published.key, name, points });
  const trim = (name: string, index: number): Promise<number> => interop().redis.client.xtrim(published.streams[name] ?? '', 'MINID', `${index}-0`);

  it('that are saved, declared as before there were plugins, lose nothing', async () => {
    const stream = await firstValueFrom(scan.stream('selfless', 'int32[]'));
    expect(stream.kind).toBe('hdf5_fallback');
    expect(stream.as(hdf5Fallback)?.place).toEqual({ format: 'hdf5', file: path, dataset: '/1.1/measurement/selfless' });
    const rows = upTo(12).map((i) => [i, i + 100]);
    files.put(path, '/1.1/measurement/selfless', ndArray('int32', [12, 2], Int32Array.from(rows.flat())));
    await interop().python.tell('send_numbers', { key: published.key, name: 'selfless', dtype: '<i4', points: rows });
    await trim('selfless', 7);
    expect(Array.from((await firstValueFrom(stream.at(3))).data)).toEqual([3, 103]);
    await interop().python.tell('close_kinds', { key: published.key });
    expect(await lastValueFrom(stream.points$.pipe(map(({ index, value }) => [index, ...value.data]), toArray()))).toEqual(rows.map((row, i) => [i, ...row]));
  });

  it('of images have the same length and places in files as in Python', async () => {
    const stream = await firstValueFrom(scan.stream('images', 'uint16[]'));
    expect(stream).toMatchObject({ kind: 'lima', shape: [2, 3] });
    await send('images', [{ last_index: 2, last_index_saved: 0 }, { last_index: 13, last_index_saved: 11 }]);
    const { length, references } = await interop().python.ask(References, 'lima_references', { key: published.key });
    expect(await firstValueFrom(stream.length())).toBe(length);
    expect(await firstValueFrom(stream.as(lima)?.references() ?? of([]))).toEqual(references);
    const [first] = references;
    if (first === undefined) throw new Error('there is no reference');
    files.put(first.file, first.dataset, ndArray('uint16', [2, 2, 3], Uint16Array.from(upTo(12))));
    expect(Array.from((await firstValueFrom(stream.at(1))).data)).toEqual([6, 7, 8, 9, 10, 11]);
  });

  it('of scans load the scans, live and by index', async () => {
    const names = ['first', 'second', 'third'];
    const create = (name: string): Promise<string> => interop().python.ask(t.string, 'create_scan', { identity: { name, number: 1, data_policy: 'ESRF' } });
    const keys = [await create('first'), await create('second'), await create('third')];
    const stream = await firstValueFrom(scan.stream('scans', 'json'));
    expect(stream.kind).toBe('scan_sequence');
    const sequence = store.subScans(stream);
    const scans$ = following(sequence.scans$.pipe(map(({ index, scan: { identity } }) => `${index} ${identity.name}`)));
    await send('scans', [{ key: keys[0] }]);
    expect(await firstValueFrom(scans$)).toBe('0 first');
    await send('scans', [{ key: keys[1] }, { key: keys[2] }]);
    await interop().python.tell('seal_stream', { key: published.key, name: 'scans' });
    expect(await lastValueFrom(scans$.pipe(toArray()))).toEqual(names.map((name, i) => `${i} ${name}`));
    expect(await firstValueFrom(sequence.length())).toBe(3);
    expect((await firstValueFrom(sequence.at(-1))).key).toBe(keys[2]);
    expect((await firstValueFrom(sequence.slice({ start: 1 }))).map(({ key }) => key)).toEqual(keys.slice(1));

    await interop().redis.client.expire(keys[1] ?? '', 10);
    expect(await failureOf(sequence.scans$)).toMatchObject({ _tag: 'ScanNotFound', key: keys[1] });
    expect(await failureOf(sequence.at(1))).toMatchObject({ _tag: 'ScanNotFound' });
    expect(await lastValueFrom(sequence.scans({ missing: 'skip' }).pipe(map(({ index }) => index), toArray()))).toEqual([0, 2]);
  });
});

describe('streams that only one generation publishes', () => {
  describe('2.x', () => {
    const interop = useInterop('2.4.5', 'Python');

    it('hdf5_fallback loses nothing', async () => {
      const files = new FilesInMemory();
      const store = DataStore.connect(interop().redis.url, { files });
      const published = await interop().python.ask(Published, 'publish_kinds', { path });
      const stream = await firstValueFrom((await firstValueFrom(store.loadScan(published.key))).stream('diode', 'float64'));
      const send = (points: readonly number[]): Promise<void> => interop().python.tell('send_numbers', { key: published.key, name: 'diode', dtype: '<f8', points });
      files.put(path, '/1.1/measurement/diode', ndArray('float64', [50], Float64Array.from(upTo(50))));
      await send(upTo(20));
      await interop().redis.client.xtrim(published.streams['diode'] ?? '', 'MINID', '15-0');
      const values$ = following(stream.chunks$.pipe(concatMap(({ index, expired, data }) => Array.from(data.data, (value, i) => [index + expired + i, value]))));
      expect(await firstValueFrom(values$)).toEqual([0, 0]);
      await send(upTo(50).slice(20));
      await interop().python.tell('close_kinds', { key: published.key });
      await interop().redis.client.xtrim(published.streams['diode'] ?? '', 'MINID', '50-0');
      expect(await lastValueFrom(values$.pipe(toArray()))).toEqual(upTo(50).map((i) => [i, i]));
      expect(await lastValueFrom(stream.points$.pipe(map(({ value }) => value), toArray()))).toEqual(upTo(50));
      await store.close();
    });
  });

  describe('1.x', () => {
    const interop = useInterop('1.1.4', 'Python');

    it('lima_v2 reports its status', async () => {
      const published = await interop().python.ask(Published, 'publish_kinds', { path });
      const stream = await firstValueFrom((await firstValueFrom(interop().store.loadScan(published.key))).stream('frames', 'json'));
      expect(stream.kind).toBe('lima_v2');
      await interop().python.tell('send_points', { key: published.key, name: 'frames', points: [{ acq_uuid: 'a', nb_frames_acquired: 5, nb_frames_xferred: 3 }] });
      const access = stream.as(limaV2);
      expect(await firstValueFrom(access?.status$ ?? of())).toEqual({ acquisition: 'a', framesAcquired: 5, framesTransferred: 3 });
    });
  });
});
