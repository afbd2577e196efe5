/** Finding scans as they are created: those to come, those since a moment, the next, the last. */
import { describe, expect, it } from '@jest/globals';
import * as O from 'fp-ts/lib/Option.js';
import { firstValueFrom, lastValueFrom, map, take, toArray, type Observable } from 'rxjs';
import type { ScanReference, ScanWriter } from '../../lib/index.js';
import { expire, identity } from '../scan/publishing.js';
import { onRedis } from './on-redis.js';
import { failureOf, following } from './outcomes.js';

const on = onRedis();

/** Creates scans one after another. */
async function created(count: number): Promise<readonly ScanWriter[]> {
  const scans: ScanWriter[] = [];
  for (let number = 1; number <= count; number++) scans.push(await on.store.createScan({ ...identity, number }));
  return scans;
}

const keys = (scans: readonly { readonly key: string }[]): readonly string[] => scans.map(({ key }) => key);

const firstKeys = (references$: Observable<ScanReference>, count: number): Promise<readonly string[]> => lastValueFrom(references$.pipe(take(count), toArray(), map(keys)));

const keyOf = (found: O.Option<ScanReference>): string | undefined => (O.isSome(found) ? found.value.key : undefined);

describe('scans$', () => {
  it('emits every scan created from the subscription on, and none that was there', async () => {
    await created(2);
    const reader = on.another();
    await firstValueFrom(reader.lastTimetag());
    const seen$ = following(reader.scans$);
    // The answers of one connection come in order: scans$ knows by now from where on.
    await firstValueFrom(reader.lastTimetag());
    const scans = await created(3);
    expect(await firstKeys(seen$, 3)).toEqual(keys(scans));
  });

  it('begins anew with every subscription', async () => {
    const reader = on.another();
    const { scans$ } = reader;
    await firstValueFrom(reader.lastTimetag());
    const early$ = following(scans$);
    await firstValueFrom(reader.lastTimetag());
    const [first] = await created(1);
    await firstValueFrom(early$);
    const late$ = following(scans$);
    await firstValueFrom(reader.lastTimetag());
    const [second] = await created(1);
    expect(await firstKeys(early$, 2)).toEqual([first?.key, second?.key]);
    expect(await firstKeys(late$, 1)).toEqual([second?.key]);
  });
});

describe('scansSince', () => {
  it('emits what is there already, then what comes', async () => {
    const before = await created(3);
    const seen$ = following(on.another().scansSince('0-0'));
    expect(await firstKeys(seen$, 3)).toEqual(keys(before));
    const after = await created(2);
    expect(await firstKeys(seen$, 5)).toEqual(keys([...before, ...after]));
  });

  it('goes on right after the timetag of any scan', async () => {
    const scans = await created(4);
    const references = await lastValueFrom(on.store.scansSince('0-0').pipe(take(4), toArray()));
    expect(await firstKeys(on.store.scansSince(references[1]?.timetag ?? ''), 2)).toEqual(keys(scans.slice(2)));
  });

  it('misses none of many that are created at once', async () => {
    const seen = firstKeys(on.another().scansSince('0-0'), 300);
    const scans = await Promise.all(Array.from({ length: 300 }, (_, i) => on.store.createScan({ ...identity, number: i })));
    expect([...(await seen)].sort()).toEqual([...keys(scans)].sort());
  });

  it('passes over scans that are deleted', async () => {
    const [kept, deleted, closed] = await created(3);
    await expire(on.client, deleted?.key ?? '');
    await on.client.expire(closed?.key ?? '', 3600);
    const seen$ = following(on.store.scansSince('0-0'));
    const [next] = await created(1);
    expect(await firstKeys(seen$, 3)).toEqual([kept?.key, closed?.key, next?.key]);
  });

  it('passes over scans whose keys were deleted', async () => {
    const [first, second] = await created(2);
    await on.client.del(first?.key ?? '');
    expect(await firstKeys(on.store.scansSince('0-0'), 1)).toEqual([second?.key]);
  });

  it.each(['', '5', '-1', '0', '$', '+', 'yesterday', '1-2-3', '1-', ' 0-0', '0-0\n'])('refuses %j as a timetag', async (timetag) => {
    expect(await failureOf(on.store.scansSince(timetag))).toMatchObject({ _tag: 'InvalidArgument', argument: 'timetag', retriable: false });
    expect(await failureOf(on.store.nextScan(timetag))).toMatchObject({ _tag: 'InvalidArgument', argument: 'timetag' });
  });

  it('says UnexpectedReply for a history entry that names no scan', async () => {
    await on.client.xadd('_SCAN_HISTORY_', '*', 'something', 'else');
    expect(await failureOf(on.store.scansSince('0-0'))).toMatchObject({ _tag: 'UnexpectedReply' });
  });

  it('says ServerError where the history is no stream', async () => {
    await on.client.set('_SCAN_HISTORY_', 'x');
    expect(await failureOf(on.store.scansSince('0-0'))).toMatchObject({ _tag: 'ServerError', code: 'WRONGTYPE' });
  });
});

