/** The scan history is capped: a request for what it has lost is an error, which says where to continue. */
import { describe, expect, it } from '@jest/globals';
import * as O from 'fp-ts/lib/Option.js';
import { catchError, firstValueFrom, lastValueFrom, map, take, throwError, toArray } from 'rxjs';
import { isHistoryGap } from '../../lib/index.js';
import { identity } from '../scan/publishing.js';
import { onRedis } from './on-redis.js';
import { failureOf, following } from './outcomes.js';

const on = onRedis();

/** Creates scans, and gives the ids of their history entries. */
async function announced(count: number): Promise<readonly string[]> {
  await Promise.all(Array.from({ length: count }, (_, number) => on.store.createScan({ ...identity, number })));
  return (await on.client.xrange('_SCAN_HISTORY_', '-', '+')).map(([id]) => id);
}

describe('a history that was cut off', () => {
  it('is a HistoryGap for a timetag from before the cut', async () => {
    const ids = await announced(6);
    await on.client.xtrim('_SCAN_HISTORY_', 'MAXLEN', 3);
    for (const since of ['0-0', '1-1', ids[0] ?? '', ids[1] ?? '']) {
      const error = await failureOf(on.store.scansSince(since));
      expect(error).toMatchObject({ _tag: 'HistoryGap', since, retriable: false });
      expect(await failureOf(on.store.nextScan(since))).toMatchObject({ _tag: 'HistoryGap', since });
    }
  });

  it('is none for a timetag from after it', async () => {
    const ids = await announced(6);
    await on.client.xtrim('_SCAN_HISTORY_', 'MAXLEN', 3);
    for (const i of [3, 4]) {
      const since = ids[i] ?? '';
      expect(await firstValueFrom(on.store.scansSince(since))).toMatchObject({ timetag: ids[i + 1] });
      expect(await firstValueFrom(on.store.nextScan(since))).toMatchObject(O.some({ timetag: ids[i + 1] }));
    }
  });

  it('says from where on it is complete', async () => {
    const ids = await announced(6);
    await on.client.xtrim('_SCAN_HISTORY_', 'MAXLEN', 3);
    const all$ = on.store.scansSince('0-0').pipe(catchError((error: unknown) => (isHistoryGap(error) ? on.store.scansSince(error.completeAfter) : throwError(() => error))));
    expect(await lastValueFrom(all$.pipe(map(({ timetag }) => timetag), take(3), toArray()))).toEqual(ids.slice(3));
  });

  it('is a gap for what an operator took out, too, and for a history that holds nothing any more', async () => {
    const ids = await announced(4);
    await on.client.xdel('_SCAN_HISTORY_', ids[2] ?? '');
    expect(await failureOf(on.store.scansSince(ids[1] ?? ''))).toMatchObject({ _tag: 'HistoryGap', completeAfter: ids[2] });
    expect(await firstValueFrom(on.store.scansSince(ids[2] ?? ''))).toMatchObject({ timetag: ids[3] });
    await on.client.xtrim('_SCAN_HISTORY_', 'MAXLEN', 0);
    expect(await failureOf(on.store.scansSince(ids[1] ?? ''))).toMatchObject({ _tag: 'HistoryGap', completeAfter: ids[3] });
    expect(await firstValueFrom(on.store.nextScan(ids[3] ?? ''))).toEqual(O.none);
  });

  it('ends a follower that was too slow, and no other', async () => {
    await announced(1);
    const quick$ = following(on.another().scansSince('0-0'));
    await firstValueFrom(quick$);
    const [last] = await on.client.xrevrange('_SCAN_HISTORY_', '+', '-', 'COUNT', 1);
    // Trimmed and added in one go: what came between cannot have been read.
    await on.client.multi().xadd('_SCAN_HISTORY_', '*', 'key', 'esrf:scan:lost').xtrim('_SCAN_HISTORY_', 'MAXLEN', 0).exec();
    expect(await failureOf(quick$)).toMatchObject({ _tag: 'HistoryGap', since: last?.[0] });
  });
});

describe('a history that is over its limit', () => {
  it('has lost the scans from before, and says so', async () => {
    const { timetag } = await firstValueFrom(on.store.search());
    await announced(2300);
    expect(await failureOf(on.store.scansSince(timetag))).toMatchObject({ _tag: 'HistoryGap', since: '0-0' });
    expect((await firstValueFrom(on.store.search())).keys).toHaveLength(2300);
  });
});

describe('a history from which nothing was ever taken', () => {
  it('has no gap, however old the timetag', async () => {
    const ids = await announced(3);
    for (const since of ['0-0', '1-1', '000-000']) expect(await firstValueFrom(on.store.scansSince(since))).toMatchObject({ timetag: ids[0] });
  });
});
