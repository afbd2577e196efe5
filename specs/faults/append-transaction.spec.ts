/** Windows of large payloads are appended as a whole or not at all, whatever happens between the check and the end of their transaction. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { lastValueFrom } from 'rxjs';
import type { Database } from '../../lib/ports/database.js';
import type { AppendResult, NewEntry } from '../../lib/ports/streams.js';
import { redisDatabase } from '../../lib/redis/redis-database.js';
import { startRedis } from '../../lib/server/start-redis.js';
import { append, createScan, entry, type SampleScan } from '../contract/samples.js';
import { relayTo, type Relay } from '../redis/relay.js';
import { failureOf } from '../store/outcomes.js';
import { onFaults } from './on-faults.js';

const on = onFaults();

const size = 50_000;
const count = 4;
const large = (index: number, len = 1, seed = index): NewEntry => entry(index, Uint8Array.from({ length: size }, (_, i) => (i * 7 + seed) % 256), len);
/** Large enough for a transaction. */
const windowFrom = (first: number): readonly NewEntry[] => Array.from({ length: count }, (_, i) => large(first + i));
const added = (last: string): AppendResult => ({ _tag: 'appended', lastId: last });

let relay: Relay;
let database: Database;
let other: Database;
let scan: SampleScan;

beforeEach(async () => {
  relay = await relayTo(on.server.url);
  database = redisDatabase(relay.url);
  other = redisDatabase(on.server.url);
  scan = await createScan(database, 1);
  // The first window goes by the script.
  await append(database, scan, '0-0', [large(0, 10)]);
});
afterEach(async () => {
  await on.client.config('SET', 'maxmemory', '0');
  for (const one of [database, other]) await lastValueFrom(one.close(), { defaultValue: undefined });
  await relay.close();
});

/** What the stream holds: ids, fields and payloads. */
const stored = (client: Redis = on.client, key = scan.stream): Promise<unknown> => client.callBuffer('XRANGE', [key, '-', '+']);

/** How many transactions the server has carried out, refused ones and empty ones included. */
const transactions = async (): Promise<number> => Number(/cmdstat_exec:calls=(\d+)/.exec(await on.client.info('commandstats'))?.[1] ?? 0);

/** Acts each time after a check has passed, before anything is sent that follows; resolves `acted` the first time. */
function meanwhile(act: () => Promise<unknown>, times = 1): { readonly acted: () => number } {
  let acted = 0;
  let held: Promise<unknown> = Promise.resolve();
  relay.replies = (piece, client) => {
    if (piece.includes('ready') && acted < times) {
      acted++;
      held = held.then(act);
    }
    held = held.then(() => client.write(piece));
  };
  return { acted: () => acted };
}

describe('a window of large payloads', () => {
  it('is appended by a transaction, and looks the same as one by the script', async () => {
    const before = await transactions();
    expect(await append(database, scan, '0-1', [large(10), large(11, 3), large(14)])).toEqual(added('14-1'));
    expect(await transactions()).toBeGreaterThan(before);
    const second = await createScan(database, 2);
    for (const one of [large(0, 10), large(10), large(11, 3), large(14)]) await on.client.xadd(second.stream, `${one.index}-1`, 'payload', Buffer.from(one.payload), ...(one.len === 1 ? [] : ['len', one.len]));
    expect(await stored()).toEqual(await stored(on.client, second.stream));
  });

  it('never creates a stream', async () => {
    await on.client.del(scan.stream);
    expect(await append(database, scan, '0-1', windowFrom(10))).toEqual({ _tag: 'conflict', found: '0-0' });
    expect(await on.client.exists(scan.stream)).toBe(0);
  });

  it.each([10, 12, 13])('is refused as a whole if another writer has appended an entry at %d and deleted it', async (index) => {
    await on.client.xadd(scan.stream, `${index}-1`, 'payload', 'x');
    await on.client.xdel(scan.stream, `${index}-1`);
    const before = await stored();
    expect(await failureOf(append(database, scan, '0-1', windowFrom(10)))).toMatchObject({ _tag: 'ServerError', code: 'ERR' });
    expect(await stored()).toEqual(before);
  });

  it('is refused if the entry before it was deleted', async () => {
    await append(database, scan, '0-1', windowFrom(10));
    await on.client.xdel(scan.stream, '13-1');
    expect(await append(database, scan, '13-1', windowFrom(14))).toEqual({ _tag: 'conflict', found: '12-1' });
    expect(await on.client.xlen(scan.stream)).toBe(count);
  });

  it('goes on after the server has forgotten its scripts', async () => {
    expect(await append(database, scan, '0-1', windowFrom(10))).toEqual(added('13-1'));
    await on.client.script('FLUSH');
    expect(await append(database, scan, '13-1', windowFrom(14))).toEqual(added('17-1'));
    expect(await on.client.xlen(scan.stream)).toBe(9);
  });

  it('does not mix with the windows of other streams over the same connection', async () => {
    const scans = await Promise.all(Array.from({ length: 8 }, (_, i) => createScan(database, i + 2)));
    await Promise.all(scans.map(async (one, s) => {
      const window = (from: number): readonly NewEntry[] => [0, 1, 2].map((i) => large(from + i, 1, s));
      await append(database, one, '0-0', window(0));
      for (let i = 1; i < 6; i++) expect(await append(database, one, `${i * 3 - 1}-1`, window(i * 3))).toEqual(added(`${i * 3 + 2}-1`));
    }));
    for (const [s, one] of scans.entries()) {
      const entries = await on.client.xrangeBuffer(one.stream, '-', '+');
      expect(entries.map(([id]) => String(id))).toEqual(Array.from({ length: 18 }, (_, i) => `${i}-1`));
      expect(entries.every(([, fields], i) => fields[1]?.equals(large(i, 1, s).payload))).toBe(true);
    }
  });
});

