/** A scan that several processes publish, of both languages: each its own streams, and any of them seals. */
import { describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { EMPTY, firstValueFrom, lastValueFrom, map, switchMap, toArray } from 'rxjs';
import { json, type Json, type ScanWriter } from '../../lib/index.js';
import { useInterop, versions } from './interop.js';

const identity = { name: 'together', number: 1, data_policy: 'ESRF' };
const points = [{ i: 0 }, { i: 1 }, { i: 2 }];

describe.each(versions)('with Python blissdata %s,', (version) => {
  const interop = useInterop(version, 'us');

  const valuesOf = (key: string, name: string): Promise<readonly Json[]> =>
    lastValueFrom(
      interop()
        .store.loadScan(key)
        .pipe(switchMap((scan) => scan.stream(name, 'json')), switchMap((stream) => stream.points$), map(({ value }) => value), toArray()),
    );

  async function ours(): Promise<ScanWriter> {
    const scan = await interop().store.createScan(identity);
    for (const name of ['a', 'b']) scan.createStream(name, json());
    await scan.prepare();
    await scan.start();
    return scan;
  }

  it('a scan of ours gets one of its streams from Python, for which its owner waits', async () => {
    const { store, python } = interop();
    const scan = await ours();
    const [a, b] = [...scan.streams.values()];
    const sealed = Promise.all([a, b].map((writer) => lastValueFrom(writer?.waitSealed() ?? EMPTY)));
    const theirs = python.ask(t.number, 'publish_stream', { key: scan.key, name: 'a', points });
    const other = await store.streamWriter(scan.key, 'b', 'json');
    other.sendBatch(points);
    expect([await theirs, await other.seal()]).toEqual([3, 3]);
    expect(await sealed).toEqual([3, 3]);
    await scan.stop();
    await scan.close();
    expect([await valuesOf(scan.key, 'a'), await valuesOf(scan.key, 'b')]).toEqual([points, points]);
  });

  it('a scan of Python gets one of its streams from us', async () => {
    const { store, python } = interop();
    const key = await python.ask(t.string, 'create_scan', { identity });
    for (const name of ['a', 'b']) await python.ask(t.string, 'add_stream', { key, name, dtype: 'json' });
    await python.tell('steps', { key, names: ['prepare', 'start'] });
    await python.tell('send', { key, name: 'a', points });
    const writer = await store.streamWriter(key, 'b', 'json');
    writer.sendBatch(points);
    await writer.flush();
    // Python seals its streams with what it has itself; the server knows better.
    await python.tell('steps', { key, names: ['stop', 'close'] });
    expect(await writer.seal()).toBe(3);
    expect([await valuesOf(key, 'a'), await valuesOf(key, 'b')]).toEqual([points, points]);
  });

  it('a stream goes on here where Python left it', async () => {
    const { store, python } = interop();
    const key = await python.ask(t.string, 'create_scan', { identity });
    await python.ask(t.string, 'add_stream', { key, name: 'a', dtype: 'json' });
    await python.tell('steps', { key, names: ['prepare', 'start'] });
    await python.tell('send', { key, name: 'a', points });
    const writer = await store.streamWriter(key, 'a', 'json');
    expect(writer.length).toBe(3);
    writer.send({ i: 3 });
    expect(await writer.seal()).toBe(4);
    expect(await valuesOf(key, 'a')).toEqual([...points, { i: 3 }]);
  });

  it('sealing from both sides gives the same length', async () => {
    const { python } = interop();
    const scan = await ours();
    const [writer] = [...scan.streams.values()];
    writer?.sendBatch(points);
    await writer?.flush();
    expect(await Promise.all([python.ask(t.number, 'seal_or_length', { key: scan.key, name: 'a' }), writer?.seal()])).toEqual([3, 3]);
    expect(await python.ask(t.number, 'seal_or_length', { key: scan.key, name: 'a' })).toBe(3);
    expect(await firstValueFrom(writer?.waitSealed() ?? EMPTY)).toBe(3);
    await scan.close();
  });
});
