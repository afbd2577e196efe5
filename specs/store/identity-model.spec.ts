/** An institute's own identity model: its own prefix, its own fields, in everything that a store does. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as O from 'fp-ts/lib/Option.js';
import { firstValueFrom } from 'rxjs';
import { DataStore, identityModel, numeric, type IdentityModel } from '../../lib/index.js';
import { onRedis } from './on-redis.js';
import { failureOf } from './outcomes.js';

const on = onRedis();

const Lab = identityModel('lab', { sample: 'text', run: 'integer', operator: 'text?', series: 'integer?' });

let lab: DataStore<(typeof Lab)['fields']>;

beforeEach(async () => {
  await on.client.flushall();
  await DataStore.init(on.url, { identity: Lab });
  lab = DataStore.connect(on.url, { identity: Lab });
});
afterEach(() => lab.close());

describe('a store with an identity model of its own', () => {
  it('publishes and reads scans under its prefix', async () => {
    const scan = await lab.createScan({ sample: 'silicon', run: 3, operator: 'Ada' });
    expect(scan.key).toMatch(/^lab:scan:[0-9A-Z]{26}$/);
    const writer = scan.createStream('diode', numeric('float64'));
    expect(writer.key).toMatch(/^lab:stream:[0-9A-Z]{26}$/);
    await scan.prepare();
    writer.send(1.5);
    await scan.close();

    const loaded = await firstValueFrom(lab.loadScan(scan.key));
    expect(loaded.identity).toEqual({ sample: 'silicon', run: 3, operator: 'Ada', series: null });
    const stream = await firstValueFrom(loaded.stream('diode', 'float64'));
    expect(await firstValueFrom(stream.at(0))).toBe(1.5);
    expect(await on.client.keys('esrf:*')).toEqual([]);
  });

  it('finds them by its fields, and refuses those of others', async () => {
    const scans = [];
    for (const [i, operator] of ['Ada', 'Grace', 'Ada'].entries()) scans.push(await lab.createScan({ sample: 'silicon', run: i, operator, series: 10 * i }));
    expect((await firstValueFrom(lab.search({ operator: 'ada', run: { min: 1 } }))).keys).toEqual([scans[2]?.key]);
    expect((await firstValueFrom(lab.search({ series: 10 }))).keys).toEqual([scans[1]?.key]);
    expect(await failureOf(lab.search(Object.fromEntries([['session', 'x']])))).toMatchObject({ _tag: 'UnsupportedQuery', field: 'session', expected: expect.stringContaining('sample, run, operator, series') });
  });

  it('sees its scans in the history', async () => {
    const scan = await lab.createScan({ sample: 'silicon', run: 3 });
    const last = await firstValueFrom(lab.lastScan());
    expect(O.isSome(last) && last.value.key).toBe(scan.key);
  });

  it('refuses the keys of other models', async () => {
    const key = 'esrf:scan:01J00000000000000000000000';
    expect(await failureOf(lab.loadScan(key))).toMatchObject({ _tag: 'InvalidArgument', argument: 'key', expected: expect.stringContaining('lab:scan:') });
  });

  it('is not what another model calls valid, even under the same prefix', async () => {
    const Other: IdentityModel = identityModel('lab', { sample: 'text', run: 'text', beam: 'text' });
    const other = DataStore.connect(on.url, { identity: Other });
    const scan = await lab.createScan({ sample: 'silicon', run: 3 });
    const error = await failureOf(other.loadScan(scan.key));
    expect(error).toMatchObject({ _tag: 'ScanValidation', key: scan.key, problems: [expect.stringContaining('id.run'), expect.stringContaining('id.beam')] });
    await other.close();
  });
});

describe('an identity', () => {
  const wrong: readonly [string, string, unknown][] = [
    ['misses a required text', 'sample', { run: 1 }],
    ['misses a required number', 'run', { sample: 'x' }],
    ['has a number for a text', 'sample', { sample: 1, run: 1 }],
    ['has a text for a number', 'run', { sample: 'x', run: '1' }],
    ['has null for a required field', 'sample', { sample: null, run: 1 }],
    ['has a fraction for an integer', 'run', { sample: 'x', run: 1.5 }],
    ['has NaN for an integer', 'run', { sample: 'x', run: NaN }],
    ['has more than 2^53 for an integer', 'run', { sample: 'x', run: 2 ** 53 }],
    ['has a bigint for an integer', 'run', { sample: 'x', run: 1n }],
    ['has a boolean for an optional text', 'operator', { sample: 'x', run: 1, operator: true }],
    ['is null', 'identity', null],
    ['is a text', 'identity', 'x'],
    ['is missing', 'identity', undefined],
  ];

  it.each(wrong)('that %s is InvalidArgument naming it, and nothing was written', async (_, name, identity) => {
    const before = await on.client.dbsize();
    const error = await failureOf(() => Reflect.apply(lab.createScan, lab, [identity]));
    expect(error).toMatchObject({ _tag: 'InvalidArgument', argument: 'identity', retriable: false });
    expect(String(error)).toContain(name);
    expect(await on.client.dbsize()).toBe(before);
  });

  it('is refused with the list of the required fields, and of everything that is wrong', async () => {
    const error = await failureOf(() => Reflect.apply(lab.createScan, lab, [{ run: 'first', operator: 7 }]));
    expect(error).toMatchObject({
      expected: 'an object with sample (text), run (integer)',
      received: 'sample: expected text, received undefined; run: expected integer, received "first"; operator: expected text or null, received 7',
    });
  });

  it('that holds a lone surrogate is InvalidArgument, and nothing was written', async () => {
    const before = await on.client.dbsize();
    expect(await failureOf(lab.createScan({ sample: 'half a \ud83d', run: 1 }))).toMatchObject({ _tag: 'InvalidArgument', argument: 'identity' });
    expect(await on.client.dbsize()).toBe(before);
  });

  it('may leave out what is optional, say null for it, and hold any text', async () => {
    const scan = await lab.createScan({ sample: 'NaCl "№ 1"\n\u0000\\ 😀', run: -7, operator: null });
    const loaded = await firstValueFrom(lab.loadScan(scan.key));
    expect(loaded.identity).toEqual({ sample: 'NaCl "№ 1"\n\u0000\\ 😀', run: -7, operator: null, series: null });
  });

  it('loses fields that the model does not have', async () => {
    const scan = await Reflect.apply(lab.createScan, lab, [{ sample: 'x', run: 1, extra: 'y' }]);
    expect((await firstValueFrom(lab.loadScan(scan.key))).identity).toEqual({ sample: 'x', run: 1, operator: null, series: null });
  });
});
