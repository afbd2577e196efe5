/** Searching scans by their identity, and going on from there without missing one. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map, take, toArray } from 'rxjs';
import type { ESRFIdentityFields, IdentityInput, SearchCriteria } from '../../lib/index.js';
import { expire, identity } from '../scan/publishing.js';
import { onRedis } from './on-redis.js';
import { failureOf, following } from './outcomes.js';

const on = onRedis();

/** Creates one scan for each of these; left out are the fields every scan must have. */
async function given(...identities: readonly Partial<IdentityInput>[]): Promise<readonly string[]> {
  const keys: string[] = [];
  for (const [i, own] of identities.entries()) keys.push((await on.store.createScan({ ...identity, number: i, ...own })).key);
  return keys;
}

/** Finds scans, and says which of the given ones they are. */
async function found(keys: readonly string[], criteria: SearchCriteria): Promise<readonly number[]> {
  const result = await firstValueFrom(on.store.search(criteria));
  return result.keys.map((key) => keys.indexOf(key)).sort((a, b) => a - b);
}

describe('search', () => {
  it('finds nothing in an empty database, and all scans without criteria', async () => {
    expect(await firstValueFrom(on.store.search())).toEqual({ timetag: '0-0', keys: [] });
    const keys = await given({}, {}, {});
    expect(await found(keys, {})).toEqual([0, 1, 2]);
    expect(await found(keys, Object.fromEntries([['name', undefined]]))).toEqual([0, 1, 2]);
  });

  it('gives keys of scans, and a timetag that is 0-0 before the first and rises with each', async () => {
    for (const criteria of [{}, { name: 'abc*' }]) expect(await firstValueFrom(on.store.search(criteria))).toEqual({ timetag: '0-0', keys: [] });
    let before = [0n, 0n];
    for (let count = 1; count <= 4; count++) {
      await given({});
      const { timetag, keys } = await firstValueFrom(on.store.search());
      expect(keys).toHaveLength(count);
      for (const key of keys) expect(key).toMatch(/^esrf:scan:[0-9A-Z]{26}$/);
      const now = timetag.split('-').map(BigInt);
      // Scans of one millisecond differ in the second number.
      expect(now[0] === before[0] ? Number(now[1]) - Number(before[1]) : Number(now[0]) - Number(before[0])).toBeGreaterThan(0);
      before = now;
    }
  });

  const fields: readonly (keyof ESRFIdentityFields)[] = ['name', 'number', 'data_policy', 'session', 'proposal', 'collection', 'dataset', 'path'];
  it.each(fields)('finds scans by their %s', async (field) => {
    const [value, another] = field === 'number' ? [17, 18] : ['Value one', 'Value one two'];
    const keys = await given({ [field]: another }, { [field]: value }, { [field]: another }, { [field]: value });
    expect(await found(keys, { [field]: value })).toEqual([1, 3]);
    expect(await found(keys, { [field]: another })).toEqual([0, 2]);
    expect(await found(keys, { [field]: field === 'number' ? 19 : 'Value' })).toEqual([]);
  });

  it('requires all criteria to be met', async () => {
    const keys = await given({ name: 'asc', session: 'a' }, { name: 'asc', session: 'b' }, { name: 'dsc', session: 'b' });
    expect(await found(keys, { name: 'asc', session: 'b' })).toEqual([1]);
    expect(await found(keys, { name: 'asc', session: 'b', number: 2 })).toEqual([]);
  });

  it('ignores case, as RediSearch does', async () => {
    const keys = await given({ name: 'Align' }, { name: 'align' }, { name: 'aligned' });
    expect(await found(keys, { name: 'ALIGN' })).toEqual([0, 1]);
  });

  it('takes a * at the beginning, at the end, or at both', async () => {
    const keys = await given({ name: 'ascan' }, { name: 'dscan' }, { name: 'scanner' }, { name: 'loopscan' });
    expect(await found(keys, { name: 'as*' })).toEqual([0]);
    expect(await found(keys, { name: '*scan' })).toEqual([0, 1, 3]);
    expect(await found(keys, { name: '*sca*' })).toEqual([0, 1, 2, 3]);
    expect(await found(keys, { name: 'xy*' })).toEqual([]);
  });

  it('takes ranges of numbers, both ends included, open at the end that is left out', async () => {
    const keys = await given({ number: -5 }, { number: 0 }, { number: 1 }, { number: 10 }, { number: 1_000_000_007 });
    expect(await found(keys, { number: { min: 0, max: 1 } })).toEqual([1, 2]);
    expect(await found(keys, { number: { min: 1 } })).toEqual([2, 3, 4]);
    expect(await found(keys, { number: { max: 0 } })).toEqual([0, 1]);
    expect(await found(keys, { number: {} })).toEqual([0, 1, 2, 3, 4]);
    expect(await found(keys, { number: { min: 2, max: 1 } })).toEqual([]);
    expect(await found(keys, { number: { min: 0.5, max: 1e21 } })).toEqual([2, 3, 4]);
    expect(await found(keys, { number: -5 })).toEqual([0]);
    expect(await found(keys, { number: 1_000_000_007 })).toEqual([4]);
  });

  const odd = ['two words', 'a-b', 'x@y', '{braces}', '[1 2]', '"quoted"', "it's", 'back\\slash', '50%', '(a)', 'été', '漢字', 'p_1', '-dash', 'dot.dot', '~!#$^&+=;:,<>?/`', '*star', 'bell\u0007', '\u001b[1m', 'back\\-slash\\', ' padded ', 'tab\t', '$v0', "w'ab'", '}){(@id_number:[0 1]'];
  it.each(odd)('finds the text %j by itself', async (name) => {
    const keys = await given({ name }, { name: 'another' }, { name });
    expect(await found(keys, { name: name.replace('*', '') === name ? name : `*${name.slice(1)}` })).toEqual([0, 2]);
  });

  it('takes a | in an identity for the end of one text and the beginning of another, and one in a criterion for itself', async () => {
    const keys = await given({ session: 'red' }, { session: 'Green|red' }, { session: 'green' });
    expect(await found(keys, { session: 'red' })).toEqual([0, 1]);
    expect(await found(keys, { session: 'red|green' })).toEqual([]);
    expect(await found(keys, { session: 're*' })).toEqual([0, 1]);
  });

  it('takes a letter of two bytes beside a *', async () => {
    const keys = await given({ name: 'été' }, { name: '漢字' }, { name: 'e' });
    expect(await found(keys, { name: 'é*' })).toEqual([0]);
    expect(await found(keys, { name: '*字' })).toEqual([1]);
  });

  it('gives the keys in the order of their creation', async () => {
    const keys = await given({}, {}, {});
    expect((await firstValueFrom(on.store.search())).keys).toEqual([...keys].sort());
  });

  it('finds no scan by a field that it does not have', async () => {
    const keys = await given({}, { session: 'there' });
    expect(await found(keys, { session: 'th*' })).toEqual([1]);
    expect(await found(keys, { session: 'null' })).toEqual([]);
    expect(await found(keys, { session: 'None' })).toEqual([]);
  });

  it('finds more scans than one answer of RediSearch holds', async () => {
    const all = Array.from({ length: 1100 }, (_, number) => ({ ...identity, number }));
    const scans = await Promise.all(all.map((own) => on.store.createScan(own)));
    const { keys } = await firstValueFrom(on.store.search({ name: 'ali*' }));
    expect([...keys].sort()).toEqual(scans.map(({ key }) => key).sort());
  });
});

