/** Work that blocks the event loop longer than the socket timeout: no server is considered dead, and nothing is retried. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, map, mergeMap, take, toArray } from 'rxjs';
import { numeric, type ConnectOptions, type DataStore, type Scan } from '../../lib/index.js';
import { keepLoop } from '../support/keep-loop.js';
import { settled } from '../support/live-stream.js';
import { onFaults } from './on-faults.js';
import { Statuses } from './statuses.js';

const on = onFaults();

/** In ms: work takes longer than a reply may. */
const socketTimeout = 200;
const work = 450;

const identity = { name: 'x', number: 1, data_policy: 'none' };
const frame = 1 << 18;

describe.each([false, {}] as const)('with retry %j', (retry) => {
  const seen: Statuses[] = [];
  const opened = (options: ConnectOptions = {}): DataStore => {
    const store = on.direct({ retry, connection: { socketTimeout, connectTimeout: socketTimeout }, ...options });
    seen.push(new Statuses(store));
    return store;
  };

  afterEach(() => {
    expect(seen.splice(0).filter(({ troubled }) => troubled)).toEqual([]);
  });

  async function published(): Promise<Scan> {
    const store = on.direct();
    const scan = await store.createScan(identity);
    const images = scan.createStream('images', numeric('uint8', [frame]));
    const values = scan.createStream('values', numeric('int32'));
    await scan.prepare();
    await scan.start();
    for (let i = 0; i < 12; i++) {
      images.send(new Uint8Array(frame).fill(i));
      values.send(i);
      await Promise.all([images.flush(), values.flush()]);
    }
    await scan.close();
    return await firstValueFrom(opened().loadScan(scan.key));
  }

  it('a reader gets all, chunk by chunk', async () => {
    const stream = await firstValueFrom((await published()).stream('images', 'uint8[]'));
    let points = 0;
    for await (const chunk of stream) {
      points += chunk.data.shape[0] ?? 0;
      keepLoop(work);
    }
    expect(points).toBe(12);
  });

  it('a request sent right before the work is answered after it', async () => {
    const scan = await published();
    const images = await firstValueFrom(scan.stream('images', 'uint8[]'));
    const values = await firstValueFrom(scan.stream('values', 'int32'));
    for (let i = 0; i < 4; i++) {
      const asked = Promise.all([firstValueFrom(images.at(i)), firstValueFrom(values.at(i)), firstValueFrom(values.slice({ start: 0, stop: 3 })), firstValueFrom(images.length())]);
      // Sent, and not yet answered.
      await Promise.resolve();
      keepLoop(work);
      const [image, value, , length] = await asked;
      expect([image.data[0], value, length]).toEqual([i, i, 12]);
    }
  });

  it('a first use, whose connection is being opened meanwhile, succeeds', async () => {
    await published();
    for (let i = 0; i < 3; i++) {
      const store = opened();
      const asked = firstValueFrom(store.lastScan());
      keepLoop(work);
      await settled();
      keepLoop(work);
      expect(await asked).toMatchObject({ _tag: 'Some' });
    }
  });

  it('what is written arrives once', async () => {
    const store = opened();
    const scan = await store.createScan(identity);
    const images = scan.createStream('images', numeric('uint8', [frame]));
    await scan.prepare();
    for (let i = 0; i < 6; i++) {
      images.send(new Uint8Array(frame));
      const flushed = images.flush();
      await Promise.resolve();
      keepLoop(work);
      await flushed;
    }
    await scan.close();
    expect(await firstValueFrom((await firstValueFrom(store.loadScan(scan.key))).stream('images').pipe(mergeMap((stream) => stream.length())))).toBe(6);
  });

  it.each(['tracking', 'blocking'] as const)('scans and states are delivered, by %s', async (invalidations) => {
    const store = opened({ invalidations });
    const since = await firstValueFrom(store.lastTimetag());
    const scans = firstValueFrom(store.scansSince(since).pipe(take(5), map(({ key }) => key), toArray()));
    const states = firstValueFrom(store.scansSince(since).pipe(take(1), mergeMap(({ key }) => store.loadScan(key)), mergeMap(({ state$ }) => state$), toArray()));
    const publisher = on.direct({ connection: { socketTimeout, connectTimeout: socketTimeout }, retry: false });
    const keys: string[] = [];
    for (let i = 0; i < 5; i++) {
      keepLoop(work);
      const scan = await publisher.createScan({ ...identity, number: i });
      keys.push(scan.key);
      keepLoop(work);
      await scan.close();
    }
    expect(await scans).toEqual(keys);
    expect((await states).at(-1)).toBe(4);
  });

  it('a search finds all', async () => {
    await published();
    const store = opened();
    for (let i = 0; i < 3; i++) {
      const found = firstValueFrom(store.search());
      await firstValueFrom(store.status$.pipe(filter(({ _tag }) => _tag === 'ready')));
      keepLoop(work);
      expect((await found).keys).toHaveLength(1);
    }
  });
});

it('does not keep a server that is silent from being given up', async () => {
  const store = on.proxied({ retry: false, connection: { socketTimeout: 400, connectTimeout: 400 } });
  await firstValueFrom(store.lastScan());
  on.proxy.freezeAll();
  const asked = firstValueFrom(store.lastScan());
  await Promise.resolve();
  keepLoop(200);
  await expect(asked).rejects.toMatchObject({ _tag: 'Disconnected' });
});

it('a server that accepts no connection is given up as well', async () => {
  on.proxy.silent = true;
  const store = on.proxied({ retry: false, connection: { socketTimeout: 300, connectTimeout: 300 } });
  await expect(firstValueFrom(store.lastScan())).rejects.toMatchObject({ _tag: 'Disconnected' });
});
