/** A server that will not let anybody block: readers go on by looking, and the status says so. */
import { afterEach, expect, it } from '@jest/globals';
import { filter, firstValueFrom, lastValueFrom, mergeMap, take } from 'rxjs';
import type { Database } from '../../lib/ports/database.js';
import type { Status } from '../../lib/ports/status.js';
import { redisDatabase } from '../../lib/redis/redis-database.js';
import { failureOf } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';
import { relayTo, type Relay } from './relay.js';

const on = onRedis();

const key = 'esrf:stream:01J0000000000000000000002';
const broken = 'esrf:stream:01J0000000000000000000003';

let database: Database | undefined;
let relay: Relay | undefined;
afterEach(async () => {
  if (database !== undefined) await lastValueFrom(database.close(), { defaultValue: undefined });
  await relay?.close();
  relay = undefined;
});

const failuresOf = ({ status$ }: Database): Status[] => {
  const failures: Status[] = [];
  status$.subscribe((status) => status._tag === 'failed' && failures.push(status));
  return failures;
};

it('is told of by the status, once', async () => {
  relay = await relayTo(on.url);
  // To Redis that is no option of XREAD.
  relay.requests = (piece, redis) => redis.write(piece.toString('latin1').replaceAll('BLOCK\r', 'BLOOK\r'), 'latin1');
  const opened = redisDatabase(relay.url, { wakes: 'blocking', lookEvery: Infinity });
  database = opened;
  const failures = failuresOf(opened);
  const told = firstValueFrom(opened.status$.pipe(filter(({ _tag }) => _tag === 'failed')));
  // A reader looks whenever it is woken.
  const looking = opened.invalidations$.pipe(mergeMap(() => opened.read([{ key, after: '0-0', maxEntries: 1 }]))).subscribe();
  await firstValueFrom(opened.read([{ key, after: '0-0', maxEntries: 1 }]));
  expect(await told).toMatchObject({ error: { _tag: 'ServerError', command: 'XREAD BLOCK', code: 'ERR' } });
  await lastValueFrom(opened.invalidations$.pipe(take(3)));
  looking.unsubscribe();
  expect(failures).toHaveLength(1);
});

it('is not the matter where one key of many is no stream: that its reader is told', async () => {
  const opened = redisDatabase(on.url, { wakes: 'blocking', lookEvery: Infinity });
  database = opened;
  const failures = failuresOf(opened);
  const read = (wanted: string, after = '0-0'): Promise<unknown> => firstValueFrom(opened.read([{ key: wanted, after, maxEntries: 1 }]));
  for (let k = 0; k < 3; k++) {
    await on.client.del(broken);
    await Promise.all([read(key, `${k}-0`), read(broken)]);
    const wake = firstValueFrom(opened.invalidations$.pipe(filter(({ _tag }) => _tag === 'all')));
    await on.client.set(broken, 'no stream');
    // It waits for another key from now on, and so asks anew.
    await read(`${key}${k}`);
    await wake;
    expect(await failureOf(read(broken))).toMatchObject({ _tag: 'ServerError', code: 'WRONGTYPE' });
    const next = firstValueFrom(opened.invalidations$);
    await read(key, `${k}-0`);
    await on.client.xadd(key, `${k + 1}-0`, 'payload', 'x');
    await next;
  }
  expect(failures).toEqual([]);
});
