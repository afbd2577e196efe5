/** Runs in the browser: publishes a scan to the in-memory database, follows it as it grows, and reads it again when it is closed. */
import { DataStore, isBlissdataError, json, numeric, ScanState, scanStateName, type Chunk } from 'blissdata-rx/browser';
import { zipByIndex } from 'blissdata-rx/operators';
import { memoryDatabase, MemoryServer } from 'blissdata-rx/testing';
import { filter, firstValueFrom, lastValueFrom, map, reduce, switchMap, toArray } from 'rxjs';

const points = 1000;

export async function followScan() {
  const server = new MemoryServer();
  await using publisher = DataStore.over(memoryDatabase({ server }));
  await using store = DataStore.over(memoryDatabase({ server, latency: 1 }));

  const created = firstValueFrom(store.scans$);
  await firstValueFrom(store.lastTimetag());
  const writer = await publisher.createScan({ name: 'ascan', number: 7, data_policy: 'ESRF', session: 'page' }, { title: 'ascan th 0 1' });
  const diode = writer.createStream('diode', numeric('float64'), { unit: 'mA' });
  const image = writer.createStream('image', numeric('uint16', [2, 3]));
  const spectrum = writer.createStream('spectrum', numeric('float32', [-1]));
  const log = writer.createStream('log', json());
  await writer.prepare();

  const { key } = await created;
  const scan = await firstValueFrom(store.loadScan(key));
  const streams = { diode: await firstValueFrom(scan.stream('diode', 'float64')), log: await firstValueFrom(scan.stream('log', 'json')) };
  const seen = (state: ScanState) => firstValueFrom(scan.state$.pipe(filter((each) => each === state), map(scanStateName)));
  const followed = lastValueFrom(streams.diode.points$.pipe(reduce((sum, { value }) => sum + value, 0)));
  const chunked = lastValueFrom(streams.diode.chunks$.pipe(reduce(appended, [])));
  const rows = lastValueFrom(zipByIndex(streams).pipe(map(({ index, values }) => ({ index, ...values })), toArray()));

  await writer.start();
  const states = [await seen(ScanState.STARTED)];
  for (let i = 0; i < points; i++) {
    if (!diode.send(i / 2)) await diode.ready();
    image.send(new Uint16Array(6).fill(i));
    if (i < 3) spectrum.send(new Float32Array(i + 1).fill(i));
    if (i < 4) log.send({ th: i, shutter: 'open' });
  }
  await writer.stop();
  states.push(await seen(ScanState.STOPPED));
  await writer.close();
  states.push(await seen(ScanState.CLOSED));

  using cursor = streams.diode.cursor();
  const read = await cursor.read({ count: 3 });
  const missing = await firstValueFrom(store.loadScan(`${key.slice(0, -1)}x`)).then(() => undefined, (error: unknown) => error);
  return {
    identity: scan.identity,
    states,
    followed: await followed,
    chunked: (await chunked).length,
    rows: (await rows).slice(0, 2),
    cursor: read._tag !== 'chunk' ? read._tag : { index: read.index, data: [...read.data.data] },
    at: await firstValueFrom(streams.diode.at(-1)),
    slice: [...(await firstValueFrom(streams.diode.slice({ start: 2, stop: 5 }))).data],
    image: await firstValueFrom(scan.stream('image', 'uint16[]').pipe(switchMap((stream) => stream.at(5)), map(({ shape, data }) => ({ shape, data: [...data] })))),
    spectrum: await firstValueFrom(scan.stream('spectrum', 'float32[*]').pipe(switchMap((stream) => stream.slice()), map((each) => each.map(({ data }) => [...data])))),
    found: (await firstValueFrom(store.search({ session: 'pa*', number: { min: 7 } }))).keys.length,
    missing: isBlissdataError(missing) ? missing._tag : String(missing),
  };
}

const appended = (values: readonly number[], { data }: Chunk<'float64'>): readonly number[] => [...values, ...data.data];

/** What a page that connects to Redis gets. */
export async function connectToRedis() {
  const attempts = [() => Promise.resolve(DataStore.connect('redis://:secret@localhost:6379')), () => DataStore.init('redis://:secret@localhost:6379')];
  return Promise.all(attempts.map((attempt) => Promise.resolve().then(attempt).then(() => 'no error', (error: unknown) => (isBlissdataError(error) ? `${error._tag}: ${error.message}` : String(error)))));
}
