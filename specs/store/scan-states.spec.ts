/** The states of many scans at once. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { ScanState, type ScanWriter } from '../../lib/index.js';
import { edit, expire, identity, stateKeyOf } from '../scan/publishing.js';
import { onRedis } from './on-redis.js';
import { failureOf } from './outcomes.js';

const on = onRedis();

const created = async (count: number): Promise<readonly ScanWriter[]> =>
  Promise.all(Array.from({ length: count }, (_, number) => on.store.createScan({ ...identity, number })));

describe('scansState', () => {
  it('gives the present state of each scan by its key, whatever their order', async () => {
    const [a, b, c] = await created(3);
    await b?.prepare();
    await b?.start();
    await c?.close();
    const keys = [c, a, b].map((scan) => scan?.key ?? '');
    const states = await firstValueFrom(on.store.scansState([...keys, ...keys]));
    expect([...states]).toEqual([
      [c?.key, ScanState.CLOSED],
      [a?.key, ScanState.CREATED],
      [b?.key, ScanState.STARTED],
    ]);
  });

  it('leaves out scans that are missing or deleted, not those that will expire later', async () => {
    const [a, deleted, later] = await created(3);
    await expire(on.client, deleted?.key ?? '');
    await on.client.expire(later?.key ?? '', 3600);
    const states = await firstValueFrom(on.store.scansState([a, deleted, later].map((scan) => scan?.key ?? '').concat('esrf:scan:01J00000000000000000000000')));
    expect([...states.keys()]).toEqual([a?.key, later?.key]);
  });

  it('is empty for no keys', async () => {
    expect(await firstValueFrom(on.store.scansState([]))).toEqual(new Map());
  });

  it('takes one round trip, however many there are, on a server that knows the script', async () => {
    const scans = await created(1200);
    const keys = scans.map(({ key }) => key);
    await firstValueFrom(on.store.scansState(keys.slice(0, 1)));
    const commandsBefore = await commandCalls();
    expect((await firstValueFrom(on.store.scansState(keys))).size).toBe(1200);
    // A script for each 500 scans, all sent at once; nothing else is asked.
    expect((await commandCalls()) - commandsBefore).toBe(3);
  });

  it('refuses keys that are not a scan\'s', async () => {
    expect(await failureOf(on.store.scansState(['esrf:stream:01J00000000000000000000000']))).toMatchObject({ _tag: 'InvalidArgument', argument: 'key' });
  });

  it('says ScanValidation for a scan without a state, or with one that is none', async () => {
    const [scan] = await created(1);
    const key = scan?.key ?? '';
    await on.client.xadd(await stateKeyOf(on.client, key), '*', 'state', 'nine');
    expect(await failureOf(on.store.scansState([key]))).toMatchObject({ _tag: 'ScanValidation', key });
    await edit(on.client, key, (document) => (document['state_stream'] = { pk: '01J00000000000000000000000' }));
    expect(await failureOf(on.store.scansState([key]))).toMatchObject({ _tag: 'ScanValidation', key });
  });
});

/** How many times the server has run a script by its SHA-1. */
const commandCalls = async (): Promise<number> => Number(/cmdstat_evalsha_ro:calls=(\d+)/.exec(await on.client.info('commandstats'))?.[1] ?? 0);
