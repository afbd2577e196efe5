/** Deleting scans: which, how, and what clients see that still use them. */
import { describe, expect, it } from '@jest/globals';
import * as O from 'fp-ts/lib/Option.js';
import { firstValueFrom, lastValueFrom, take, toArray, type Observable } from 'rxjs';
import { numeric, ScanState, type ScanReference, type ScanWriter } from '../../lib/index.js';
import { documentAt, identity, publishing, reading, stateKeyOf } from '../scan/publishing.js';
import { onRedis } from './on-redis.js';
import { failureOf, following } from './outcomes.js';

const on = onRedis();

/** The seconds that each key of a scan's has to live: its JSON, its states, its streams. */
async function ttls(scan: ScanWriter): Promise<readonly number[]> {
  const keys = [scan.key, await stateKeyOf(on.client, scan.key), ...[...scan.streams.values()].map(({ key }) => key)];
  return await Promise.all(keys.map((key) => on.client.ttl(key)));
}

/** The keys that would stay for ever. */
async function lasting(): Promise<readonly string[]> {
  const keys = (await on.client.keys('esrf:*')).filter((key) => !key.startsWith('esrf:scan:index'));
  const times = await Promise.all(keys.map((key) => on.client.ttl(key)));
  return keys.filter((_, i) => times[i] === -1);
}

describe('deleteScan', () => {
  it('deletes a closed scan with all that belongs to it', async () => {
    const { scan, writer } = await publishing(on.store, numeric('float64'));
    scan.createStream('unused', numeric('int8'));
    writer.send(1);
    await scan.close();
    await on.store.deleteScan(scan.key);
    expect((await ttls(scan)).every((ttl) => ttl >= 8 && ttl <= 10)).toBe(true);
    expect(await lasting()).toEqual([]);
  });

  it('refuses a scan that is not closed, and changes nothing', async () => {
    const { scan, writer } = await publishing(on.store, numeric('float64'));
    writer.send(1);
    await writer.flush();
    const before = await documentAt(on.client, scan.key);
    expect(await failureOf(on.store.deleteScan(scan.key))).toMatchObject({ _tag: 'ScanNotClosed', key: scan.key, state: ScanState.STARTED, retriable: false });
    expect(await ttls(scan)).toEqual([-1, -1, -1]);
    expect(await documentAt(on.client, scan.key)).toEqual(before);
    await scan.close();
  });

  it('has nothing to do for a scan that is missing or deleted', async () => {
    await on.store.deleteScan('esrf:scan:01J00000000000000000000000');
    await on.store.deleteScan('esrf:scan:01J00000000000000000000000', { force: true });
    const { scan } = await publishing(on.store, numeric('float64'));
    await scan.close();
    await on.store.deleteScan(scan.key);
    await on.store.deleteScan(scan.key);
  });

  it('refuses a key that is not a scan\'s', async () => {
    expect(await failureOf(on.store.deleteScan('esrf:stream:01J00000000000000000000000'))).toMatchObject({ _tag: 'InvalidArgument', argument: 'key' });
  });

  it('closes and seals by force, for readers to see all points and the end', async () => {
    const { scan, writer } = await publishing(on.store, numeric('float64'));
    writer.send(1);
    await writer.flush();
    const reader = on.another();
    const stream = await reading(reader, { scan }, 'float64');
    const loaded = await firstValueFrom(reader.loadScan(scan.key));
    const points$ = following(stream.points$);
    const states$ = following(loaded.state$);
    const infos$ = following(loaded.info$);
    await firstValueFrom(points$);
    await firstValueFrom(states$);

    await on.another().deleteScan(scan.key, { force: true });
    expect(await lastValueFrom(points$.pipe(toArray()))).toEqual([{ index: 0, value: 1 }]);
    expect(await lastValueFrom(states$)).toBe(ScanState.CLOSED);
    expect(await lastValueFrom(infos$)).toMatchObject({ end_reason: 'DELETION' });
    expect(await lasting()).toEqual([]);
  });

  it('ends a reader that waits for a stream or for its first point', async () => {
    const { scan } = await publishing(on.store, numeric('float64'));
    const reader = on.another();
    const stream = await reading(reader, { scan }, 'float64');
    const loaded = await firstValueFrom(reader.loadScan(scan.key));
    const points$ = following(stream.points$);
    const missing$ = following(loaded.stream('never there'));
    await firstValueFrom(stream.length());
    await on.store.deleteScan(scan.key, { force: true });
    expect(await lastValueFrom(points$.pipe(toArray()))).toEqual([]);
    expect(await failureOf(missing$)).toMatchObject({ _tag: 'StreamNotFound' });
  });

  it('deletes by force where the server is out of memory', async () => {
    const { scan } = await publishing(on.store, numeric('float64'));
    await on.client.config('SET', 'maxmemory', '1mb');
    try {
      expect(await failureOf(on.another({ retry: false }).createScan(identity))).toMatchObject({ _tag: 'OutOfMemory' });
      await on.store.deleteScan(scan.key, { force: true });
    } finally {
      await on.client.config('SET', 'maxmemory', '0');
    }
    expect(await lasting()).toEqual([]);
    expect(await documentAt(on.client, scan.key)).toMatchObject({ info: { end_reason: 'DELETION' } });
  });
});