describe('what happens between the check and the end', () => {
  const others: readonly (readonly [string, () => Promise<unknown>, AppendResult])[] = [
    ['another writer appends', () => on.client.xadd(scan.stream, '10-1', 'payload', 'x'), { _tag: 'conflict', found: '10-1' }],
    ["another writer appends inside a batch's span", () => on.client.xadd(scan.stream, '5-1', 'payload', 'x'), { _tag: 'conflict', found: '5-1' }],
    ['another writer appends the same', () => append(other, scan, '0-1', windowFrom(10)), { _tag: 'conflict', found: '13-1' }],
    ['the stream is sealed', () => on.client.xadd(scan.stream, '18446744073709551615-18446744073709551615', 'id', '10'), { _tag: 'sealed' }],
    ['the scan is deleted', async () => Promise.all([scan.key, scan.stream].map((key) => on.client.expire(key, 10))), { _tag: 'scanDeleted' }],
    ["the scan's key is deleted alone", () => on.client.del(scan.key), { _tag: 'scanDeleted' }],
    ['the stream is deleted', () => on.client.del(scan.stream), { _tag: 'conflict', found: '0-0' }],
    ['the stream expires', async () => {
      await on.client.pexpire(scan.stream, 1);
      while ((await on.client.exists(scan.stream)) === 1);
    }, { _tag: 'conflict', found: '0-0' }],
    ['all data are lost', () => on.client.flushall(), { _tag: 'scanDeleted' }],
  ];

  it.each(others)('%s: it is refused, and nothing is appended', async (_, act, expected) => {
    let left: unknown;
    const { acted } = meanwhile(async () => {
      await act();
      left = await stored();
    });
    expect(await append(database, scan, '0-1', windowFrom(10))).toEqual(expected);
    expect(acted()).toBe(1);
    expect(await stored()).toEqual(left);
  });

  it('a key of another type takes the place of the stream: WRONGTYPE', async () => {
    meanwhile(async () => {
      await on.client.del(scan.stream);
      await on.client.set(scan.stream, 'text');
    });
    expect(await failureOf(append(database, scan, '0-1', windowFrom(10)))).toMatchObject({ _tag: 'ServerError', code: 'WRONGTYPE' });
    expect(await on.client.get(scan.stream)).toBe('text');
  });

  const harmless: readonly (readonly [string, () => Promise<unknown>, number])[] = [
    ['the stream is trimmed', () => on.client.xtrim(scan.stream, 'MAXLEN', 0), count],
    ["the scan's JSON changes", () => on.client.call('JSON.SET', [scan.key, '$.info', '{"a":1}']), count + 1],
    ['the keys get a time to live', async () => Promise.all([scan.key, scan.stream].map((key) => on.client.expire(key, 1000))), count + 1],
  ];

  it.each(harmless)('%s: it is appended all the same, once', async (_, act, entries) => {
    const { acted } = meanwhile(act);
    expect(await append(database, scan, '0-1', windowFrom(10))).toEqual(added('13-1'));
    expect(acted()).toBe(1);
    expect(await on.client.xlen(scan.stream)).toBe(entries);
  });

  it('keys change again and again: the script appends it', async () => {
    const { acted } = meanwhile(() => on.client.expire(scan.key, 1000), Infinity);
    expect(await append(database, scan, '0-1', windowFrom(10))).toEqual(added('13-1'));
    expect(acted()).toBeGreaterThan(1);
    expect(await on.client.xlen(scan.stream)).toBe(count + 1);
  });
});

describe('without memory', () => {
  it.each(['queued', 'carried out'])('when it is %s, nothing is appended', async (when) => {
    const before = await stored();
    let held: Promise<unknown> = Promise.resolve();
    relay.requests = (piece, redis) => {
      const at = piece.indexOf(when === 'queued' ? '*6\r\n$4\r\nXADD' : '*1\r\n$4\r\nEXEC');
      held = held.then(async () => {
        redis.write(piece.subarray(0, Math.max(0, at)));
        if (at >= 0) await on.client.config('SET', 'maxmemory', '1mb');
        redis.write(piece.subarray(Math.max(0, at)));
      });
    };
    expect(await failureOf(append(database, scan, '0-1', windowFrom(10)))).toMatchObject({ _tag: 'OutOfMemory', retriable: true });
    await on.client.config('SET', 'maxmemory', '0');
    expect(await stored()).toEqual(before);
    relay.requests = (piece, redis) => redis.write(piece);
    expect(await append(database, scan, '0-1', windowFrom(10))).toEqual(added('13-1'));
  });
});

