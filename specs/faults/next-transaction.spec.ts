/** The transaction of a window that follows another one at once is begun while that one is carried out: it holds what the others hold. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lastValueFrom } from 'rxjs';
import type { Database } from '../../lib/ports/database.js';
import type { AppendResult, NewEntry } from '../../lib/ports/streams.js';
import { redisDatabase } from '../../lib/redis/redis-database.js';
import { append, createScan, entry, type SampleScan } from '../contract/samples.js';
import { relayTo, type Relay } from '../redis/relay.js';
import { failureOf } from '../store/outcomes.js';
import { onFaults } from './on-faults.js';

const on = onFaults();

const size = 50_000;
const count = 4;
/** Large enough for a transaction. */
const windowFrom = (first: number): readonly NewEntry[] => Array.from({ length: count }, (_, i) => entry(first + i, new Uint8Array(size).fill(first + i)));
const added = (last: string): AppendResult => ({ _tag: 'appended', lastId: last });

let relay: Relay;
let database: Database;
let scan: SampleScan;

beforeEach(async () => {
  relay = await relayTo(on.server.url);
  database = redisDatabase(relay.url);
  // The server knows the check from here on.
  const before = await createScan(database, 3);
  await append(database, before, '0-0', windowFrom(0));
  await append(database, before, '3-1', windowFrom(4));
  scan = await createScan(database, 1);
  // The first window goes by the script.
  await append(database, scan, '0-0', windowFrom(0));
});
afterEach(async () => {
  await lastValueFrom(database.close(), { defaultValue: undefined });
  await relay.close();
});

const stored = async (): Promise<readonly string[]> => (await on.client.xrangeBuffer(scan.stream, '-', '+')).map(([id, [, payload]]) => `${String(id)} ${payload?.length} ${payload?.[0]}`);
const expected = (from: number, to: number): readonly string[] => Array.from({ length: to - from }, (_, i) => `${from + i}-1 ${size} ${from + i}`);

/** Acts once when the server says for the third time that a window may go ahead, which is for the one that has not been sent yet. */
function beforeTheThird(act: () => Promise<unknown>): { readonly acted: () => boolean } {
  let ready = 0;
  let held: Promise<unknown> = Promise.resolve();
  relay.replies = (piece, client) => {
    const times = piece.toString('latin1').split('ready').length - 1;
    if (ready < 3 && ready + times >= 3) held = held.then(act);
    ready += times;
    held = held.then(() => client.write(piece));
  };
  return { acted: () => ready >= 3 };
}

describe('the window after the next', () => {
  const others: readonly (readonly [string, () => Promise<unknown>, AppendResult])[] = [
    ['another writer appends', () => on.client.xadd(scan.stream, '12-1', 'payload', 'x'), { _tag: 'conflict', found: '12-1' }],
    ['the stream is sealed', () => on.client.xadd(scan.stream, '18446744073709551615-18446744073709551615', 'id', '12'), { _tag: 'sealed' }],
    ['the scan is deleted', async () => Promise.all([scan.key, scan.stream].map((key) => on.client.expire(key, 10))), { _tag: 'scanDeleted' }],
    ['the stream is deleted', () => on.client.del(scan.stream), { _tag: 'conflict', found: '0-0' }],
    ['all data are lost', () => on.client.flushall(), { _tag: 'scanDeleted' }],
  ];

  it.each(others)('is refused if %s after its transaction was begun', async (_, act, refusal) => {
    let left: readonly string[] = [];
    const { acted } = beforeTheThird(async () => {
      await act();
      left = await stored();
    });
    expect(await append(database, scan, '3-1', windowFrom(4))).toEqual(added('7-1'));
    expect(await append(database, scan, '7-1', windowFrom(8))).toEqual(added('11-1'));
    expect(acted()).toBe(true);
    expect(await append(database, scan, '11-1', windowFrom(12))).toEqual(refusal);
    expect(await stored()).toEqual(left);
  });

  it('is appended once, be the stream trimmed or the scan changed meanwhile', async () => {
    beforeTheThird(async () => {
      await on.client.xtrim(scan.stream, 'MINID', '6');
      await on.client.call('JSON.SET', scan.key, '$.info', '{"changed":1}');
    });
    for (let first = 4; first < 24; first += count) expect(await append(database, scan, `${first - 1}-1`, windowFrom(first))).toEqual(added(`${first + count - 1}-1`));
    expect(await stored()).toEqual(expected(6, 24));
  });

  it('goes elsewhere than was expected: a window of another stream, and one that another place is wrong for', async () => {
    const second = await createScan(database, 2);
    await append(database, second, '0-0', windowFrom(0));
    expect(await append(database, scan, '3-1', windowFrom(4))).toEqual(added('7-1'));
    expect(await append(database, scan, '7-1', windowFrom(8))).toEqual(added('11-1'));
    expect(await append(database, second, '3-1', windowFrom(4))).toEqual(added('7-1'));
    expect(await append(database, scan, '11-1', windowFrom(12))).toEqual(added('15-1'));
    expect(await append(database, scan, '15-1', windowFrom(16))).toEqual(added('19-1'));
    expect(await append(database, scan, '15-1', windowFrom(20))).toEqual({ _tag: 'conflict', found: '19-1' });
    expect(await append(database, scan, '19-1', windowFrom(20))).toEqual(added('23-1'));
    expect(await stored()).toEqual(expected(0, 24));
  });

  it('does not come: no transaction stays open', async () => {
    for (let first = 4; first < 16; first += count) await append(database, scan, `${first - 1}-1`, windowFrom(first));
    const open = async (): Promise<boolean> => / multi=(?!-1)/.test(String(await on.client.client('LIST')));
    while (await open());
    expect(await append(database, scan, '15-1', windowFrom(16))).toEqual(added('19-1'));
    expect(await stored()).toEqual(expected(0, 20));
  });

  it('is lost with its connection, and then appended over another one', async () => {
    beforeTheThird(() => {
      relay.cut();
      return Promise.resolve();
    });
    expect(await append(database, scan, '3-1', windowFrom(4))).toEqual(added('7-1'));
    expect(await failureOf(append(database, scan, '7-1', windowFrom(8)))).toMatchObject({ _tag: 'OutcomeUnknown' });
    expect(await append(database, scan, '11-1', windowFrom(12))).toEqual(added('15-1'));
    expect(await stored()).toEqual(expected(0, 16));
  });

  it('of another stream that still waited for the connection is appended over another one', async () => {
    const second = await createScan(database, 2);
    await append(database, second, '0-0', windowFrom(0));
    let cut = false;
    relay.requests = (piece, redis) => {
      // The entries of the first window are on their way, and nothing of the other's.
      if (!cut && piece.includes('NOMKSTREAM')) {
        cut = true;
        relay.cut();
      } else redis.write(piece);
    };
    const [first, other] = await Promise.allSettled([append(database, scan, '3-1', windowFrom(4)), append(database, second, '3-1', windowFrom(4))]);
    expect(first).toMatchObject({ status: 'rejected', reason: { _tag: 'OutcomeUnknown' } });
    expect(other).toEqual({ status: 'fulfilled', value: added('7-1') });
    expect(await stored()).toEqual(expected(0, 4));
  });

  it('goes on after the server has forgotten its scripts in between', async () => {
    beforeTheThird(() => on.client.script('FLUSH'));
    for (let first = 4; first < 32; first += count) expect(await append(database, scan, `${first - 1}-1`, windowFrom(first))).toEqual(added(`${first + count - 1}-1`));
    expect(await stored()).toEqual(expected(0, 32));
  });
});
