/** Windows of several streams in one script: what stops one of them, or all, and what a server does that runs short in between. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import type { Database } from '../../../lib/ports/database.js';
import type { AppendResult, AppendWindow } from '../../../lib/ports/streams.js';
import { redisDatabase } from '../../../lib/redis/redis-database.js';
import { originId } from '../../../lib/wire/stream-id.js';
import { createScan, entry, readOne, sampleScan, streamKeyOf } from '../../contract/samples.js';
import { onRedis } from '../../store/on-redis.js';
import { failureOf } from '../../store/outcomes.js';
import { urlOfUser } from '../clients.js';

const on = onRedis();

let databases: Database[] = [];
const opened = (url = on.url): Database => {
  const database = redisDatabase(url);
  databases.push(database);
  return database;
};

beforeEach(async () => void (await createScan(opened(), 1)));
afterEach(async () => {
  await on.client.config('SET', 'maxmemory', '0');
  await Promise.all(databases.map((database) => lastValueFrom(database.close(), { defaultValue: undefined })));
  databases = [];
});

const { key: scan } = sampleScan(1);
const windowOf = (n: number, payload: string | Uint8Array = 'p', index = 0): AppendWindow => ({
  key: streamKeyOf(n),
  scan,
  expected: index === 0 ? originId : `${index - 1}-1`,
  entries: [entry(index, payload)],
});
const append = (database: Database, windows: readonly AppendWindow[]): Promise<readonly AppendResult[]> => firstValueFrom(database.append(windows));
const lengths = async (count: number): Promise<readonly number[]> => Promise.all(Array.from({ length: count }, (_, n) => on.client.xlen(streamKeyOf(n))));
const added = { _tag: 'appended', lastId: '0-1' };

it('a server that does not know the script gets it', async () => {
  await on.client.script('FLUSH');
  expect(await append(opened(), [windowOf(0), windowOf(1)])).toEqual([added, added]);
});

it('any bytes are appended as they are, and any key', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const foreign = 'esrf:stream:Ω–🔬';
  const database = opened();
  expect(await append(database, [windowOf(0, bytes), { ...windowOf(1, '\r\n*1\r\n'), key: foreign }, windowOf(2, '')])).toEqual([added, added, added]);
  const [block] = await firstValueFrom(database.read([{ key: streamKeyOf(0), after: originId, maxEntries: 1 }]));
  expect(Array.from(block?.bytes ?? [])).toEqual([...bytes]);
  expect(await readOne(database, foreign)).toEqual({ key: foreign, entries: [[0, 1, '\r\n*1\r\n']] });
});

it('a thousand windows go in one request', async () => {
  const windows = Array.from({ length: 1000 }, (_, n) => windowOf(n));
  expect(await append(opened(), windows)).toEqual(windows.map(() => added));
});

describe('a permission to add that is missing', () => {
  it('for one stream is told of that one', async () => {
    const database = opened(await urlOfUser(on, '-xadd', `(+xadd ~${streamKeyOf(0)})`, `(+xadd ~${streamKeyOf(2)})`));
    expect(await append(database, [windowOf(0), windowOf(1), windowOf(2)])).toEqual([added, { _tag: 'sendAlone' }, added]);
    expect(await lengths(3)).toEqual([1, 0, 1]);
    expect(await failureOf(append(database, [windowOf(1)]))).toMatchObject({ _tag: 'ServerError', code: 'NOPERM' });
  });

  it('for the first one leaves all as they were', async () => {
    const database = opened(await urlOfUser(on, '-xadd', `(+xadd ~${streamKeyOf(1)})`));
    expect(await failureOf(append(database, [windowOf(0), windowOf(1)]))).toMatchObject({ _tag: 'ServerError', code: 'NOPERM' });
    expect(await lengths(2)).toEqual([0, 0]);
  });
});

it('an index that does not rise fails before anything is sent', async () => {
  const database = opened();
  expect(await failureOf(append(database, [windowOf(0), { ...windowOf(1), entries: [entry(1), entry(0)] }]))).toMatchObject({ _tag: 'InvalidArgument' });
  expect(await lengths(2)).toEqual([0, 0]);
});

it('memory that runs short stops a request as a whole: either all windows are appended or none', async () => {
  const database = opened();
  const payload = new Uint8Array(4096);
  const used = Number(/used_memory:(\d+)/.exec(await on.client.info('memory'))?.[1]);
  await on.client.config('SET', 'maxmemory', String(used + 200_000));
  const streams = 12;
  let index = 0;
  let failure: unknown;
  while (failure === undefined) {
    const windows = Array.from({ length: streams }, (_, n) => windowOf(n, payload, index));
    failure = await append(database, windows).then(
      (results) => void expect(results).toEqual(windows.map(() => ({ _tag: 'appended', lastId: `${index}-1` }))),
      (error: unknown) => error,
    );
    if (failure === undefined) index++;
  }
  expect(failure).toMatchObject({ _tag: 'OutOfMemory', retriable: true });
  expect(index).toBeGreaterThan(0);
  expect(await lengths(streams)).toEqual(Array.from({ length: streams }, () => index));
});

it('a replica refuses all, and says so', async () => {
  const database = opened();
  await on.client.replicaof('127.0.0.1', '1');
  try {
    expect(await failureOf(append(database, [windowOf(0), windowOf(1)]))).toMatchObject({ _tag: 'ReadOnlyReplica', key: streamKeyOf(0), url: on.url });
  } finally {
    await on.client.replicaof('NO', 'ONE');
  }
});
