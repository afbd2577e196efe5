/** Two writers of one stream: the second is refused, on either side, and no point is doubled or silently lost. */
import { describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { lastValueFrom, map, toArray } from 'rxjs';
import { numeric, type ScanWriter, type StreamWriter, type StreamWriterOptions } from '../../lib/index.js';
import { redisDatabase } from '../../lib/redis/redis-database.js';
import { useInterop, versions } from './interop.js';

const Intrusion = t.type({ taken: t.boolean, reason: t.string });

const identity = { name: 'two writers', number: 1, data_policy: 'ESRF' };

describe.each(versions)('with a writer of Python blissdata %s at the same stream,', (version) => {
  const interop = useInterop(version, 'us');

  const publish = async (options: StreamWriterOptions = {}): Promise<{ scan: ScanWriter; writer: StreamWriter<'int32'> }> => {
    const scan = await interop().store.createScan(identity);
    const writer = scan.createStream('diode', numeric('int32'), {}, options);
    await scan.prepare();
    await scan.start();
    return { scan, writer };
  };
  /** Python writes to the stream as if it were its own, from an index on. */
  const intrude = (scan: ScanWriter, at: number) => interop().python.ask(Intrusion, 'intrude', { key: scan.key, name: 'diode', points: [-1, -2], at });
  /** All that is in the stream, read by its entries: a point that is there twice shows. */
  const values = async ({ key }: ScanWriter): Promise<readonly number[]> => {
    const scan = await lastValueFrom(interop().store.loadScan(key));
    const diode = await lastValueFrom(scan.stream('diode', 'int32'));
    return lastValueFrom(diode.points$.pipe(map(({ value }) => value), toArray()));
  };

  it('a writer here fails with WriteConflict when Python was first', async () => {
    const { scan, writer } = await publish();
    expect(await intrude(scan, 0)).toEqual({ taken: true, reason: '' });
    writer.sendBatch(Int32Array.of(1, 2, 3));
    const conflict = { _tag: 'WriteConflict', stream: 'diode', expected: '0-0', found: '1-1' };
    await expect(writer.flush()).rejects.toMatchObject(conflict);
    expect(() => writer.send(4)).toThrow(expect.objectContaining(conflict));
    await expect(scan.close()).rejects.toMatchObject(conflict);
    expect(await values(scan)).toEqual([-1, -2]);
  });

  it('a writer here fails with WriteConflict when Python went on where it was', async () => {
    const { scan, writer } = await publish();
    writer.sendBatch(Int32Array.of(1, 2, 3));
    await writer.flush();
    expect(await intrude(scan, 3)).toEqual({ taken: true, reason: '' });
    writer.send(4);
    const conflict = { _tag: 'WriteConflict', stream: 'diode', expected: '0-1', found: '4-1' };
    await expect(writer.ready().then(() => writer.flush())).rejects.toMatchObject(conflict);
    await expect(writer.seal()).rejects.toMatchObject(conflict);
    expect(await values(scan)).toEqual([1, 2, 3, -1, -2]);
  });

  it('Python is refused when it begins where points are already, and a writer here goes on undisturbed', async () => {
    const { scan, writer } = await publish({ coalesce: false });
    writer.send(1);
    writer.send(2);
    await writer.flush();
    expect(await intrude(scan, 0)).toMatchObject({ taken: false, reason: expect.stringContaining('equal or smaller') });
    writer.send(3);
    expect(await writer.seal()).toBe(3);
    await scan.close();
    expect(await values(scan)).toEqual([1, 2, 3]);
  });

  it('points that Python gets into the middle of a batch are an error for readers, and for the writer here', async () => {
    const { scan, writer } = await publish();
    writer.sendBatch(Int32Array.of(1, 2, 3, 4));
    await writer.flush();
    // The server compares with the beginning of the batch only.
    expect(await intrude(scan, 1)).toEqual({ taken: true, reason: '' });
    writer.send(5);
    await expect(scan.close()).rejects.toMatchObject({ _tag: 'WriteConflict', expected: '0-1', found: '2-1' });
    await expect(values(scan)).rejects.toMatchObject({ _tag: 'StreamOverlap', stream: 'diode', expected: 4, found: 1 });
  });

  it('Python is refused when the stream is sealed', async () => {
    const { scan, writer } = await publish();
    writer.send(1);
    await writer.seal();
    expect(await intrude(scan, 1)).toMatchObject({ taken: false, reason: expect.stringContaining('exhausted') });
    await scan.close();
    expect(await values(scan)).toEqual([1]);
  });

  it('nothing is appended to a stream of Python by a writer here that has not seen its last point', async () => {
    const { redis, python } = interop();
    const scan = await python.ask(t.string, 'create_scan', { identity });
    const key = await python.ask(t.string, 'add_stream', { key: scan, name: 'theirs', dtype: 'json' });
    await python.tell('steps', { key: scan, names: ['prepare', 'start'] });
    await python.tell('send', { key: scan, name: 'theirs', points: [{ i: 0 }, { i: 1 }] });
    const database = redisDatabase(redis.url);
    try {
      const entries = [{ index: 1, len: 1, payload: new TextEncoder().encode('{"i":"ours"}') }];
      expect(await lastValueFrom(database.append([{ key, scan, expected: '0-1', entries }]))).toEqual([{ _tag: 'conflict', found: '1-1' }]);
      await python.tell('send', { key: scan, name: 'theirs', points: [{ i: 2 }] });
      await python.tell('steps', { key: scan, names: ['stop', 'close'] });
      expect(await lastValueFrom(database.append([{ key, scan, expected: '2-1', entries }]))).toEqual([{ _tag: 'sealed' }]);
    } finally {
      await lastValueFrom(database.close(), { defaultValue: undefined });
    }
    const loaded = await lastValueFrom(interop().store.loadScan(scan));
    const theirs = await lastValueFrom(loaded.stream('theirs', 'json'));
    expect(await lastValueFrom(theirs.slice())).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }]);
  });
});
