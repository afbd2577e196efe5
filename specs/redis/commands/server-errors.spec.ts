/** Server errors become typed errors, and the connections recover. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, type Observable } from 'rxjs';
import { redisDatabase } from '../../../lib/redis/redis-database.js';
import { redisHousekeeping } from '../../../lib/redis/redis-housekeeping.js';
import type { Database } from '../../../lib/ports/database.js';
import type { Housekeeping } from '../../../lib/ports/housekeeping.js';
import { ScanState } from '../../../lib/model/scan-state.js';
import { DataStore } from '../../../lib/index.js';
import { originId } from '../../../lib/wire/stream-id.js';
import { appendOne } from '../../contract/samples.js';
import { failureOf } from '../../store/outcomes.js';
import { onRedis } from '../../store/on-redis.js';
import { clientsOfUser, urlOfUser } from '../clients.js';

const on = onRedis();

const scan = 'esrf:scan:01J0000000000000000000000';
const stateKey = 'esrf:stream:01J0000000000000000000001';
const key = 'esrf:stream:01J0000000000000000000002';
const payload = Uint8Array.of(1);

let databases: Database[] = [];
const opened = (url = on.url, options = {}): Database => {
  const database = redisDatabase(url, options);
  databases.push(database);
  return database;
};

const append = (database: Database): Promise<unknown> => appendOne(database, { key, scan, expected: '0-0', entries: [{ index: 0, len: 1, payload }] });
const create = (database: Database, created: string): Promise<unknown> => firstValueFrom(database.commit({ key: created, json: '{}', stateKey, state: ScanState.CREATED, announce: true, after: originId }));

beforeEach(() => create(opened(), scan));
afterEach(async () => {
  await on.client.replicaof('NO', 'ONE');
  await on.client.config('SET', 'replica-serve-stale-data', 'yes');
  await on.client.config('SET', 'maxmemory', '0');
  await Promise.all(databases.map((database) => lastValueFrom(database.close(), { defaultValue: undefined })));
  databases = [];
});

/** Nothing listens there. */
const demote = (): Promise<unknown> => on.client.replicaof('127.0.0.1', '1');

