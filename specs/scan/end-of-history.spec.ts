/** What is created after a subscription is never missed, whichever store of the process creates it. */
import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, map, ReplaySubject, switchMap, take, toArray, VirtualTimeScheduler, type Observable } from 'rxjs';
import { DataStore, numeric } from '../../lib/index.js';
import { endOfHistory } from '../../lib/scan/end-of-history.js';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

const identity = { name: 'x', number: 1, data_policy: 'none' };

/** From its subscription on, which is now. */
function following(source$: Observable<{ readonly key: string }>): (key: string) => Promise<unknown> {
  const emitted$ = new ReplaySubject<string>(Infinity);
  const subscription = source$.pipe(map(({ key }) => key)).subscribe(emitted$);
  return async (key) => {
    await firstValueFrom(emitted$.pipe(filter((emitted) => emitted === key)));
    subscription.unsubscribe();
  };
}

describe('a scan that is created right after the subscription', () => {
  it('is never missed by the store that creates it', async () => {
    for (let i = 0; i < 1000; i++) {
      const follower = following(on.store.scans$);
      await follower((await on.store.createScan(identity)).key);
    }
  });

  it('is never missed by another store, also one that has yet to connect', async () => {
    await on.store.createScan(identity);
    for (let i = 0; i < 60; i++) {
      const cold = on.another();
      const follower = [following(cold.scans$), following(cold.followSearch()), following(cold.scans$)];
      const { key } = await on.store.createScan(identity);
      await Promise.all(follower.map((emits) => emits(key)));
      await cold.close();
    }
  });

  it('is the first to be emitted: no earlier one is', async () => {
    for (let i = 0; i < 20; i++) {
      const cold = on.another();
      await on.store.createScan(identity);
      const follower = firstValueFrom(cold.scans$.pipe(map(({ key }) => key), take(3), toArray()));
      const keys: string[] = [];
      for (let k = 0; k < 3; k++) keys.push((await on.store.createScan(identity)).key);
      expect(await follower).toEqual(keys);
      await cold.close();
    }
  });

  it('comes with all its states and streams', async () => {
    for (let i = 0; i < 20; i++) {
      const cold = on.another();
      const scan = cold.scans$.pipe(take(1), switchMap(({ key }) => cold.loadScan(key)));
      const states = firstValueFrom(scan.pipe(switchMap(({ state$ }) => state$), toArray()));
      const streams = firstValueFrom(scan.pipe(switchMap(({ streams$ }) => streams$), filter((known) => known.has('diode'))));
      const writer = await on.store.createScan(identity);
      writer.createStream('diode', numeric('float64'));
      await writer.prepare();
      await writer.close();
      expect((await states).at(-1)).toBe(4);
      expect([...(await streams).keys()]).toEqual(['diode']);
      await cold.close();
    }
  });
});

it('every scan that follows a requested timetag comes, by whichever process it is created', async () => {
  const cold = on.another();
  const timetag = await firstValueFrom(cold.lastTimetag());
  const follower = following(cold.scansSince(timetag));
  await follower((await on.store.createScan(identity)).key);
});

it('hundreds may be created before the server sees the question', async () => {
  const scheduler = new VirtualTimeScheduler();
  const server = new MemoryServer({ scheduler });
  const near = DataStore.over(memoryDatabase({ server }), { scheduler });
  const end = firstValueFrom(endOfHistory(memoryDatabase({ server, latency: 10 })));
  const keys: string[] = [];
  for (let number = 0; number < 300; number++) keys.push((await near.createScan({ ...identity, number })).key);
  scheduler.flush();
  expect(await firstValueFrom(near.nextScan(await end))).toMatchObject({ value: { key: keys[0] } });
  await near.close();
});

it('in memory it is the same, however long an answer takes', async () => {
  const server = new MemoryServer();
  const [near, far] = [0, 5].map((latency) => DataStore.over(memoryDatabase({ server, latency })));
  if (near === undefined || far === undefined) throw new Error('there are two');
  await near.createScan(identity);
  for (let i = 0; i < 10; i++) {
    const follower = following(far.scans$);
    await follower((await near.createScan(identity)).key);
  }
  await near.close();
  await far.close();
});
