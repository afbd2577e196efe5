/** How many bytes come from the server: to learn where a stream stands none of its payloads, for a slice no more than its points, in pieces. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, type Observable } from 'rxjs';
import { DataStore, numeric, type Stream } from '../../lib/index.js';
import { Proxy } from '../faults/proxy.js';
import { publishing, reading, type Published } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';
import { failureOf } from '../store/outcomes.js';

const on = onRedis();
const megabyte = 1 << 20;

let proxy: Proxy;
let store: DataStore;
beforeEach(async () => {
  proxy = await Proxy.to(on.url);
  store = DataStore.connect(proxy.url, { connection: { socketTimeout: 60_000 } });
});
afterEach(async () => {
  await store.close();
  proxy.close();
});

const received = (): number => proxy.connections.reduce((sum, { bytes }) => sum + bytes.answers, 0);

/** How many bytes came while this was done. */
async function bytesOf(work: () => Promise<unknown>): Promise<number> {
  const before = received();
  await work();
  return received() - before;
}

async function images(count: number, size = 8 * megabyte): Promise<Published<'uint8[]'> & { readonly stream: Stream<'uint8[]'> }> {
  const published = await publishing(on.store, numeric('uint8', [size]));
  for (let i = 0; i < count; i++) {
    published.writer.send(new Uint8Array(size).fill(i));
    await published.writer.flush();
  }
  return { ...published, stream: await reading(store, published, 'uint8[]') };
}

const settled = (made: Observable<unknown> | Promise<unknown>): Promise<unknown> => Promise.allSettled([made instanceof Promise ? made : firstValueFrom(made)]);

/** All that asks where a stream stands and nothing else. */
const reads = (stream: Stream, scanKey: string): readonly (readonly [string, () => Promise<unknown>])[] => [
  ['length', () => settled(stream.length())],
  ['at beyond the end', () => settled(stream.at(100))],
  ['at -100', () => settled(stream.at(-100))],
  ['slice beyond the end', () => settled(stream.slice({ start: 100 }))],
  ['readers', () => settled(store.readers())],
  ['streamWriter', () => settled(store.streamWriter(scanKey, 'diode'))],
];

describe('less than 10 kB come of a stream whose entries are images of 8 MiB', () => {
  it('while it is open, sealed, and trimmed to nothing', async () => {
    const { stream, scan, writer } = await images(2);
    const check = async (state: string): Promise<void> => {
      for (const [what, read] of reads(stream, scan.key)) {
        expect([state, what, (await bytesOf(read)) < 10_000]).toEqual([state, what, true]);
      }
    };
    await check('open');
    await writer.seal();
    expect(await bytesOf(() => firstValueFrom(stream.waitSealed()))).toBeLessThan(10_000);
    await check('sealed');
    await on.client.xtrim(writer.key, 'MAXLEN', 0);
    await check('trimmed to nothing');
    await on.client.del(writer.key);
    await check('missing');
  });

  it('to wait for the seal of an open one', async () => {
    const { stream, writer } = await images(1);
    const sealed = firstValueFrom(stream.waitSealed());
    await firstValueFrom(stream.length());
    expect(await bytesOf(async () => { await writer.seal(); await sealed; })).toBeLessThan(10_000);
    expect(await sealed).toBe(1);
  });
});

it('a sealed stream that has lost even its seal does not say how long it was', async () => {
  const { stream, scan, writer } = await images(2, 4);
  await writer.seal();
  await on.client.xtrim(writer.key, 'MAXLEN', 0);
  const trimmed = { _tag: 'IndexNoMoreThere', stream: 'diode' };
  for (const read$ of [stream.length(), stream.waitSealed(), stream.at(0), stream.at(7), stream.at(-1), stream.slice(), stream.points$, stream.latest$]) {
    expect(await failureOf(read$)).toMatchObject(trimmed);
  }
  expect(await failureOf(store.streamWriter(scan.key, 'diode'))).toMatchObject({ _tag: 'StreamSealed' });
});

describe('a slice', () => {
  it('is read in pieces, each of which is requested when the one before has come', async () => {
    const { stream } = await images(12, megabyte);
    const names: string[] = [];
    proxy.passed$.subscribe(({ command }) => names.push(command.name));
    const { shape, data } = await firstValueFrom(stream.slice());
    expect(shape).toEqual([12, megabyte]);
    expect(Array.from({ length: 12 }, (_, i) => data[i * megabyte])).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(names.filter((name) => name === 'XRANGE').length).toBeGreaterThanOrEqual(6);
  });

  it('with a step brings only the images of the slice', async () => {
    const { stream } = await images(12, megabyte);
    let data: Uint8Array = new Uint8Array(0);
    expect(await bytesOf(async () => { ({ data } = await firstValueFrom(stream.slice({ start: 1, step: 5 }))); })).toBeLessThan(3.1 * megabyte);
    expect([0, 1, 2].map((i) => data[i * megabyte])).toEqual([1, 6, 11]);
  });

  it('is IndexNoMoreThere where the rest is trimmed off between two pieces', async () => {
    const { stream, writer } = await images(8, megabyte);
    await firstValueFrom(stream.length());
    const trimming = new Promise((resolve, reject) => {
      const passing = proxy.passed$.subscribe(({ command }) => {
        if (command.name !== 'XRANGE') return;
        passing.unsubscribe();
        on.client.xtrim(writer.key, 'MAXLEN', 0).then(resolve, reject);
      });
    });
    expect(await failureOf(stream.slice())).toMatchObject({ _tag: 'IndexNoMoreThere' });
    await trimming;
  });
});
