/** Scans that come and go one after the other while a tracker looks on: each of them is found, and gets its time to live. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { bufferCount, filter, firstValueFrom, ReplaySubject, type Subscription } from 'rxjs';
import { numeric } from '../../lib/index.js';
import { trackMemory, type TrackerEvent } from '../../lib/tracker.js';
import { identity, stateKeyOf } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

let events$: ReplaySubject<TrackerEvent>;
let tracking: Subscription | undefined;

beforeEach(async () => {
  await on.client.config('SET', 'maxmemory', '500mb');
  events$ = new ReplaySubject(Infinity);
  tracking = trackMemory(on.url, { monitoringPeriod: 20, closedScanDeletion: 1_000_000 }).subscribe(events$);
});
afterEach(async () => {
  tracking?.unsubscribe();
  await on.client.config('SET', 'maxmemory', '0');
});

it('a hundred scans are found, and get a time to live with all their streams once they are closed', async () => {
  const count = 100;
  const told = (tag: 'scanFound' | 'scanExpires'): Promise<readonly TrackerEvent[]> => firstValueFrom(events$.pipe(filter(({ _tag }) => _tag === tag), bufferCount(count)));
  const keys: (readonly string[])[] = [];
  for (let number = 0; number < count; number++) {
    const scan = await on.store.createScan({ ...identity, number });
    const streams = ['a', 'b'].map((name) => scan.createStream(name, numeric('int32')));
    await scan.prepare();
    await scan.start();
    for (const stream of streams) stream.sendBatch(Int32Array.of(1, 2, 3));
    await scan.stop();
    await scan.close();
    keys.push([scan.key, await stateKeyOf(on.client, scan.key), ...streams.map(({ key }) => key)]);
  }
  const scans = keys.map(([key]) => expect.objectContaining({ key }));
  for (const tag of ['scanFound', 'scanExpires'] as const) expect(await told(tag)).toEqual(expect.arrayContaining(scans));
  for (const key of keys.flat()) {
    const seconds = await on.client.ttl(key);
    expect(seconds > 0 && seconds <= 1000).toBe(true);
  }
});