describe('a server that has become a replica', () => {
  const writes: readonly (readonly [string, (database: Database) => Promise<unknown>, string])[] = [
    ['a script', append, key],
    ['another script', (database) => firstValueFrom(database.seal({ key, scan, length: 0 })), key],
    ['the creation of a scan', (database) => create(database, `${scan}1`), `${scan}1`],
  ];

  it.each(writes)('answers %s with ReadOnlyReplica', async (_, write, written) => {
    const database = opened();
    await demote();
    expect(await failureOf(write(database))).toMatchObject({ _tag: 'ReadOnlyReplica', key: written, url: on.url, retriable: true });
  });

  const ofHousekeepers: readonly (readonly [string, (housekeeping: Housekeeping) => Observable<unknown>, string])[] = [
    ['a command', (housekeeping) => housekeeping.record('journal', { a: 'b' }), 'journal'],
    ['a transaction', (housekeeping) => housekeeping.expireSooner([scan], 100), scan],
  ];

  it.each(ofHousekeepers)('answers %s of a housekeeper with ReadOnlyReplica', async (_, write, written) => {
    const housekeeping = redisHousekeeping(on.url);
    await demote();
    expect(await failureOf(write(housekeeping))).toMatchObject({ _tag: 'ReadOnlyReplica', key: written, url: on.url, retriable: true });
    await lastValueFrom(housekeeping.close(), { defaultValue: undefined });
  });

  it('makes the database drop all connections, and open others on next use', async () => {
    const database = opened(await urlOfUser(on));
    await firstValueFrom(database.read([{ key, after: '0-0', maxEntries: 1 }]));
    await append(database);
    const before = (await clientsOfUser(on.client)).map(({ id }) => id);
    expect(before.length).toBeGreaterThanOrEqual(3);
    await demote();
    await failureOf(firstValueFrom(database.seal({ key, scan, length: 1 })));
    while ((await clientsOfUser(on.client)).some(({ id }) => before.includes(id)));
    await on.client.replicaof('NO', 'ONE');
    expect(await append(database)).toMatchObject({ _tag: 'conflict' });
  });

  it('invalidates what a blocking read waits for, and its connection is given up', async () => {
    const database = opened(await urlOfUser(on, '-client|tracking'), { checkEvery: Infinity });
    const invalidation = firstValueFrom(database.invalidations$);
    await firstValueFrom(database.read([{ key, after: '0-0', maxEntries: 1 }]));
    await invalidation; // since tracking is refused
    const next = firstValueFrom(database.invalidations$);
    await firstValueFrom(database.read([{ key, after: '0-0', maxEntries: 1 }]));
    const blocked = async (): Promise<string | undefined> => (await clientsOfUser(on.client)).find(({ kind }) => kind === 'blocked')?.id;
    let id: string | undefined;
    while (id === undefined) id = await blocked();
    await demote();
    expect(await next).toEqual({ _tag: 'all' });
    while ((await clientsOfUser(on.client)).some((client) => client.id === id));
  });

  it('answers ServerBusy as long as it may not serve stale data', async () => {
    const database = opened();
    await on.client.config('SET', 'replica-serve-stale-data', 'no');
    await demote();
    for (const read$ of [database.text('x'), database.scan(scan), database.range({ key }, {}), database.history('0-0', 1), database.heads([{ key }]), database.states([scan])]) {
      expect(await failureOf(read$)).toMatchObject({ _tag: 'ServerBusy', code: 'MASTERDOWN', retriable: true });
    }
    expect(await failureOf(append(database))).toMatchObject({ _tag: 'ServerBusy', code: 'MASTERDOWN', retriable: true });
  });
});

it('a server that is busy with a script answers ServerBusy, also on new connections', async () => {
  const [old, fresh] = [opened(), opened()];
  await firstValueFrom(old.text('x'));
  const threshold = 'busy-reply-threshold';
  await on.client.config('SET', threshold, '1');
  const script = on.client.duplicate();
  const busy = script.eval("while redis.call('GET', KEYS[1]) ~= 'no' do end", 1, 'x');
  const ended = failureOf(busy);
  // Until the script has begun, replies come as always.
  while (await on.client.get('x').then(() => true, () => false));
  const failures = [await failureOf(old.text('x')), await failureOf(fresh.text('x')), await failureOf(old.heads([{ key }]))];
  await on.client.script('KILL');
  await ended;
  script.disconnect();
  await on.client.config('SET', threshold, '5000');
  for (const error of failures) expect(error).toMatchObject({ _tag: 'ServerBusy', code: 'BUSY', retriable: true });
  expect(await firstValueFrom(old.text('x'))).toBeNull();
});

it('a server out of memory answers OutOfMemory to scripts and transactions', async () => {
  const database = opened();
  await on.client.config('SET', 'maxmemory', '1');
  expect(await failureOf(append(database))).toMatchObject({ _tag: 'OutOfMemory', key, retriable: true });
  expect(await failureOf(create(database, `${scan}1`))).toMatchObject({ _tag: 'OutOfMemory', retriable: true });
});

describe('a user without the permission to', () => {
  it.each([
    ['run a script', '-evalsha'],
    ['run what a script runs', '-xadd'],
  ])('%s gets NOPERM', async (_, rule) => {
    const database = opened(await urlOfUser(on, rule));
    expect(await failureOf(append(database))).toMatchObject({ _tag: 'ServerError', code: 'NOPERM', retriable: false });
  });

  it('run a command of a transaction gets NOPERM', async () => {
    const housekeeping = redisHousekeeping(await urlOfUser(on, '-expire'));
    expect(await failureOf(housekeeping.expireSooner([scan], 100_000))).toMatchObject({ _tag: 'ServerError', code: 'NOPERM' });
    await lastValueFrom(housekeeping.close(), { defaultValue: undefined });
  });

  it('select a database gets an error, and reads no other database', async () => {
    const url = `${await urlOfUser(on, '-select')}/1`;
    expect(await failureOf(opened(url).text('x'))).toMatchObject({ _tag: 'ServerError', code: 'NOPERM', retriable: false });
    expect(await failureOf(DataStore.init(url))).toMatchObject({ _tag: 'ServerError', code: 'NOPERM' });
  });
});

