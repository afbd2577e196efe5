/** A scan's JSON that is not what it should be: what is wrong is said, and what is merely old or new is read. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { json, numeric, ScanState } from '../../lib/index.js';
import { onRedis } from '../store/on-redis.js';
import { failureOf } from '../store/outcomes.js';
import { edit, identity, stateKeyOf, type Document } from './publishing.js';

const on = onRedis();

/** A scan in the database, with one stream. */
async function published(): Promise<string> {
  const scan = await on.store.createScan(identity, { title: 'a scan' });
  scan.createStream('diode', numeric('float64'));
  await scan.prepare();
  return scan.key;
}

const without = (path: readonly string[]) => (document: Document): void => void Reflect.deleteProperty(parentOf(document, path), path.at(-1) ?? '');
const having = (path: readonly string[], value: unknown) => (document: Document): void => void Reflect.set(parentOf(document, path), path.at(-1) ?? '', value);

function parentOf(document: object, path: readonly string[]): object {
  return path.slice(0, -1).reduce<object>((at, name) => new Object(Reflect.get(at, name)), document);
}

describe('JSON of a scan', () => {
  const required = ['pk', 'id', 'id.name', 'id.number', 'id.data_policy', 'info', 'state_stream', 'state_stream.pk', 'data_streams'];
  it.each(required)('without %s is ScanValidation naming it', async (field) => {
    const key = await published();
    await edit(on.client, key, without(field.split('.')));
    const error = await failureOf(on.store.loadScan(key));
    expect(error).toMatchObject({ _tag: 'ScanValidation', key, retriable: false, problems: [expect.stringMatching(new RegExp(`^${field}: expected`))] });
  });

  const wrong: readonly [string, unknown][] = [
    ['pk', 5],
    ['id', 'align'],
    ['id.name', null],
    ['id.number', '1'],
    ['id.number', 1.5],
    ['id.data_policy', ['esrf']],
    ['id.session', 7],
    ['info', []],
    ['info', null],
    ['state_stream', 'pk'],
    ['state_stream.pk', 1],
    ['data_streams', []],
    ['data_streams', null],
  ];
  it.each(wrong)('with another %s (%j) is ScanValidation naming it', async (field, value) => {
    const key = await published();
    await edit(on.client, key, having(field.split('.'), value));
    expect(await failureOf(on.store.loadScan(key))).toMatchObject({ _tag: 'ScanValidation', key, problems: [expect.stringMatching(new RegExp(`^${field}: expected`))] });
  });

  it('lists every problem', async () => {
    const key = await published();
    await edit(on.client, key, (document) => {
      without(['info'])(document);
      having(['id', 'number'], 'one')(document);
      without(['id', 'name'])(document);
    });
    const error = await failureOf(on.store.loadScan(key));
    expect(error).toMatchObject({ problems: [expect.stringContaining('id.name'), expect.stringContaining('id.number: expected integer, received "one"'), expect.stringContaining('info')] });
    expect(String(error)).toContain('id.number');
  });

  it.each(['[]', '5', '"scan"', 'null', 'true'])('that is %s is ScanValidation', async (text) => {
    const key = await published();
    await on.client.call('JSON.SET', [key, '$', text]);
    expect(await failureOf(on.store.loadScan(key))).toMatchObject({ _tag: 'ScanValidation', key });
  });

  it('with unknown members is read without them', async () => {
    const key = await published();
    await edit(on.client, key, (document) => {
      having(['future'], { anything: 1 })(document);
      having(['id', 'beamline'], 'id00')(document);
      having(['data_streams', 'diode', 'future'], 1)(document);
    });
    const scan = await firstValueFrom(on.store.loadScan(key));
    expect(scan.identity).toEqual({ ...identity, session: null, proposal: null, collection: null, dataset: null, path: null });
    expect((await firstValueFrom(scan.stream('diode'))).type).toBe('float64');
  });

  it('without the optional identity fields is read as if they were null', async () => {
    const key = await published();
    await edit(on.client, key, without(['id', 'session']));
    expect((await firstValueFrom(on.store.loadScan(key))).identity.session).toBeNull();
  });

  it('as old clients wrote it, with "" for what is not there, is read', async () => {
    const key = await published();
    await edit(on.client, key, (document) => {
      having(['state_stream', 'encoding'], '')(document);
      having(['state_stream', 'info'], '')(document);
      having(['data_streams', 'diode', 'info'], '')(document);
    });
    const scan = await firstValueFrom(on.store.loadScan(key));
    expect(await firstValueFrom(scan.state$)).toBe(ScanState.PREPARED);
    const stream = await firstValueFrom(scan.stream('diode', 'float64'));
    expect(stream.info).toEqual({});
  });
});

describe('a state stream', () => {
  it('that is missing makes the scan invalid', async () => {
    const key = await published();
    await on.client.del(await stateKeyOf(on.client, key));
    expect(await failureOf(on.store.loadScan(key))).toMatchObject({ _tag: 'ScanValidation', key, problems: ['it has no state'] });
  });

  it('that is something else than a stream is a ServerError', async () => {
    const key = await published();
    const stateKey = await stateKeyOf(on.client, key);
    await on.client.multi().del(stateKey).set(stateKey, '1').exec();
    expect(await failureOf(on.store.loadScan(key))).toMatchObject({ _tag: 'ServerError', code: 'WRONGTYPE' });
  });
});

it('a scan beside a broken one is not concerned', async () => {
  const broken = await published();
  await edit(on.client, broken, without(['info']));
  const scan = await on.store.createScan(identity);
  scan.createStream('log', json());
  await scan.prepare();
  const loaded = await firstValueFrom(on.store.loadScan(scan.key));
  expect((await firstValueFrom(loaded.stream('log', 'json'))).name).toBe('log');
});
