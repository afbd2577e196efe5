/** The judges of chaotic runs find every flaw. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { freshRedis, type FreshRedis } from '../../support/redis.js';
import { Journal, type Expectation } from './journal.js';
import { kindsOf, type Kind } from './kinds.js';
import { judge, judgeStored, noFlaws } from './verdict.js';

function journal(expected: Expectation, arrivals: readonly (readonly [index: number, ...said: number[]])[]): Journal {
  const record = new Journal('a follower', 'key', expected);
  for (const [index, ...said] of arrivals) record.take(index, said);
  return record;
}

const allKinds = (): readonly Kind[] => {
  const kinds: Kind[] = [];
  kindsOf(3)((kind) => kinds.push(kind));
  return kinds;
};

describe('what a follower got of a stream of five points', () => {
  it.each<readonly [Expectation, readonly (readonly [number, ...number[]])[]]>([
    ['all', [[0, 0, 1], [2, 2], [3, 3, 4]]],
    ['rest', [[2, 2], [3, 3, 4]]],
    ['beginning', [[0, 0, 1], [2, 2]]],
    ['beginning', []],
    ['newest', [[1, 1], [4, 4]]],
    ['any', [[3, 3], [1, 1], [3, 3]]],
  ])('is flawless: %s %j', (expected, arrivals) => {
    expect(judge(journal(expected, arrivals), 5)).toEqual(noFlaws());
  });

  it.each<readonly [object, Expectation, readonly (readonly [number, ...number[]])[]]>([
    [{ lost: 1 }, 'all', [[0, 0, 1], [3, 3, 4]]],
    [{ lost: 2 }, 'all', [[0, 0, 1, 2]]],
    [{ lost: 5 }, 'all', []],
    [{ lost: 1 }, 'rest', [[2, 2], [4, 4]]],
    [{ lost: 1 }, 'rest', [[2, 2, 3]]],
    [{ lost: 1 }, 'beginning', [[0, 0], [2, 2]]],
    [{ lost: 1 }, 'newest', [[0, 0], [3, 3]]],
    [{ doubled: 1 }, 'all', [[0, 0, 1, 2], [2, 2, 3, 4]]],
    [{ doubled: 1 }, 'newest', [[4, 4], [4, 4]]],
    [{ outOfOrder: 1 }, 'all', [[0, 0], [2, 2], [1, 1], [3, 3, 4]]],
    [{ wrong: 1 }, 'all', [[0, 0, 1, 3], [3, 3, 4]]],
    [{ wrong: 1 }, 'any', [[2, NaN]]],
    [{ wrong: 1 }, 'all', [[0, 0, 1, 2, 3, 4, 5]]],
  ])('has %j: %s %j', (flaws, expected, arrivals) => {
    expect(judge(journal(expected, arrivals), 5)).toEqual({ ...noFlaws(), ...flaws });
  });

  it('came late, if its follower had left', () => {
    const record = journal('beginning', [[0, 0, 1]]);
    record.leave();
    record.take(2, [2, 3]);

    expect(judge(record, 5)).toEqual({ ...noFlaws(), late: 2 });
  });
});

it('a point that was changed, or is of another scan, does not say that it is the one it was', () => {
  for (const kind of allKinds()) {
    const points = kind.batch(70_000, 1);
    if (!Array.isArray(points)) continue;
    const [point] = points;
    const changed = point instanceof Uint16Array ? point.map((pixel, i) => (i === 1000 ? pixel ^ 1 : pixel)) : { ...point, text: 'x' };
    const bytes = (value: unknown): Buffer => (value instanceof Uint16Array ? Buffer.from(value.buffer) : Buffer.from(JSON.stringify(value)));
    expect([kind.saidByEntry(bytes(point), 1), kind.saidByEntry(bytes(changed), 1)]).toEqual([[70_000], [NaN]]);
  }
  const scalar = Buffer.alloc(8);
  scalar.writeDoubleLE(4 * 2 ** 32 + 1);
  expect(allKinds()[0]?.saidByEntry(scalar, 1)).toEqual([NaN]);
});

describe('a stream as it lies in Redis', () => {
  let redis: FreshRedis;
  const said = (payload: Buffer, len: number): readonly number[] => Array.from({ length: len }, (_, i) => payload[i] ?? NaN);
  const put = (index: number, ...points: readonly number[]): Promise<unknown> => redis.client.xadd('key', `${index}-1`, 'payload', Buffer.from(points), 'len', String(points.length));
  const seal = (length: number): Promise<unknown> => redis.client.xadd('key', '18446744073709551615-18446744073709551615', 'id', String(length));

  beforeAll(async () => {
    redis = await freshRedis();
  });
  beforeEach(() => redis.reset());
  afterAll(() => redis.stop());

  it('is flawless', async () => {
    await put(0, 0, 1);
    await put(2, 2);
    await seal(3);
    expect(await judgeStored(redis.client, 'key', 3, said)).toEqual(noFlaws());
  });

  it.each<readonly [string, object, readonly (readonly [number, ...number[]])[], number]>([
    ['has a hole', { lost: 1 }, [[0, 0], [2, 2]], 3],
    ['ends too early', { lost: 1 }, [[0, 0, 1]], 3],
    ['has points inside others', { doubled: 1 }, [[0, 0, 1], [1, 1, 2]], 3],
    ['has a point in the wrong place', { wrong: 1 }, [[0, 0, 1], [2, 1]], 3],
    ['has a wrong seal', { wrong: 1 }, [[0, 0, 1, 2]], 2],
  ])('%s', async (_, flaws, entries, sealedAt) => {
    for (const entry of entries) await put(...entry);
    await seal(sealedAt);
    expect(await judgeStored(redis.client, 'key', 3, said)).toEqual({ ...noFlaws(), ...flaws });
  });

  it('is not sealed', async () => {
    await put(0, 0, 1, 2);
    expect(await judgeStored(redis.client, 'key', 3, said)).toEqual({ ...noFlaws(), wrong: 1 });
  });
});