describe('a connection that is lost', () => {
  it('at any of its bytes leaves nothing, or all of it', async () => {
    const bytes = relay.requested;
    expect(await append(database, scan, '0-1', windowFrom(10))).toEqual(added('13-1'));
    const total = relay.requested - bytes;
    const outcomes: number[] = [];
    let last = 13;
    for (let at = 0; at <= total; at += Math.ceil(total / 40)) {
      let left = at;
      relay.requests = (piece, redis) => {
        redis.write(piece.subarray(0, left));
        left -= Math.min(left, piece.length);
        if (left === 0) relay.cut();
      };
      const before = await on.client.xlen(scan.stream);
      const lost = await failureOf(append(database, scan, `${last}-1`, windowFrom(last + 1))).catch(() => undefined);
      relay.requests = (piece, redis) => redis.write(piece);
      // Whatever of it reached the server has been carried out before this.
      const more = (await on.client.xlen(scan.stream)) - before;
      if (lost !== undefined) expect(lost).toMatchObject({ _tag: expect.stringMatching(/^(OutcomeUnknown|Disconnected)$/) });
      outcomes.push(more);
      last += more;
    }
    expect(new Set(outcomes)).toEqual(new Set([0, ...outcomes.filter((more) => more === count)]));
    expect(await append(database, scan, `${last}-1`, windowFrom(last + 1))).toEqual(added(`${last + count}-1`));
  });
});

describe('others see', () => {
  it('nothing of a window that is refused, and the next one as a whole, be they blocked or tracking', async () => {
    const blocked = on.client.duplicate();
    const tracking = on.client.duplicate();
    const told: string[] = [];
    const subscriber = on.client.duplicate();
    subscriber.on('messageBuffer', (_: Buffer, keys: readonly Buffer[]) => told.push(...keys.map(String)));
    try {
      const id = await subscriber.client('ID');
      await subscriber.subscribe('__redis__:invalidate');
      await tracking.client('TRACKING', 'ON', 'REDIRECT', id);
      await tracking.xlen(scan.stream);
      const read = blocked.xread('COUNT', 100, 'BLOCK', 0, 'STREAMS', scan.stream, '0-1');
      while (!(await on.client.info('clients')).includes('blocked_clients:1'));
      expect(await append(database, scan, '3-1', windowFrom(10))).toEqual({ _tag: 'conflict', found: '0-1' });
      expect(await on.client.info('clients')).toContain('blocked_clients:1');
      meanwhile(() => on.client.expire(scan.key, 10));
      expect(await append(database, scan, '0-1', windowFrom(10))).toEqual({ _tag: 'scanDeleted' });
      await tracking.ping();
      expect(told).toEqual([]);
      expect(await on.client.info('clients')).toContain('blocked_clients:1');
      await on.client.persist(scan.key);
      expect(await append(database, scan, '0-1', windowFrom(10))).toEqual(added('13-1'));
      const [found] = (await read) ?? [];
      expect(found?.[1].map(([id]) => id)).toEqual(['10-1', '11-1', '12-1', '13-1']);
      await tracking.ping();
      await subscriber.ping();
      expect(told).toEqual([scan.stream]);
    } finally {
      for (const client of [blocked, tracking, subscriber]) client.disconnect();
    }
  });

  it('the same on a replica', async () => {
    const replica = await startRedis();
    const client = new Redis(replica.url, { protocol: 2 });
    try {
      await client.replicaof('127.0.0.1', Number(new URL(on.server.url).port));
      while (!(await client.info('replication')).includes('master_link_status:up'));
      expect(await append(database, scan, '0-1', windowFrom(10))).toEqual(added('13-1'));
      expect(await append(database, scan, '10-1', windowFrom(14))).toEqual({ _tag: 'conflict', found: '13-1' });
      await on.client.set('written', 'last');
      await on.client.wait(1, 0);
      expect(await stored(client)).toEqual(await stored());
    } finally {
      client.disconnect();
      await replica.stop();
    }
  });

  it('the same after the server was restarted', async () => {
    expect(await append(database, scan, '0-1', windowFrom(10))).toEqual(added('13-1'));
    expect(await append(database, scan, '10-1', windowFrom(14))).toEqual({ _tag: 'conflict', found: '13-1' });
    const before = await stored();
    await on.server.crash();
    await on.server.restart();
    expect(await stored()).toEqual(before);
    expect(await append(database, scan, '13-1', windowFrom(14))).toEqual(added('17-1'));
  });
});
