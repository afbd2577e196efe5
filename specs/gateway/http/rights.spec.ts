/** Stores of this package through a gateway whose tokens give a part of a real database: what may be seen is as on Redis, the rest is not there. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map, take, toArray } from 'rxjs';
import { DataStore, numeric, ScanState } from '../../../lib/index.js';
import { identity } from '../../scan/publishing.js';
import { failureOf, following } from '../../store/outcomes.js';
import { onRedis } from '../../store/on-redis.js';
import { closeAfterEach, open } from './opened.js';

const on = onRedis();
closeAfterEach();

const [redToken, allToken, writeToken] = ['red-0123456789abcdef', 'all-0123456789abcdef', 'write-0123456789abcdef'];
let url: string;
let stores: DataStore[] = [];

beforeEach(async () => {
  const gateway = await open(
    {
      allowWrite: true,
      allowDelete: true,
      tokens: [
        { token: redToken, roles: ['read'], scans: [{ session: 'red' }] },
        { token: writeToken, roles: ['write', 'delete'], scans: [{ session: 'red' }] },
        { token: allToken, roles: ['read'] },
      ],
    },
    on.url,
  );
  url = gateway.url.replace('http', 'ws');
});
afterEach(async () => {
  await Promise.allSettled(stores.map((store) => store.close()));
  stores = [];
});

function connect(token: string): DataStore {
  const store = DataStore.connect(url, { token });
  stores.push(store);
  return store;
}

async function publish(session: string, store = on.store): Promise<string> {
  const scan = await store.createScan({ ...identity, session });
  // Before the scan's JSON names the stream.
  const writer = scan.createStream('diode', numeric('float64'), {}, { coalesce: false });
  writer.send(0);
  await writer.flush();
  await scan.prepare();
  await scan.start();
  for (let i = 1; i < 10; i++) writer.send(i);
  const late = scan.createStream('late', numeric('float64'));
  late.send(5);
  await scan.close();
  return scan.key;
}

const pointsOf = async (store: DataStore, key: string, name = 'diode'): Promise<readonly unknown[]> => {
  const stream = await firstValueFrom((await firstValueFrom(store.loadScan(key))).stream(name));
  return lastValueFrom(stream.points$.pipe(map(({ value }) => value), toArray()));
};

describe('a store that may see one session', () => {
  it('finds, follows and reads its scans, and no others', async () => {
    const red = connect(redToken);
    const found$ = following(red.scansSince('0-0').pipe(map(({ key }) => key)));
    const blue1 = await publish('blue');
    const red1 = await publish('red');
    await publish('blue');
    const red2 = await publish('red');
    await publish('blue');
    expect(await firstValueFrom(found$.pipe(take(2), toArray()))).toEqual([red1, red2]);
    expect((await firstValueFrom(red.search())).keys).toEqual([red1, red2]);
    expect((await firstValueFrom(connect(allToken).search())).keys).toHaveLength(5);
    const last = await firstValueFrom(red.lastScan());
    expect(last).toMatchObject({ _tag: 'Some', value: { key: red2 } });
    expect(await pointsOf(red, red1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await pointsOf(red, red1, 'late')).toEqual([5]);
    expect(await failureOf(red.loadScan(blue1))).toMatchObject({ _tag: 'ScanNotFound', key: blue1 });
    expect(await failureOf(red.loadScan('esrf:scan:01J00000000000000000000000'))).toMatchObject({ _tag: 'ScanNotFound' });
    await expect(red.createScan({ ...identity, session: 'red' })).rejects.toMatchObject({ _tag: 'AccessDenied' });
  });

  it('sees a scan end that is deleted while it is followed', async () => {
    const scan = await on.store.createScan({ ...identity, session: 'red' });
    const writer = scan.createStream('diode', numeric('float64'));
    await scan.prepare();
    await scan.start();
    writer.send(1);
    await writer.flush();
    const seen = await firstValueFrom(connect(redToken).loadScan(scan.key));
    const states$ = following(seen.state$);
    expect(await firstValueFrom(states$)).toBe(ScanState.STARTED);
    await on.store.deleteScan(scan.key, { force: true });
    expect(await lastValueFrom(states$.pipe(toArray()))).toEqual([ScanState.STARTED, ScanState.CLOSED]);
  });
});

describe('a store that may write to one session', () => {
  it('publishes there, also points of streams that the JSON does not name yet, and nowhere else', async () => {
    const writing = connect(writeToken);
    const key = await publish('red', writing);
    expect(await pointsOf(on.store, key)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await pointsOf(connect(redToken), key, 'late')).toEqual([5]);
    await expect(writing.createScan({ ...identity, session: 'blue' })).rejects.toMatchObject({ _tag: 'AccessDenied' });
    expect((await firstValueFrom(on.store.search())).keys).toEqual([key]);
    const blue = await publish('blue');
    await writing.deleteScan(blue);
    expect((await firstValueFrom(on.store.loadScan(blue))).key).toBe(blue);
    await writing.deleteScan(key);
    expect(await failureOf(on.store.loadScan(key))).toMatchObject({ _tag: 'ScanNotFound' });
  });
});
