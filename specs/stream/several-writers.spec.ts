/** Several processes publish one scan: writers for streams that are there already, and seals from several places. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map } from 'rxjs';
import { json, numeric, ScanState, type ScanWriter, type StreamType } from '../../lib/index.js';
import { documentAt, edit, expire, identity, publishing, reading, statesAt } from '../scan/publishing.js';
import { failureOf, following } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

const valuesOf = async (scan: Pick<ScanWriter, 'key'>): Promise<readonly number[]> => {
  const diode = await reading(on.another(), { scan }, 'float64');
  return firstValueFrom(diode.slice().pipe(map(({ data }) => [...data])));
};

/** A prepared scan with one stream of float64, without points. */
async function prepared(): Promise<ScanWriter> {
  const scan = await on.store.createScan(identity);
  scan.createStream('diode', numeric('float64'));
  await scan.prepare();
  return scan;
}

describe('store.streamWriter', () => {
  it('begins a stream that was never written', async () => {
    const scan = await prepared();
    const writer = await on.another().streamWriter(scan.key, 'diode', 'float64');
    expect([writer.name, writer.length]).toEqual(['diode', 0]);
    writer.send(1);
    writer.sendBatch(Float64Array.of(2, 3));
    expect(await writer.seal()).toBe(3);
    expect(await valuesOf(scan)).toEqual([1, 2, 3]);
  });

  it('goes on behind batches, single points and what was trimmed off', async () => {
    const { scan, writer: first } = await publishing(on.store, numeric('float64'));
    first.sendBatch(Float64Array.of(0, 1, 2));
    await first.flush();
    const second = await on.another().streamWriter(scan.key, 'diode', 'float64', { coalesce: false });
    expect(second.length).toBe(3);
    expect(await firstValueFrom(second.acknowledged$)).toBe(3);
    second.send(3);
    await second.flush();
    await on.client.xtrim(first.key, 'MINID', '3-0');
    const third = await on.another().streamWriter(scan.key, 'diode', 'float64');
    third.send(4);
    await third.flush();
    expect([third.length, await firstValueFrom(third.acknowledged$)]).toEqual([5, 5]);
    expect(await on.client.xrange(first.key, '-', '+').then((entries) => entries.map(([id]) => id))).toEqual(['3-1', '4-1']);
  });

  it('fences off the writer before it, and is fenced off', async () => {
    const { scan, writer: first } = await publishing(on.store, numeric('float64'));
    first.send(0);
    await first.flush();
    const second = await on.another().streamWriter(scan.key, 'diode', 'float64');
    const third = await on.another().streamWriter(scan.key, 'diode', 'float64');
    second.send(1);
    await second.flush();
    for (const fenced of [first, third]) {
      fenced.send(-1);
      expect(await failureOf(fenced.flush())).toMatchObject({ _tag: 'WriteConflict', stream: 'diode', expected: '0-1', found: '1-1' });
    }
    expect(await valuesOf(scan)).toEqual([0, 1]);
  });

  it('writes in the encoding that the stream has, whatever it is', async () => {
    const scan = await on.store.createScan(identity);
    scan.createStream('diode', numeric('int32', [-1]));
    scan.createStream('log', json());
    await scan.prepare();
    await edit(on.client, scan.key, ({ data_streams }) => {
      Object.assign(Object(Object(data_streams)['diode'])['encoding'], { dtype_str: '>i4' });
    });
    const store = on.another();
    const diode = await store.streamWriter(scan.key, 'diode', 'int32[*]');
    diode.send(Int32Array.of(1, 2));
    const log = await store.streamWriter(scan.key, 'log');
    log.send({ any: ['thing'] });
    await Promise.all([diode.seal(), log.seal()]);
    const loaded = await firstValueFrom(on.another().loadScan(scan.key));
    const ragged = await firstValueFrom(loaded.stream('diode', 'int32[*]'));
    expect([...(await firstValueFrom(ragged.at(0))).data]).toEqual([1, 2]);
    expect(await firstValueFrom((await firstValueFrom(loaded.stream('log', 'json'))).slice())).toEqual([{ any: ['thing'] }]);
  });

  it('is flushed when its store is closed', async () => {
    const scan = await prepared();
    const store = on.another();
    (await store.streamWriter(scan.key, 'diode', 'float64')).send(1);
    await store.close();
    expect(await valuesOf(scan)).toEqual([1]);
  });

  it('is an error where there is no such scan, or it was deleted', async () => {
    const scan = await prepared();
    const missing = `${scan.key.slice(0, -1)}${scan.key.endsWith('0') ? '1' : '0'}`;
    expect(await failureOf(on.store.streamWriter(missing, 'diode'))).toMatchObject({ _tag: 'ScanNotFound', key: missing });
    expect(await failureOf(on.store.streamWriter('diode', 'diode'))).toMatchObject({ _tag: 'InvalidArgument', argument: 'key' });
    await expire(on.client, scan.key);
    expect(await failureOf(on.store.streamWriter(scan.key, 'diode'))).toMatchObject({ _tag: 'ScanNotFound', key: scan.key });
  });

  it.each(['motor', '__proto__', 'constructor', ''])('is StreamNotFound for "%s", which the scan does not have', async (name) => {
    const { key } = await prepared();
    expect(await failureOf(on.store.streamWriter(key, name))).toMatchObject({ _tag: 'StreamNotFound', key, stream: name, streams: ['diode'] });
  });

  it('is StreamNotFound before the scan is prepared', async () => {
    const scan = await on.store.createScan(identity);
    scan.createStream('diode', json());
    expect(await failureOf(on.store.streamWriter(scan.key, 'diode'))).toMatchObject({ _tag: 'StreamNotFound', stream: 'diode' });
  });

  it.each<StreamType>(['float32', 'float64[]', 'json'])('is DtypeMismatch for another type, %s', async (type) => {
    const { key } = await prepared();
    expect(await failureOf(on.store.streamWriter(key, 'diode', type))).toMatchObject({ _tag: 'DtypeMismatch', stream: 'diode', expected: type, received: 'float64' });
  });

  it('is StreamSealed for a stream that is', async () => {
    const { scan, writer } = await publishing(on.store, numeric('float64'));
    await writer.seal();
    expect(await failureOf(on.store.streamWriter(scan.key, 'diode'))).toMatchObject({ _tag: 'StreamSealed', key: writer.key, stream: 'diode' });
    expect(writer.sealed).toBe(true);
  });

  it.each([
    ['an unknown encoding', { encoding: { type: 'xml' } }, 'UnknownEncoding'],
    ['a dtype that JavaScript has not', { encoding: { type: 'numeric', dtype_str: '<f16', shape: [] } }, 'UnsupportedDtype'],
    ['a record that is none', { pk: 1 }, 'ScanValidation'],
  ])('is an error for %s', async (_, change, tag) => {
    const { key } = await prepared();
    await edit(on.client, key, ({ data_streams }) => {
      Object.assign(Object(data_streams)['diode'], change);
    });
    expect(await failureOf(on.store.streamWriter(key, 'diode'))).toMatchObject({ _tag: tag });
  });

  it('is IndexNoMoreThere where the last entry was trimmed off, with which the number of points is lost', async () => {
    const { scan, writer } = await publishing(on.store, numeric('float64'));
    writer.sendBatch(new Float64Array(10));
    await writer.flush();
    await on.client.xtrim(writer.key, 'MAXLEN', 0);
    expect(await failureOf(on.store.streamWriter(scan.key, 'diode'))).toMatchObject({ _tag: 'IndexNoMoreThere', stream: 'diode', index: 0 });
  });
});

