/** Runs in the browser: reads and publishes through the gateway that the page comes from, or another one. */
import { DataStore, errorToJson, isBlissdataError, json, numeric, scanStateName, type Scan } from 'blissdata-rx/browser';
import { zipByIndex } from 'blissdata-rx/operators';
import { firstValueFrom, ignoreElements, lastValueFrom, map, reduce, tap, timer, toArray } from 'rxjs';
import { renderData, renderPoint } from '../../interop/rendering.js';

declare const location: { readonly origin: string };
const here = location.origin;

/** What a promise that is waited for later comes to. */
let outcome: Promise<unknown> = Promise.resolve();
export const result = (): Promise<unknown> => outcome;

const tagOf = (error: unknown): string => (isBlissdataError(error) ? error._tag : String(error));
const failure = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'no error', tagOf);

/** Follows the next scan in every way; resolves when it is ready for it. */
export async function followNext(): Promise<void> {
  const store = DataStore.connect(here);
  const created = firstValueFrom(store.scans$);
  await firstValueFrom(store.lastTimetag());
  outcome = created.then(async ({ key }) => {
    const scan = await firstValueFrom(store.loadScan(key));
    try {
      return await followed(store, scan);
    } finally {
      await store.close();
    }
  });
}

async function followed(store: DataStore, scan: Scan) {
  const streams = { diode: await firstValueFrom(scan.stream('diode', 'float64')), log: await firstValueFrom(scan.stream('log', 'json')) };
  const { diode } = streams;
  const states = lastValueFrom(scan.state$.pipe(map(scanStateName), toArray()));
  const sum = lastValueFrom(diode.points$.pipe(reduce((all, { value }) => all + value, 0)));
  const chunked = lastValueFrom(diode.chunks$.pipe(reduce((count, { data }) => count + data.data.length, 0)));
  const consumed = lastValueFrom(diode.consume(({ data }) => timer(1).pipe(map(() => data.data.length))).pipe(reduce((count, each) => count + each, 0)));
  const newest = lastValueFrom(diode.latest$);
  const rows = lastValueFrom(zipByIndex(streams).pipe(map(({ index, values }) => ({ index, ...values })), toArray()));
  using cursor = diode.cursor();
  const first = await cursor.read({ count: 3 });
  const all = { states: await states, sum: await sum, chunked: await chunked, consumed: await consumed, newest: await newest, rows: (await rows).slice(0, 2) };
  const { key } = scan;
  return {
    ...all,
    identity: scan.identity.session,
    cursor: first._tag === 'chunk' ? [...first.data.data] : first._tag,
    at: await firstValueFrom(diode.at(-1)),
    slice: [...(await firstValueFrom(diode.slice({ start: 2, stop: 5 }))).data],
    length: await firstValueFrom(diode.length()),
    found: (await firstValueFrom(store.search({ session: 'pag*' }))).keys,
    missing: await failure(firstValueFrom(store.loadScan(key.replace(/.$/, (last) => (last === 'X' ? 'Y' : 'X'))))),
    beyond: await failure(firstValueFrom(diode.at(1e6))),
    mismatch: await failure(firstValueFrom(scan.stream('diode', 'int32'))),
  };
}

/** Publishes a scan through the gateway. */
export async function publish(points: number) {
  await using store = DataStore.connect(here);
  const scan = await store.createScan({ name: 'published', number: 8, data_policy: 'ESRF' });
  const diode = scan.createStream('diode', numeric('float64'));
  const log = scan.createStream('log', json());
  await scan.prepare();
  await scan.start();
  for (let i = 0; i < points; i++) if (!diode.send(i / 4)) await diode.ready();
  log.send({ big: 2n ** 63n });
  await scan.close();
  return scan.key;
}

/** Connects to a gateway, which may not be this page's own. */
export async function connectTo(url: string, token?: string) {
  await using store = DataStore.connect(url, { waitForServer: false, retry: false, ...(token === undefined ? {} : { token }) });
  return await failure(firstValueFrom(store.lastTimetag()));
}

/** Every point of every stream of a scan, rendered: as points come, and as slices. */
export async function renderAll(key: string) {
  await using store = DataStore.connect(here);
  const scan = await firstValueFrom(store.loadScan(key));
  const streams = [...(await firstValueFrom(scan.streams$)).values()];
  const read = streams.filter(({ problem }) => problem === undefined).map(async (stream) => {
    const points = await lastValueFrom(stream.points$.pipe(map(({ value }) => renderPoint(stream.dtype, value)), toArray()));
    const slice = await lastValueFrom(stream.slice().pipe(map((data) => renderData(stream.dtype, data))));
    return [stream.name, { points, slice }] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

/** Follows all points of a stream of which each has its index for its value; resolves when it has the first. */
export async function count(key: string): Promise<void> {
  const store = DataStore.connect(here);
  const statuses: string[] = [];
  store.status$.subscribe(({ _tag }) => statuses.push(_tag));
  const scan = await firstValueFrom(store.loadScan(key));
  const stream = await firstValueFrom(scan.stream('diode', 'float64'));
  const seen = { points: 0, wrong: 0, newest: -1 };
  const following = lastValueFrom(
    stream.points$.pipe(
      tap(({ index, value }) => {
        if (index !== seen.points || value !== index) seen.wrong++;
        seen.points++;
      }),
      ignoreElements(),
    ),
    { defaultValue: undefined },
  );
  const newest = lastValueFrom(stream.latest$.pipe(tap(({ index }) => (seen.newest = index)), ignoreElements()), { defaultValue: undefined });
  outcome = Promise.all([following, newest]).then(async () => {
    await store.close();
    return { ...seen, statuses: [...new Set(statuses)], losses: statuses.filter((tag) => tag === 'connecting').length };
  }, errorToJson);
  await firstValueFrom(stream.points$);
}

/** Nothing else runs in the page for so long. */
export function stall(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
