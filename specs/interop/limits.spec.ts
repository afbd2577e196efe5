/** Scans at the limits, in both directions: any text anywhere, metadata of 1 MiB, a thousand streams, no stream, scans of scans. */
import { describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { firstValueFrom, lastValueFrom, switchMap } from 'rxjs';
import { json, ScanState, type Json, type JsonObject, type Scan, type ScanWriter } from '../../lib/index.js';
import { maxInfoLength } from '../../lib/wire/protocol.js';
import { pythonJsonLength } from '../../lib/wire/json-text/python-json-length.js';
import { failureOf } from '../store/outcomes.js';
import { useInterop, versions } from './interop.js';
import { renderDocument } from './rendering.js';

const Pairs = t.array(t.tuple([t.string, t.string]));
const All = t.type({ state: t.string, info: t.string, identity: t.record(t.string, t.unknown), infos: Pairs, points: t.array(t.tuple([t.string, t.array(t.string)])) });

/** Texts that trip up what takes names for something else than names. */
const texts = [
  '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', ' ', '"', "'", '\\', '\\"', '\n\r\t', '\u0000', 'a\u0000b', '\u007f', '/', '.', '$', '$.id', '[0]', '*', '{}', '|',
  'null', 'payload', 'len', 'é', 'e\u0301', 'µ', '日本語', 'עברית', '😀', '👩‍🔬', '\u2028', '\ufeff', '\uffff', '\u{10ffff}', '-1', '0', '1e400', 'a:b', 'a\u00a0b',
];

const identityOf = (text: string): { name: string; number: number; data_policy: string; session: string; dataset: string; path: string } => ({
  name: text, number: 1, data_policy: text, session: text, dataset: text, path: text,
});

const infoOf = (names: readonly string[]): JsonObject => {
  const nested: JsonObject = Object.fromEntries(names.map((name) => [name, [name]]));
  return Object.fromEntries([...names.map((name): [string, Json] => [name, name]), ['nested', nested]]);
};
/** As Python sorts texts: by code points. */
const sorted = <A extends readonly [string, unknown]>(pairs: readonly A[]): readonly A[] => [...pairs].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

describe.each(versions)('with Python blissdata %s,', (version) => {
  const interop = useInterop(version, 'us');
  const load = (key: string): Promise<Scan> => firstValueFrom(interop().store.loadScan(key));

  async function published(name: string, info: Record<string, unknown> = {}, streams: readonly string[] = []): Promise<ScanWriter> {
    const scan = await interop().store.createScan(identityOf(name), info);
    const writers = streams.map((stream) => scan.createStream(stream, json(), { name: stream, [stream]: stream }));
    await scan.prepare();
    await scan.start();
    writers.forEach((writer, i) => writer.send({ name: streams[i] ?? '', [streams[i] ?? '']: streams[i] ?? '' }));
    await scan.stop();
    await scan.close();
    return scan;
  }

  it('any text may name a stream or stand in metadata that are published here', async () => {
    const { key } = await published('texts', infoOf(texts), texts);
    const all = await interop().python.ask(All, 'read_all', { key });
    expect(all.info).toBe(renderDocument((await firstValueFrom((await load(key)).info$))));
    expect(all.infos).toEqual(sorted(texts.map((name) => [name, renderDocument({ name, [name]: name })] as const)));
    expect(all.points).toEqual(sorted(texts.map((name) => [name, [renderDocument({ name, [name]: name })]] as const)));
  });

  it('any text may name a stream or stand in metadata that Python publishes', async () => {
    const key = await interop().python.ask(t.string, 'publish_names', { identity: identityOf('texts'), names: texts, info: infoOf(texts) });
    const scan = await load(key);
    expect(Object.entries(await firstValueFrom(scan.info$))).toEqual(Object.entries(infoOf(texts)));
    const streams = await lastValueFrom(scan.streams$);
    expect([...streams.keys()].sort()).toEqual([...texts].sort());
    for (const name of texts) {
      const stream = await firstValueFrom(scan.stream(name, 'json'));
      expect(Object.entries(stream.info)).toEqual(Object.entries({ name, [name]: name }));
      const point = await firstValueFrom(stream.at(0));
      expect(renderDocument(point)).toBe(renderDocument({ name, [name]: name }));
    }
  });

  it('any text may identify a scan, of either side', async () => {
    for (const text of texts) {
      const { key } = await published(text);
      const theirs = await interop().python.ask(t.string, 'create_scan', { identity: identityOf(text) });
      expect((await interop().python.ask(All, 'read_all', { key })).identity).toEqual({ ...identityOf(text), proposal: null, collection: null });
      expect((await load(theirs)).identity).toEqual({ ...identityOf(text), proposal: null, collection: null });
    }
  });

  it('metadata of 1 MiB are published here and read there, and not one character more', async () => {
    const info: Record<string, Json> = { texts: texts.join(''), number: 1e16, small: 0.00001, text: '' };
    info['text'] = 'é'.repeat(1000) + 'x'.repeat(maxInfoLength - pythonJsonLength({ ...info, text: 'é'.repeat(1000) }));
    const scan = await interop().store.createScan(identityOf('big'), info);
    await scan.prepare();
    expect(await interop().python.ask(t.number, 'info_length', { key: scan.key })).toBe(maxInfoLength);
    expect(await firstValueFrom((await load(scan.key)).info$)).toEqual(info);
    scan.info['text'] = `${info['text']}x`;
    expect(await failureOf(interop().store.createScan(identityOf('big'), scan.info))).toMatchObject({ _tag: 'MetadataTooLarge', size: maxInfoLength + 1, limit: maxInfoLength });
  });

  it('metadata of 1 MiB are published there and read here, and not one character more', async () => {
    const key = await interop().python.ask(t.string, 'publish_info_of', { length: maxInfoLength });
    expect(pythonJsonLength(await firstValueFrom((await load(key)).info$))).toBe(maxInfoLength);
    expect(await interop().python.ask(t.string, 'publish_info_of', { length: maxInfoLength + 1 })).toContain('limit 1MB');
  });

  it('scans of a thousand streams are published here and read there', async () => {
    const scan = await interop().store.createScan(identityOf('many'));
    const writers = Array.from({ length: 1000 }, (_, i) => scan.createStream(`s${i}`, json()));
    await scan.prepare();
    await scan.start();
    writers.forEach((writer, i) => writer.send({ i }));
    await scan.stop();
    await scan.close();
    expect(await interop().python.ask(t.type({ streams: t.number, sum: t.number }), 'sum_of_many', { key: scan.key })).toEqual({ streams: 1000, sum: 499_500 });
  });

  it('scans of a thousand streams are published there and read here', async () => {
    const key = await interop().python.ask(t.string, 'publish_many', { count: 1000 });
    const scan = await load(key);
    expect((await lastValueFrom(scan.streams$)).size).toBe(1000);
    const points = await Promise.all(Array.from({ length: 1000 }, (_, i) => lastValueFrom(scan.stream(`s${i}`, 'json').pipe(switchMap((stream) => stream.points$)))));
    expect(points).toEqual(Array.from({ length: 1000 }, (_, i) => ({ index: 0, value: { i } })));
  });

  it('scans without streams are published here and read there, and the other way round', async () => {
    const { key } = await published('bare', { title: 'nothing to see' });
    expect(await interop().python.ask(All, 'read_all', { key })).toMatchObject({ state: 'CLOSED', points: [], infos: [] });
    const theirs = await interop().python.ask(t.string, 'publish_names', { identity: identityOf('bare'), names: [], info: {} });
    const scan = await load(theirs);
    expect([await lastValueFrom(scan.state$), (await lastValueFrom(scan.streams$)).size]).toEqual([ScanState.CLOSED, 0]);
  });

  it('a stream of scans that is published here is one for Python', async () => {
    const { store, python } = interop();
    const parent = await store.createScan(identityOf('sequence'));
    const sequence = parent.createStream('SUBSCANS', json(), { format: 'subscan', plugin: 'scan_sequence' });
    await parent.prepare();
    await parent.start();
    const children: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { key } = await published(`child ${i}`);
      children.push(key);
      sequence.send({ key });
    }
    await parent.stop();
    await parent.close();
    expect(await python.ask(t.array(t.tuple([t.string, t.string])), 'subscans', { key: parent.key, name: 'SUBSCANS' })).toEqual(children.map((key) => [key, 'CLOSED']));
  });
});
