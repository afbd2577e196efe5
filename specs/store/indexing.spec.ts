/** Searching while RediSearch builds its index: incomplete answers are never taken for answers. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map, take, toArray } from 'rxjs';
import { DataStore, type Status } from '../../lib/index.js';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { blissdataError } from '../../lib/model/errors.js';
import { virtually } from '../support/virtual-time.js';
import { expire, identity } from '../scan/publishing.js';
import { onRedis } from './on-redis.js';
import { failureOf, following } from './outcomes.js';

const on = onRedis();
const index = 'esrf:scan:index';
const count = 30_000;

/** Documents of so many scans as Python writes them, straight into the database. */
async function manyScans(): Promise<readonly string[]> {
  const keys = Array.from({ length: count }, (_, i) => `esrf:scan:${String(i).padStart(26, '0')}`);
  for (let first = 0; first < count; first += 5000) {
    const pipeline = on.client.pipeline();
    keys.slice(first, first + 5000).forEach((key, i) => {
      const pk = key.slice(-26);
      const id = { pk, name: 'many', number: first + i, data_policy: 'none', session: 'mass' };
      pipeline.call('JSON.SET', [key, '$', JSON.stringify({ pk, id, info: {}, state_stream: { pk }, data_streams: {} })]);
    });
    await pipeline.exec();
  }
  return keys;
}

/** Lets RediSearch begin anew, as after a restart. */
async function rebuild(): Promise<void> {
  const info: unknown = await on.client.call('FT.INFO', [index]);
  const fields: unknown = Array.isArray(info) ? info[info.indexOf('attributes') + 1] : [];
  const schema = (Array.isArray(fields) ? fields : []).flatMap((field: readonly string[]) => [field[1], 'AS', field[3], field[5], ...(field[5] === 'TAG' ? ['SEPARATOR', '|'] : [])].map(String));
  await on.client
    .pipeline()
    .call('FT.DROPINDEX', [index])
    .call('FT.CREATE', [index, 'ON', 'JSON', 'PREFIX', '1', 'esrf:scan:', 'SCHEMA', ...schema])
    .exec();
}

describe('while the index is being built', () => {
  it('search waits until it is, by an exact name and by a wildcard', async () => {
    const keys = await manyScans();
    const [plain, wild] = [on.another(), on.another()];
    await firstValueFrom(plain.lastTimetag());
    await firstValueFrom(wild.lastTimetag());
    await rebuild();
    const found = await Promise.all([firstValueFrom(plain.search({ session: 'mass' })), firstValueFrom(wild.search({ session: 'ma*' }))]);
    expect(found.map((one) => one.keys.length)).toEqual([count, count]);
    expect(found[0].keys).toEqual(keys);
  });

  it('search says how far it is where it is not to wait', async () => {
    await manyScans();
    const store = on.another({ retry: false });
    await firstValueFrom(store.lastTimetag());
    await rebuild();
    const failure = await failureOf(store.search({ session: 'mass' }));
    expect(failure).toMatchObject({ _tag: 'IndexIncomplete', index, retriable: true });
    expect(failure).toMatchObject({ percent: expect.any(Number) });
    expect((await firstValueFrom(on.store.search({ session: 'mass' }))).keys).toHaveLength(count);
    expect((await firstValueFrom(store.search({ session: 'mass' }))).keys).toHaveLength(count);
  });

  it('followSearch gives every scan once in the end, also those that are created, closed and deleted meanwhile', async () => {
    const keys = await manyScans();
    const reader = on.another();
    await firstValueFrom(reader.lastTimetag());
    await rebuild();
    const statuses: Status['_tag'][] = [];
    reader.status$.subscribe(({ _tag }) => statuses.push(_tag));
    const seen$ = following(reader.followSearch({ session: 'mass' }).pipe(map(({ key }) => key)));
    const gone = keys.slice(-10);
    for (const key of gone) await expire(on.client, key);
    const created: string[] = [];
    for (let number = 0; number < 40; number++) {
      const scan = await on.store.createScan({ ...identity, number, session: 'mass' });
      created.push(scan.key);
      if (number % 2 === 0) await scan.close();
    }
    const expected = count - gone.length + created.length;
    const seen = await lastValueFrom(seen$.pipe(take(expected), toArray()));
    // Whoever was doubled would come in place of the last.
    expect(new Set(seen)).toEqual(new Set([...keys.slice(0, -10), ...created]));
    expect(seen.filter((key) => created.includes(key))).toEqual(created);
    // The connection is as it should be.
    expect(statuses).not.toContain('retrying');
    expect(statuses).not.toContain('failed');
  });

  it('waits again after FT.ALTER, which reads all scans anew', async () => {
    await manyScans();
    await firstValueFrom(on.store.lastTimetag());
    await on.client.call('FT.ALTER', [index, 'SCHEMA', 'ADD', '$.id.more', 'AS', 'id_more', 'TAG']);
    expect((await firstValueFrom(on.store.search({ session: 'mass' }))).keys).toHaveLength(count);
  });
});

it('a database without its index is NotInitialized, for wildcards too', async () => {
  await on.client.call('FT.DROPINDEX', [index]);
  for (const name of ['align', 'ali*']) {
    expect(await failureOf(on.store.search({ name }))).toMatchObject({ _tag: 'NotInitialized', retriable: false });
    expect(await failureOf(on.store.followSearch({ name }))).toMatchObject({ _tag: 'NotInitialized' });
  }
});

it('waits 50, 100, 200 ms from one look to the next, and asks no more once nobody wants the answer', () => {
  virtually(({ expectObservable, flush }, scheduler) => {
    const memory = memoryDatabase({ server: new MemoryServer({ scheduler }) });
    const store = DataStore.over(memory, { scheduler, retry: { firstDelay: 50, jitter: 0 } });
    const incomplete = blissdataError('IndexIncomplete', { index, percent: 3 });
    for (let i = 0; i < 6; i++) memory.failNext('search', incomplete);
    const length$ = store.search().pipe(map(({ keys }) => keys.length));
    expectObservable(length$, '^ 149ms !').toBe('-');
    flush();
    expect(memory.calls.search).toBe(2);
    // Four failures are left, and the waits begin at the shortest again.
    const started = scheduler.now();
    const seen: number[] = [];
    length$.subscribe(() => seen.push(scheduler.now() - started));
    flush();
    expect(seen).toEqual([50 + 100 + 200 + 400]);
    expect(memory.calls.search).toBe(2 + 5);
  });
});

it('gives up as the store is told to, with the last that the server said', () => {
  virtually(({ expectObservable }, scheduler) => {
    const memory = memoryDatabase({ server: new MemoryServer({ scheduler }) });
    const store = DataStore.over(memory, { scheduler, retry: { attempts: 1, firstDelay: 50, jitter: 0 } });
    const [first, second] = [3, 40].map((percent) => blissdataError('IndexIncomplete', { index, percent }));
    for (const error of [first, second]) if (error !== undefined) memory.failNext('search', error);
    expectObservable(store.followSearch()).toBe('50ms #', {}, second);
  });
});
