/** Following a scan: its states, its metadata, and its end. */
import { describe, expect, it } from '@jest/globals';
import { first, firstValueFrom, lastValueFrom, toArray, type Observable } from 'rxjs';
import { ScanState, type Scan } from '../../lib/index.js';
import { failureOf, following } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';
import { edit, expire, identity, stateKeyOf, untilAwaited } from './publishing.js';

const on = onRedis();

const { CREATED, PREPARED, STARTED, STOPPED, CLOSED } = ScanState;

/** A scan as another client has it. */
const load = (key: string): Promise<Scan> => firstValueFrom(on.another().loadScan(key));

const all = <A>(source$: Observable<A>): Promise<readonly A[]> => lastValueFrom(source$.pipe(toArray()));

describe('state$', () => {
  it('emits every state from the present one on, and completes after CLOSED', async () => {
    const writer = await on.store.createScan(identity);
    const early$ = following((await load(writer.key)).state$);
    await firstValueFrom(early$);
    await writer.prepare();
    await writer.start();
    const late$ = following((await load(writer.key)).state$);
    await firstValueFrom(late$);
    await writer.stop();
    await writer.close();
    expect(await all(early$)).toEqual([CREATED, PREPARED, STARTED, STOPPED, CLOSED]);
    expect(await all(late$)).toEqual([STARTED, STOPPED, CLOSED]);
  });

  it('replays the present state alone to a late subscriber', async () => {
    const writer = await on.store.createScan(identity);
    const scan = await load(writer.key);
    const early$ = following(scan.state$);
    await firstValueFrom(early$);
    await writer.prepare();
    await writer.start();
    await firstValueFrom(early$.pipe(first((state) => state === STARTED)));
    const late$ = following(scan.state$);
    await writer.close();
    expect(await all(late$)).toEqual([STARTED, CLOSED]);
  });

  it('emits CLOSED and completes when the scan is closed already', async () => {
    const writer = await on.store.createScan(identity);
    await writer.close();
    const scan = await load(writer.key);
    expect(await all(scan.state$)).toEqual([CLOSED]);
    expect(await all(scan.state$)).toEqual([CLOSED]);
  });

  it('reads again when it is subscribed to again', async () => {
    const writer = await on.store.createScan(identity);
    const scan = await load(writer.key);
    expect(await firstValueFrom(scan.state$)).toBe(CREATED);
    await writer.prepare();
    expect(await firstValueFrom(scan.state$)).toBe(PREPARED);
  });

  it('misses no state of a publisher in a hurry', async () => {
    const writer = await on.store.createScan(identity);
    const states$ = following((await load(writer.key)).state$);
    await firstValueFrom(states$);
    await Promise.all([writer.prepare(), writer.start(), writer.stop(), writer.close()]);
    expect(await all(states$)).toEqual([CREATED, PREPARED, STARTED, STOPPED, CLOSED]);
  });

  it('misses no state where several change at once', async () => {
    const writer = await on.store.createScan(identity);
    const states$ = following((await load(writer.key)).state$);
    await firstValueFrom(states$);
    const stateKey = await stateKeyOf(on.client, writer.key);
    const multi = on.client.multi();
    for (const state of [PREPARED, STARTED, STOPPED, CLOSED]) multi.xadd(stateKey, '*', 'state', String(state));
    await multi.exec();
    expect(await all(states$)).toEqual([CREATED, PREPARED, STARTED, STOPPED, CLOSED]);
  });

  it.each(['5', '-1', '1.0', 'PREPARED', '', ' 1'])('errors with ScanValidation at a state "%s"', async (state) => {
    const writer = await on.store.createScan(identity);
    const states$ = following((await load(writer.key)).state$);
    await firstValueFrom(states$);
    await on.client.xadd(await stateKeyOf(on.client, writer.key), '*', 'state', state);
    expect(await failureOf(states$)).toMatchObject({ _tag: 'ScanValidation', key: writer.key, problems: [expect.stringContaining('state')] });
  });

  it('errors with ScanValidation at a state entry without a state', async () => {
    const writer = await on.store.createScan(identity);
    await on.client.xadd(await stateKeyOf(on.client, writer.key), '*', 'other', '1');
    expect(await failureOf(on.store.loadScan(writer.key))).toMatchObject({ _tag: 'ScanValidation', key: writer.key });
  });
});