describe('a search that RediSearch cannot answer', () => {
  const queries: readonly [string, string, unknown][] = [
    ['a * inside', 'name', 'a*b'],
    ['a * inside and at the end', 'name', 'ab*cd*'],
    ['nothing but a *', 'name', '*'],
    ['nothing but two', 'name', '**'],
    ['one character beside a *', 'name', 'a*'],
    ['an empty text', 'name', ''],
    ['NUL', 'name', 'a\u0000b'],
    ['half a surrogate pair', 'name', 'a\ud83d'],
    ['nothing but white space', 'name', ' \t'],
    ['white space and one character before a *', 'name', ' a*'],
    ['more than RediSearch keeps of a text', 'name', 'a'.repeat(4097)],
    ['a number for a text', 'name', 5],
    ['null for a text', 'session', null],
    ['a list of texts', 'name', ['a', 'b']],
    ['a text for a number', 'number', '5'],
    ['a text for a bound', 'number', { min: '5' }],
    ['a bound of another name', 'number', { from: 5 }],
    ['NaN', 'number', NaN],
    ['NaN for a bound', 'number', { min: NaN }],
    ['null for a number', 'number', null],
    ['a field that identities do not have', 'nmae', 'align'],
    ['a field of Object', 'constructor', 'align'],
    ['a field called __proto__', '__proto__', 'align'],
  ];

  it.each(queries)('has %s, and is UnsupportedQuery naming the field', async (_, field, value) => {
    const criteria = Object.fromEntries([[field, value]]);
    expect(await failureOf(on.store.search(criteria))).toMatchObject({ _tag: 'UnsupportedQuery', field, retriable: false });
  });
});

