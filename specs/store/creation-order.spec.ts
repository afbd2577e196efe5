/** The order in which scans are found is that in which they were created. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map, take, toArray, VirtualTimeScheduler } from 'rxjs';
import { DataStore, numeric } from '../../lib/index.js';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { byCreation } from '../../lib/wire/keys.js';
import { identity } from '../scan/publishing.js';
import { onRedis } from './on-redis.js';

const on = onRedis();

/** A clock that shows what it is set to. */
class Clock extends VirtualTimeScheduler {
  time = 1_700_000_000_000;
  override now = (): number => this.time;
}

const keysOf = (store: DataStore): Promise<readonly string[]> => firstValueFrom(store.search().pipe(map(({ keys }) => keys)));
const streamed = (store: DataStore, count: number): Promise<readonly string[]> => lastValueFrom(store.followSearch().pipe(take(count), map(({ key }) => key), toArray()));

describe('scans created by one process', () => {
  it('come in their order, 10,000 of one millisecond', async () => {
    const scheduler = new Clock();
    const store = DataStore.over(memoryDatabase({ server: new MemoryServer({ scheduler }) }), { scheduler });
    const created: string[] = [];
    for (let number = 0; number < 10_000; number++) created.push((await store.createScan({ ...identity, number })).key);
    expect(new Set(created.map((key) => key.slice(-26, -16))).size).toBe(1);
    expect(await keysOf(store)).toEqual(created);
    expect(await streamed(store, created.length)).toEqual(created);
  });

  it('come in their order though the clock is set back, and from several stores', async () => {
    const scheduler = new Clock();
    const server = new MemoryServer({ scheduler });
    const stores = [0, 1].map(() => DataStore.over(memoryDatabase({ server }), { scheduler }));
    const created: string[] = [];
    for (let number = 0; number < 200; number++) {
      scheduler.time += number % 7 === 0 ? -60_000 : 1;
      for (const store of stores) created.push((await store.createScan({ ...identity, number })).key);
    }
    for (const store of stores) {
      expect(await keysOf(store)).toEqual(created);
      expect(await streamed(store, created.length)).toEqual(created);
    }
  });

  it('come in their order from Redis, with streams whose keys rise as well', async () => {
    const scans = await Promise.all(Array.from({ length: 300 }, (_, number) => on.store.createScan({ ...identity, number })));
    const created = scans.map(({ key }) => key);
    expect(await keysOf(on.another())).toEqual(created);
    expect(await streamed(on.another(), created.length)).toEqual(created);
    const streams = scans.slice(0, 20).map((scan) => scan.createStream('diode', numeric('float64')).key);
    expect([...streams].sort()).toEqual(streams);
  });
});

describe('keys of others', () => {
  const ulids = ['esrf:scan:01HF7YAT00000000000000000A', 'esrf:scan:01hf7yat00000000000000000b', 'esrf:scan:01HF7YAT01000000000000000A'];
  const foreign = ['esrf:scan:', 'esrf:scan:0000', 'esrf:scan:zz', 'esrf:scan:é'];

  it('come last where they are no ULIDs, in an order that does not depend on how they were found', () => {
    const all = [...ulids, ...foreign];
    expect(byCreation(all)).toEqual(all);
    expect(byCreation([...all].reverse())).toEqual(all);
    expect(byCreation([...foreign, ...ulids])).toEqual(all);
  });

  it('are found', async () => {
    const { key } = await on.store.createScan(identity);
    await on.client.call('JSON.SET', ['esrf:scan:by-hand', '$', JSON.stringify({ pk: 'by-hand', id: { name: 'align' } })]);
    expect(await keysOf(on.another())).toEqual([key, 'esrf:scan:by-hand']);
  });
});
