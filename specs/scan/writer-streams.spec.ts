/** Declaring the streams of a scan: names, encoders, and what lies in Redis for other clients to find. */
import { describe, expect, it } from '@jest/globals';
import { json, numeric, ScanState } from '../../lib/index.js';
import { onRedis } from '../store/on-redis.js';
import { failureOf } from '../store/outcomes.js';
import { documentAt, identity } from './publishing.js';

const on = onRedis();

describe('createStream', () => {
  it('declares encoding and info as Python does', async () => {
    const scan = await on.store.createScan(identity);
    const diode = scan.createStream('diode', numeric('float64'), { unit: 'mA' });
    const image = scan.createStream('image', numeric('uint8', [2, 3]));
    const ragged = scan.createStream('ragged', numeric('int32', [-1, 4]));
    const log = scan.createStream('log', json(), { format: 'text' });
    await scan.prepare();
    const pk = ({ key }: { readonly key: string }): string => key.slice('esrf:stream:'.length);
    expect((await documentAt(on.client, scan.key)).data_streams).toEqual({
      diode: { pk: pk(diode), encoding: { type: 'numeric', dtype_str: '<f8', shape: [] }, info: { dtype: 'float64', shape: [], unit: 'mA' } },
      image: { pk: pk(image), encoding: { type: 'numeric', dtype_str: '|u1', shape: [2, 3] }, info: { dtype: 'uint8', shape: [2, 3] } },
      ragged: { pk: pk(ragged), encoding: { type: 'numeric', dtype_str: '<i4', shape: [-1, 4] }, info: { dtype: 'int32', shape: [-1, 4] } },
      log: { pk: pk(log), encoding: { type: 'json' }, info: { format: 'text' } },
    });
  });

  it('writes nothing by itself: streams show at the next step', async () => {
    const scan = await on.store.createScan(identity);
    const keys = await on.client.dbsize();
    scan.createStream('diode', numeric('float64'));
    expect((await documentAt(on.client, scan.key)).data_streams).toEqual({});
    expect(await on.client.dbsize()).toBe(keys);
  });

  it('twice under one name is StreamAlreadyExists, and the first goes on', async () => {
    const scan = await on.store.createScan(identity);
    const diode = scan.createStream('diode', numeric('float64'));
    expect(await failureOf(() => scan.createStream('diode', json()))).toMatchObject({ _tag: 'StreamAlreadyExists', key: scan.key, stream: 'diode', retriable: false });
    await scan.prepare();
    expect(await failureOf(() => scan.createStream('diode', json()))).toMatchObject({ _tag: 'StreamAlreadyExists' });
    expect(scan.streams.get('diode')).toBe(diode);
    diode.send(1);
    await scan.close();
    expect(await diode.seal()).toBe(1);
  });

  it('of a closed scan is UnauthorizedStateTransition', async () => {
    const scan = await on.store.createScan(identity);
    await scan.close();
    expect(await failureOf(() => scan.createStream('diode', json()))).toMatchObject({ _tag: 'UnauthorizedStateTransition', from: ScanState.CLOSED });
  });

  it.each([['a number', 5], ['nothing', undefined], ['null', null], ['half of a character', 'half of \ud83d']])('under the name of %s is InvalidArgument, and the scan goes on', async (_, name) => {
    const scan = await on.store.createScan(identity);
    expect(await failureOf(() => Reflect.apply(scan.createStream, scan, [name, json()]))).toMatchObject({ _tag: 'InvalidArgument', argument: 'name' });
    await scan.prepare();
    expect((await documentAt(on.client, scan.key)).data_streams).toEqual({});
  });
});

describe('numeric()', () => {
  it.each(['double', 'float128', 'Float64', '<f8', '', 'constructor', 5, null, undefined])('refuses the dtype %j', async (dtype) => {
    expect(await failureOf(() => Reflect.apply(numeric, undefined, [dtype]))).toMatchObject({ _tag: 'InvalidArgument', argument: 'dtype' });
  });

  it.each([[[0]], [[-2]], [[1.5]], [[NaN]], [['4']], [[2, 0]], [5], ['2x2'], [null], [{}]])('refuses the shape %j', async (shape) => {
    expect(await failureOf(() => Reflect.apply(numeric, undefined, ['float64', shape]))).toMatchObject({ _tag: 'InvalidArgument', argument: 'shape' });
  });
});

describe('streams of a writer', () => {
  it('are those created so far, by name', async () => {
    const scan = await on.store.createScan(identity);
    expect([...scan.streams]).toEqual([]);
    const diode = scan.createStream('diode', numeric('float64'));
    const log = scan.createStream('log', json());
    expect([...scan.streams]).toEqual([['diode', diode], ['log', log]]);
    expect(diode).toMatchObject({ name: 'diode', length: 0, pendingBytes: 0 });
  });
});