describe('going on after a search', () => {
  it('scansSince its timetag gives what was created since, and nothing that was found', async () => {
    const before = await given({}, {});
    const { timetag, keys } = await firstValueFrom(on.store.search());
    expect([...keys].sort()).toEqual([...before].sort());
    const after = await given({}, {});
    expect(await lastValueFrom(on.store.scansSince(timetag).pipe(take(2), map(({ key }) => key), toArray()))).toEqual(after);
  });

  it('misses no scan and sees none twice, while scans are being created', async () => {
    const count = 60;
    const reader = on.another();
    const creating = (async () => {
      const keys: string[] = [];
      for (let number = 0; number < count; number++) keys.push((await on.store.createScan({ ...identity, number })).key);
      return keys;
    })();
    const views: Promise<readonly string[]>[] = [];
    for (let found = 0; found < count; ) {
      const { timetag, keys } = await firstValueFrom(reader.search());
      found = keys.length;
      const later = count - found;
      views.push(later === 0 ? Promise.resolve(keys) : lastValueFrom(reader.scansSince(timetag).pipe(take(later), map(({ key }) => key), toArray(), map((since) => [...keys, ...since]))));
    }
    const created = [...(await creating)].sort();
    for (const view of views) expect([...(await view)].sort()).toEqual(created);
    expect(views.length).toBeGreaterThan(1);
  });
});

describe('followSearch', () => {
  it('gives every scan that matches once, while scans are being created', async () => {
    const count = 80;
    const matching = (number: number): boolean => number % 3 !== 0;
    const creating = (async () => {
      const keys: string[] = [];
      for (let number = 0; number < count; number++) {
        const { key } = await on.store.createScan({ ...identity, number, name: matching(number) ? `Asc|x${number}` : 'other' });
        if (matching(number)) keys.push(key);
      }
      return keys.sort();
    })();
    const expected = Array.from({ length: count }, (_, number) => number).filter(matching).length;
    const reader = on.another();
    const views: Promise<readonly string[]>[] = [];
    for (let found = 0; found < count; ) {
      views.push(lastValueFrom(reader.followSearch({ name: 'asc' }).pipe(take(expected), map(({ key }) => key), toArray())));
      found = (await firstValueFrom(reader.search())).keys.length;
    }
    const created = await creating;
    for (const view of views) expect([...(await view)].sort()).toEqual(created);
    expect(views.length).toBeGreaterThan(1);
  });

  it('finds new scans by the same rules as those that are there', async () => {
    const names = ['Align|x', ' align ', 'aligned', 'x|ALIGN', 'align\u0000x', 'al\u0007ign', 'été', 'Été', 'malign', '$v0', 'a\\-b'];
    const queries = ['align', 'ali*', '*gn', '*LIG*', 'al\u0007ign', 'É*', '$v0', 'a\\-b', 'align|x'];
    const fresh = queries.map((name) => following(on.store.followSearch({ name }).pipe(map(({ key }) => key))));
    // The followers' requests have arrived by now: one connection answers in order.
    await firstValueFrom(on.store.search());
    const keys = await given(...names.map((name) => ({ name })));
    for (const [i, name] of queries.entries()) {
      const there = (await firstValueFrom(on.store.search({ name }))).keys;
      const seen$ = fresh[i]?.pipe(take(there.length), toArray());
      if (seen$ !== undefined) expect([name, [...(await lastValueFrom(seen$))].sort()]).toEqual([name, there]);
    }
    expect(keys).toHaveLength(names.length);
  });

  it('goes on after its own timetags', async () => {
    await given({});
    const { timetag } = await firstValueFrom(on.store.followSearch());
    const [key] = await given({});
    expect(await firstValueFrom(on.store.scansSince(timetag))).toMatchObject({ key });
  });

  it('ends with StoreClosed when the store is closed', async () => {
    const store = on.another();
    await given({});
    const seen$ = following(store.followSearch());
    await firstValueFrom(seen$);
    await store.close();
    expect(await failureOf(seen$)).toMatchObject({ _tag: 'StoreClosed' });
  });
});

it('speaks RESP2, whatever ioredis or the server may prefer, for the replies of RESP3 are of another form', async () => {
  await firstValueFrom(on.store.search());
  const scans$ = following(on.store.scansSince('0-0'));
  await given({});
  await firstValueFrom(scans$);
  const versions = [...String(await on.client.client('LIST')).matchAll(/ resp=(\d)/g)].map(([, version]) => version);
  expect(versions.length).toBeGreaterThan(3);
  expect(new Set(versions)).toEqual(new Set(['2']));
});

it('a scan that was deleted is not found any more, although the index still holds it', async () => {
  const [key = '', other = ''] = await given({}, {});
  await expire(on.client, key);
  expect((await firstValueFrom(on.store.search())).keys).toEqual([other]);
});
