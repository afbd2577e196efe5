/** A server that refuses to block: everything is read again periodically, and the status reports it. */
import { afterEach, expect, it } from '@jest/globals';
import { filter, firstValueFrom, lastValueFrom, mergeMap, take } from 'rxjs';
import type { Database } from '../../../lib/ports/database.js';
import type { Status } from '../../../lib/ports/status.js';
import { redisDatabase } from '../../../lib/redis/redis-database.js';
import { failureOf } from '../../store/outcomes.js';
import { onRedis } from '../../store/on-redis.js';
import { relayTo, type Relay } from '../relay.js';

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

it('is reported by the status, once', async () => {
  relay = await relayTo(on.url);
  // Not an option of XREAD: Redis refuses it.
  relay.requests = (piece, redis) => redis.write(piece.toString('latin1').replaceAll('BLOCK\r', 'BLOOK\r'), 'latin1');
  const opened = redisDatabase(relay.url, { invalidations: 'blocking', checkEvery: Infinity });
  database = opened;
  const failures = failuresOf(opened);
  const failure = firstValueFrom(opened.status$.pipe(filter(({ _tag }) => _tag === 'failed')));
  // A reader reads again after each invalidation.
  const looking = opened.invalidations$.pipe(mergeMap(() => opened.read([{ key, after: '0-0', maxEntries: 1 }]))).subscribe();
  await firstValueFrom(opened.read([{ key, after: '0-0', maxEntries: 1 }]));
  expect(await failure).toMatchObject({ error: { _tag: 'ServerError', command: 'XREAD BLOCK', code: 'ERR' } });
  await lastValueFrom(opened.invalidations$.pipe(take(3)));
  looking.unsubscribe();
  expect(failures).toHaveLength(1);
});

it('is not reported where one key of many is not a stream: its reader gets that error', async () => {
  const opened = redisDatabase(on.url, { invalidations: 'blocking', checkEvery: Infinity });
  database = opened;
  const failures = failuresOf(opened);
  const read = (wanted: string, after = '0-0'): Promise<unknown> => firstValueFrom(opened.read([{ key: wanted, after, maxEntries: 1 }]));
  for (let k = 0; k < 3; k++) {
    await on.client.del(broken);
    await Promise.all([read(key, `${k}-0`), read(broken)]);
    const invalidation = firstValueFrom(opened.invalidations$.pipe(filter(({ _tag }) => _tag === 'all')));
    await on.client.set(broken, 'no stream');
    // From now on another key is awaited, so the read is sent again.
    await read(`${key}${k}`);
    await invalidation;
    expect(await failureOf(read(broken))).toMatchObject({ _tag: 'ServerError', code: 'WRONGTYPE' });
    const next = firstValueFrom(opened.invalidations$);
    await read(key, `${k}-0`);
    await on.client.xadd(key, `${k + 1}-0`, 'payload', 'x');
    await next;
  }
  expect(failures).toEqual([]);
});