describe('a stream that is sealed from several places', () => {
  it('has the same length for all, and each of its readers ends', async () => {
    const { scan, writer: first } = await publishing(on.store, numeric('float64'));
    const second = await on.another().streamWriter(scan.key, 'diode', 'float64');
    const points$ = following((await reading(on.another(), { scan }, 'float64')).points$.pipe(map(({ value }) => value)));
    second.sendBatch(Float64Array.of(1, 2, 3));
    await second.flush();
    expect(await Promise.all([first.seal(), second.seal(), first.seal()])).toEqual([3, 3, 3]);
    expect(await lastValueFrom(points$)).toBe(3);
    await scan.stop();
    await scan.close();
    expect(await statesAt(on.client, scan.key)).toEqual(['0', '1', '2', '3', '4']);
  });

  it('refuses points of late writers, which fail', async () => {
    const { scan, writer: first } = await publishing(on.store, numeric('float64'));
    const second = await on.another().streamWriter(scan.key, 'diode', 'float64');
    await scan.stop();
    second.send(1);
    expect(await failureOf(second.seal())).toMatchObject({ _tag: 'StreamSealed', stream: 'diode' });
    expect([first.sealed, second.sealed]).toEqual([true, true]);
    expect(await valuesOf(scan)).toEqual([]);
  });
});

describe('waitSealed', () => {
  it('lets the owner of a scan wait for its publishers', async () => {
    const scan = await on.store.createScan(identity);
    const names = ['a', 'b', 'c'];
    const own = names.map((name) => scan.createStream(name, numeric('int32')));
    await scan.prepare();
    await scan.start();
    const lengths = Promise.all(own.map((writer) => lastValueFrom(writer.waitSealed())));
    await Promise.all(
      names.map(async (name, i) => {
        const writer = await on.another().streamWriter(scan.key, name, 'int32');
        for (let point = 0; point < 100 * i; point++) writer.send(point);
        await writer.seal();
      }),
    );
    expect(await lengths).toEqual([0, 100, 200]);
    await scan.stop();
    await scan.close();
    expect(scan.state).toBe(ScanState.CLOSED);
    expect(Object.keys((await documentAt(on.client, scan.key)).data_streams)).toEqual(names);
  });

  it('returns the length of a stream of which only the seal is left', async () => {
    const { scan, writer } = await publishing(on.store, numeric('float64'));
    const diode = await reading(on.another(), { scan }, 'float64');
    const before = lastValueFrom(diode.waitSealed());
    writer.sendBatch(new Float64Array(10));
    await writer.seal();
    expect(await before).toBe(10);
    await on.client.xtrim(writer.key, 'MAXLEN', 1);
    expect(await lastValueFrom(diode.waitSealed())).toBe(10);
  });
});