it('a server that accepts no more clients is Disconnected', async () => {
  await on.client.config('SET', 'maxclients', '1');
  expect(await failureOf(opened().text('x'))).toMatchObject({ _tag: 'Disconnected', retriable: true });
  await on.client.config('SET', 'maxclients', '10000');
});

describe('connection options', () => {
  it.each([{ connectTimeout: 0 }, { socketTimeout: NaN }, { keepAlive: -1 }])('%j are an InvalidArgument on first use', async (connection) => {
    const [name] = Object.keys(connection);
    expect(await failureOf(opened(on.url, { connection }).text('x'))).toMatchObject({ _tag: 'InvalidArgument', argument: `connection.${name ?? ''}` });
    expect(await failureOf(DataStore.init(on.url, { connection }))).toMatchObject({ _tag: 'InvalidArgument' });
  });

  it.each([2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, Infinity])('may be %p ms, and nothing times out at once', async (ms) => {
    const store = DataStore.connect(on.url, { retry: false, checkEvery: ms, invalidations: 'blocking', connection: { connectTimeout: ms, socketTimeout: ms, keepAlive: ms } });
    const failed: unknown[] = [];
    store.status$.subscribe((status) => status._tag === 'failed' && failed.push(status));
    const found = firstValueFrom(store.scansSince(await firstValueFrom(store.lastTimetag())));
    await firstValueFrom(store.lastTimetag());
    const { key: created } = await store.createScan({ name: 'x', number: 1, data_policy: 'none' });
    expect(await found).toMatchObject({ key: created });
    expect(failed).toEqual([]);
    await store.close();
  });

  it('limit the wait for a server that does not answer, whatever the request', async () => {
    const database = opened(on.url, { connection: { socketTimeout: 100 } });
    const asked: readonly (() => Observable<unknown>)[] = [() => database.text('x'), () => database.range({ key }, {}), () => database.read([{ key, after: '0-0', maxEntries: 1 }])];
    for (const ask of asked) await firstValueFrom(ask());
    await append(database);
    await on.client.call('CLIENT', ['PAUSE', '3000', 'ALL']);
    // First, while its connection is open: once one is silent for too long, all are given up.
    expect(await failureOf(append(database))).toMatchObject({ _tag: 'OutcomeUnknown' });
    for (const ask of asked) expect(await failureOf(ask())).toMatchObject({ _tag: 'Disconnected' });
    // Answered at the end of the pause.
    await on.client.ping();
    for (const ask of asked) await firstValueFrom(ask());
  });

  it('with a small socket timeout do not disturb readers that wait longer', async () => {
    const database = opened(await urlOfUser(on, '-client|tracking'), { connection: { socketTimeout: 300 } });
    const lost: unknown[] = [];
    database.status$.subscribe((status) => status._tag === 'failed' && lost.push(status));
    const tagged = firstValueFrom(database.invalidations$);
    await firstValueFrom(database.read([{ key, after: '0-0', maxEntries: 1 }]));
    await tagged;
    await firstValueFrom(database.read([{ key, after: '0-0', maxEntries: 1 }]));
    // Blocking reads end and start again, for longer than the timeout.
    let seconds = 0;
    for (const began = await time(); seconds < 0.7; seconds = (await time()) - began);
    expect(lost).toEqual([]);
  });
});

async function time(): Promise<number> {
  const [seconds, microseconds] = await on.client.time();
  return Number(seconds) + Number(microseconds) / 1e6;
}