describe('snapshot$ and info$', () => {
  it('give each state together with metadata at least that new', async () => {
    const writer = await on.store.createScan(identity, { title: 'first' });
    const snapshots$ = following((await load(writer.key)).snapshot$);
    await firstValueFrom(snapshots$);
    writer.info['motors'] = ['theta'];
    await writer.prepare();
    await firstValueFrom(snapshots$.pipe(first(({ state }) => state === PREPARED)));
    await writer.start();
    await writer.stop();
    await firstValueFrom(snapshots$.pipe(first(({ state }) => state === STOPPED)));
    writer.info['end_reason'] = 'SUCCESS';
    await writer.close();
    const prepared = { title: 'first', motors: ['theta'] };
    expect(await all(snapshots$)).toEqual([
      { state: CREATED, info: { title: 'first' } },
      { state: PREPARED, info: prepared },
      { state: STARTED, info: prepared },
      { state: STOPPED, info: prepared },
      { state: CLOSED, info: { ...prepared, end_reason: 'SUCCESS' } },
    ]);
  });

  it('info$ emits only when the metadata change, and completes with the scan', async () => {
    const writer = await on.store.createScan(identity, { title: 'first' });
    const infos$ = following((await load(writer.key)).info$);
    await firstValueFrom(infos$);
    await writer.prepare();
    await writer.start();
    await writer.stop();
    writer.info['end_reason'] = 'SUCCESS';
    await writer.close();
    expect(await all(infos$)).toEqual([{ title: 'first' }, { title: 'first', end_reason: 'SUCCESS' }]);
  });

  it('keep integers of 64 bits, and whatever else JSON can say', async () => {
    const info = { time_ns: 1700000000123456789n, list: [1, -0.5, 'é', null, { deep: [true] }], __proto__own: 1, empty: {} };
    Object.defineProperty(info, '__proto__', { value: { mine: 1 }, enumerable: true });
    const writer = await on.store.createScan(identity, info);
    const read = await firstValueFrom((await load(writer.key)).info$);
    expect(Object.entries(read)).toEqual(Object.entries(info));
  });
});

describe('a scan that is deleted', () => {
  const deletions: readonly [string, (key: string) => Promise<unknown>][] = [
    ['expires', async (key) => expire(on.client, key, await stateKeyOf(on.client, key))],
    ['is removed', async (key) => on.client.del(key, await stateKeyOf(on.client, key))],
    ['vanishes with all others', () => on.client.flushall()],
  ];
  const subscriptions: readonly [string, (scan: Scan) => Observable<unknown>][] = [
    ['state$', (scan) => scan.state$],
    ['snapshot$', (scan) => scan.snapshot$],
    ['info$', (scan) => scan.info$],
    ['streams$', (scan) => scan.streams$],
    ['stream()', (scan) => scan.stream('missing')],
  ];

  describe.each(deletions)('because it %s', (_, remove) => {
    it.each(subscriptions)('errors %s with ScanNotFound', async (__, subscribe) => {
      const writer = await on.store.createScan(identity);
      const scan = await load(writer.key);
      const waiting$ = following(subscribe(scan));
      await untilAwaited(on.client, 1);
      await remove(writer.key);
      expect(await failureOf(waiting$)).toMatchObject({ _tag: 'ScanNotFound', key: writer.key, retriable: false });
      expect(await failureOf(subscribe(scan))).toMatchObject({ _tag: 'ScanNotFound', key: writer.key });
    });
  });

  it.each(deletions)('right after its first state was seen, because it %s, errors state$ as well', async (_, remove) => {
    const writer = await on.store.createScan(identity);
    const states$ = following((await load(writer.key)).state$);
    expect(await firstValueFrom(states$)).toBe(CREATED);
    await remove(writer.key);
    expect(await failureOf(states$)).toMatchObject({ _tag: 'ScanNotFound', key: writer.key });
  });

  it('is one with a long time to live until that runs out', async () => {
    const writer = await on.store.createScan(identity);
    const stateKey = await stateKeyOf(on.client, writer.key);
    const states$ = following((await load(writer.key)).state$);
    await firstValueFrom(states$);
    await on.client.multi().expire(writer.key, 7 * 86_400).expire(stateKey, 7 * 86_400).exec();
    await writer.prepare();
    expect(await lastValueFrom(states$.pipe(first((state) => state === PREPARED)))).toBe(PREPARED);
  });
});

it('a scan whose JSON is broken while it is followed errors with ScanValidation', async () => {
  const writer = await on.store.createScan(identity);
  const states$ = following((await load(writer.key)).state$);
  await firstValueFrom(states$);
  await edit(on.client, writer.key, (document) => Reflect.deleteProperty(document, 'info'));
  await on.client.xadd(await stateKeyOf(on.client, writer.key), '*', 'state', '1');
  expect(await failureOf(states$)).toMatchObject({ _tag: 'ScanValidation', key: writer.key, problems: [expect.stringMatching(/^info: expected JSON object/)] });
});
