/** Which of the two sets a database up makes no difference to either. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { DataStore, ESRFIdentity, type IdentityModel } from '../../lib/index.js';
import { Lab } from './identity-models.js';
import { useInterop, versions } from './interop.js';

const models: readonly IdentityModel[] = [ESRFIdentity, Lab];

describe.each(versions)('a database set up here or by Python blissdata %s', (version) => {
  const interop = useInterop(version, 'us');

  beforeEach(() => empty());

  const empty = async (): Promise<void> => {
    const { client } = interop().redis;
    await client.flushall();
    await client.function('FLUSH');
    await client.call('FT.CONFIG', ['SET', 'MAXPREFIXEXPANSIONS', '200']);
  };

  /** Everything a client may find in an empty database. */
  const look = async ({ prefix }: IdentityModel) => {
    const { client } = interop().redis;
    const reply = await client.call('FT.INFO', [`${prefix}:scan:index`]);
    const properties: unknown[] = Array.isArray(reply) ? reply : [];
    const property = (name: string): unknown => properties[properties.indexOf(name) + 1];
    const keys = (await client.keys('*')).sort();
    return {
      index: [property('index_name'), property('index_options'), property('index_definition'), property('attributes')],
      functions: await client.function('LIST'),
      prefixExpansions: await client.call('FT.CONFIG', ['GET', 'MAXPREFIXEXPANSIONS']),
      keys: Object.fromEntries(await Promise.all(keys.map(async (key) => [key, await client.get(key)] as const))),
    };
  };

  /** What there is after each of the two has set it up. */
  const lookAtBoth = async (model: IdentityModel) => {
    const { redis, python } = interop();
    await DataStore.init(redis.url, { identity: model });
    const ours = await look(model);
    await empty();
    await python.tell('init', { model: model.prefix });
    return { ours, theirs: await look(model) };
  };

  it.each(models)('has the same search index, functions and settings ($prefix)', async (model) => {
    const { ours, theirs } = await lookAtBoth(model);
    expect({ ...ours, keys: {} }).toEqual({ ...theirs, keys: {} });
    expect(JSON.stringify(ours.index)).toContain(`["identifier","$.id.name","attribute","id_name","type","TAG","SEPARATOR","|"]`);
    expect(JSON.stringify(ours.functions)).toContain('seal_stream');
  });

  it.each(models)('has the same keys, but for what Redis-OM of blissdata 1.x notes differently ($prefix)', async (model) => {
    const { ours, theirs } = await lookAtBoth(model);
    if (version === '2.4.5') expect(ours.keys).toEqual(theirs.keys);
    else expect(Object.keys(ours.keys)).toEqual(expect.arrayContaining(Object.keys(theirs.keys)));
    expect(ours.keys['_PROTOCOL_VERSION_']).toBe(theirs.keys['_PROTOCOL_VERSION_']);
  });

  it('is not set up again by either', async () => {
    const { redis, python } = interop();
    await DataStore.init(redis.url);
    await expect(python.tell('init')).rejects.toMatchObject({ name: 'RuntimeError', message: expect.stringContaining('non-empty') });
    await empty();
    await python.tell('init');
    await expect(DataStore.init(redis.url)).rejects.toMatchObject({ _tag: 'DatabaseNotEmpty' });
  });

  it('is refused by both until it is set up', async () => {
    const { redis, python } = interop();
    await expect(python.tell('connect')).rejects.toMatchObject({ name: 'RuntimeError' });
    const store = DataStore.connect(redis.url);
    await expect(store.createScan({ name: 'too early', number: 1, data_policy: 'ESRF' })).rejects.toMatchObject({ _tag: 'NotInitialized' });
    await store.close();
    await DataStore.init(redis.url);
    await python.tell('connect');
  });

  it('seals streams in the same way', async () => {
    const { redis, python } = interop();
    const { client } = redis;
    const seals = async (): Promise<unknown> => {
      await client.xadd('esrf:stream:one', '0-1', 'payload', 'x');
      await client.xadd('esrf:stream:batch', '0-1', 'payload', 'x');
      await client.xadd('esrf:stream:batch', '1-1', 'payload', 'xyz', 'len', '3');
      const keys = ['esrf:stream:empty', 'esrf:stream:one', 'esrf:stream:batch'];
      const lengths: number[] = [];
      for (const key of keys) lengths.push(await python.ask(t.number, 'seal', { key }));
      const again = await python.tell('seal', { key: 'esrf:stream:one' }).catch((error: unknown) => String(error).includes('is already sealed'));
      return { lengths, again, ends: await Promise.all(keys.map((key) => client.xrevrange(key, '+', '-', 'COUNT', 1))) };
    };
    await DataStore.init(redis.url);
    const ours = await seals();
    await empty();
    await python.tell('init');
    expect(ours).toEqual(await seals());
    expect(ours).toMatchObject({ lengths: [0, 1, 4], again: true });
  });
});
