/** Readers that wait are woken on a real Redis, also when tracking breaks or is not to be had. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map, Subject, switchMap, tap, toArray } from 'rxjs';
import { DataStore, numeric } from '../../lib/index.js';
import { freshRedis, type FreshRedis } from '../support/redis.js';

let redis: FreshRedis;

beforeAll(async () => {
  redis = await freshRedis();
}, 300_000);
beforeEach(() => redis.reset());
afterAll(() => redis.stop());

/** The URL for a user who may do everything but what the rules take away. */
async function urlOfUser(...rules: readonly string[]): Promise<string> {
  await redis.client.call('ACL', ['SETUSER', 'limited', 'reset', 'on', '>secret', '~*', '&*', '+@all', ...rules]);
  const url = new URL(redis.url);
  url.username = 'limited';
  url.password = 'secret';
  return url.href;
}

/** Publishes a point each time the one before has been read, so that the reader has to wait for every single one. */
async function followPointByPoint(readerUrl: string, before: (index: number) => Promise<void> = () => Promise.resolve()): Promise<readonly number[]> {
  const reading = DataStore.connect(readerUrl);
  const writing = DataStore.connect(redis.url);
  try {
    const scan = await writing.createScan({ name: 'live', number: 1, data_policy: 'none' });
    const writer = scan.createStream('diode', numeric('int32'));
    await scan.prepare();
    const seen$ = new Subject<number>();
    const points = lastValueFrom(
      reading.loadScan(scan.key).pipe(
        switchMap((found) => found.stream('diode', 'int32')),
        switchMap((stream) => stream.points$),
        map(({ value }) => value),
        tap((value) => seen$.next(value)),
        toArray(),
      ),
    );
    for (let index = 0; index < 20; index++) {
      await before(index);
      const seen = firstValueFrom(seen$);
      writer.send(index);
      expect(await seen).toBe(index);
    }
    await scan.close();
    return await points;
  } finally {
    await writing.close();
    await reading.close();
  }
}

const zeroTo19 = Array.from({ length: 20 }, (_, i) => i);

describe('waiting for points', () => {
  it('wakes for each of them', async () => {
    expect(await followPointByPoint(redis.url)).toEqual(zeroTo19);
  });

  it('misses none when the connection that brings the wakes is killed again and again', async () => {
    let killed = 0;
    const points = await followPointByPoint(redis.url, async (index) => {
      if (index % 3 === 2) killed += Number(await redis.client.call('CLIENT', ['KILL', 'TYPE', 'pubsub']));
    });
    expect(points).toEqual(zeroTo19);
    expect(killed).toBeGreaterThanOrEqual(6);
  });

  it.each([
    ['refuses tracking', '-client|tracking'],
    ['refuses the channel of the wakes', 'resetchannels'],
  ])('goes on by looking every now and then where the server %s', async (_, rule) => {
    expect(await followPointByPoint(await urlOfUser(rule))).toEqual(zeroTo19);
  });
});

it('a password is in no error', async () => {
  const url = await urlOfUser('-get');
  const store = DataStore.connect(url);
  const error: unknown = await firstValueFrom(store.lastTimetag()).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ _tag: 'ServerError', code: 'NOPERM' });
  expect(JSON.stringify(error) + String(error)).not.toContain('secret');
  await store.close();
});