describe('nextScan', () => {
  it('is the first scan after a timetag, or none', async () => {
    expect(await firstValueFrom(on.store.nextScan('0-0'))).toEqual(O.none);
    const [first, second] = await created(2);
    const found = await firstValueFrom(on.store.nextScan('0-0'));
    expect(keyOf(found)).toBe(first?.key);
    const then = await firstValueFrom(on.store.nextScan(O.isSome(found) ? found.value.timetag : ''));
    expect(keyOf(then)).toBe(second?.key);
    expect(await firstValueFrom(on.store.nextScan(O.isSome(then) ? then.value.timetag : ''))).toEqual(O.none);
  });

  it('passes over deleted scans, however many', async () => {
    const scans = await created(130);
    await expire(on.client, ...keys(scans.slice(0, 125)));
    expect(keyOf(await firstValueFrom(on.store.nextScan('0-0')))).toBe(scans[125]?.key);
    await expire(on.client, ...keys(scans.slice(125)));
    expect(await firstValueFrom(on.store.nextScan('0-0'))).toEqual(O.none);
  });
});

describe('lastScan', () => {
  it('is the scan created last, or none', async () => {
    expect(await firstValueFrom(on.store.lastScan())).toEqual(O.none);
    const scans = await created(3);
    expect(keyOf(await firstValueFrom(on.store.lastScan()))).toBe(scans[2]?.key);
  });

  it('gives way to the one before when it is deleted, however many are', async () => {
    const scans = await created(130);
    await expire(on.client, ...keys(scans.slice(2)));
    expect(keyOf(await firstValueFrom(on.store.lastScan()))).toBe(scans[1]?.key);
    await expire(on.client, ...keys(scans));
    expect(await firstValueFrom(on.store.lastScan())).toEqual(O.none);
  });
});

describe('lastTimetag', () => {
  it('is 0-0 before the first scan, then that of the last', async () => {
    expect(await firstValueFrom(on.store.lastTimetag())).toBe('0-0');
    await created(2);
    const last = await firstValueFrom(on.store.lastScan());
    expect(await firstValueFrom(on.store.lastTimetag())).toBe(O.isSome(last) ? last.value.timetag : undefined);
  });

  it('stays that of the last creation when that scan is deleted', async () => {
    const [scan] = await created(1);
    const timetag = await firstValueFrom(on.store.lastTimetag());
    await expire(on.client, scan?.key ?? '');
    expect(await firstValueFrom(on.store.lastTimetag())).toBe(timetag);
  });
});

describe('loadScan', () => {
  it.each(['', 'x', 'lab:scan:01J00000000000000000000000', 'esrf:stream:01J00000000000000000000000'])('refuses %j as a key', async (key) => {
    expect(await failureOf(on.store.loadScan(key))).toMatchObject({ _tag: 'InvalidArgument', argument: 'key' });
  });

  it('says ScanNotFound for a key where there never was a scan', async () => {
    const key = 'esrf:scan:01J00000000000000000000000';
    expect(await failureOf(on.store.loadScan(key))).toMatchObject({ _tag: 'ScanNotFound', key, retriable: false });
  });

  it('says ScanNotFound for a deleted scan, though its keys are there for some seconds still', async () => {
    const [scan] = await created(1);
    await expire(on.client, scan?.key ?? '');
    expect(await failureOf(on.store.loadScan(scan?.key ?? ''))).toMatchObject({ _tag: 'ScanNotFound', key: scan?.key });
  });

  it('says ServerError for what lies under the prefix of scans and is none', async () => {
    expect(await failureOf(on.store.loadScan('esrf:scan:index:hash'))).toMatchObject({ _tag: 'ServerError' });
  });

  it('loads anew with every subscription', async () => {
    const [scan] = await created(1);
    const loading$ = on.store.loadScan(scan?.key ?? '');
    expect((await firstValueFrom(loading$)).key).toBe(scan?.key);
    await expire(on.client, scan?.key ?? '');
    expect(await failureOf(loading$)).toMatchObject({ _tag: 'ScanNotFound' });
  });
});