describe('a deleted scan', () => {
  it('is missing wherever scans are searched', async () => {
    const kept = await on.store.createScan(identity);
    const since = await firstValueFrom(on.store.lastTimetag());
    const deleted = await on.store.createScan(identity);
    await deleted.close();
    await on.store.deleteScan(deleted.key);

    const { store } = on;
    expect(await failureOf(store.loadScan(deleted.key))).toMatchObject({ _tag: 'ScanNotFound', key: deleted.key });
    expect(await firstValueFrom(store.nextScan(since))).toEqual(O.none);
    expect(await firstValueFrom(store.lastScan())).toMatchObject(O.some({ key: kept.key }));
    expect((await firstValueFrom(store.search())).keys).toEqual([kept.key]);
    expect([...(await firstValueFrom(store.scansState([deleted.key, kept.key]))).keys()]).toEqual([kept.key]);
    const after = await store.createScan(identity);
    expect(await firstValueFrom(store.scansSince(since))).toMatchObject({ key: after.key });
    expect(await lastTwo(store.followSearch())).toEqual([kept.key, after.key].sort());
    expect(await lastTwo(store.followSearch({ name: 'ali*' }))).toEqual([kept.key, after.key].sort());
    await kept.close();
    await after.close();
  });

  it('is one by a time to live of ten seconds, not by one of eleven', async () => {
    const scan = await on.store.createScan(identity);
    await on.client.pexpire(scan.key, 11_000);
    expect((await firstValueFrom(on.store.search())).keys).toEqual([scan.key]);
    expect((await firstValueFrom(on.store.scansState([scan.key]))).size).toBe(1);
    await on.client.pexpire(scan.key, 10_000);
    expect((await firstValueFrom(on.store.search())).keys).toEqual([]);
    expect((await firstValueFrom(on.store.scansState([scan.key]))).size).toBe(0);
  });

  const late: readonly (readonly [string, (scan: ScanWriter) => Promise<unknown>])[] = [
    ['sends points', async (scan) => {
      const writer = scan.streams.get('diode');
      writer?.send(1);
      await writer?.flush();
    }],
    ['seals a stream', async (scan) => scan.streams.get('diode')?.seal()],
    ['stops it', (scan) => scan.stop()],
    ['closes it', (scan) => scan.close()],
    ['adds a stream and sends to it', async (scan) => {
      const writer = scan.createStream('late', numeric('float64'));
      writer.send(1);
      await writer.flush();
    }],
    ['adds a stream and takes a step', (scan) => {
      scan.createStream('later', numeric('float64'));
      return scan.stop();
    }],
  ];

  it.each(late)('is reported to its publisher, which %s, and leaves no lasting key behind', async (_, write) => {
    const { scan } = await publishing(on.store, numeric('float64'));
    await on.another().deleteScan(scan.key, { force: true });
    expect(await failureOf(write(scan))).toMatchObject({ _tag: 'ScanNotFound', key: scan.key });
    expect(await lasting()).toEqual([]);
  });
});

const lastTwo = async (found$: Observable<ScanReference>): Promise<readonly string[]> =>
  (await lastValueFrom(found$.pipe(take(2), toArray()))).map(({ key }) => key).sort();
