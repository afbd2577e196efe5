/** A scan's metadata: when they are uploaded, and that what JSON or Redis cannot hold is refused before anything is sent. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { json, numeric, ScanState, type JsonObject, type ScanWriter } from '../../lib/index.js';
import { maxInfoLength } from '../../lib/wire/protocol.js';
import { onRedis } from '../store/on-redis.js';
import { failureOf } from '../store/outcomes.js';
import { documentAt, identity, statesAt } from './publishing.js';

const on = onRedis();

/** What another client reads. */
const infoOf = async ({ key }: ScanWriter): Promise<JsonObject> => firstValueFrom((await firstValueFrom(on.another().loadScan(key))).info$);

describe('info', () => {
  it('is uploaded when the scan is created, prepared and closed', async () => {
    const scan = await on.store.createScan(identity, { title: 'created' });
    expect(await infoOf(scan)).toEqual({ title: 'created' });
    scan.info['title'] = 'prepared';
    expect(await infoOf(scan)).toEqual({ title: 'created' });
    await scan.prepare();
    expect(await infoOf(scan)).toEqual({ title: 'prepared' });
    await scan.start();
    await scan.stop();
    scan.info = { end_reason: 'SUCCESS' };
    await scan.close();
    expect(await infoOf(scan)).toEqual({ end_reason: 'SUCCESS' });
  });

  it.each(['start', 'stop'] as const)('that was changed is InfoNotWritable at %s, which changes nothing', async (step) => {
    const scan = await on.store.createScan(identity, { title: 'x' });
    await scan.prepare();
    if (step === 'stop') await scan.start();
    const { state } = scan;
    const before = await statesAt(on.client, scan.key);
    scan.info['title'] = 'changed';
    const error = await failureOf(scan[step]());
    expect(error).toMatchObject({ _tag: 'InfoNotWritable', key: scan.key, to: state + 1, retriable: false });
    expect(scan.state).toBe(state);
    expect(await statesAt(on.client, scan.key)).toEqual(before);
    expect(await infoOf(scan)).toEqual({ title: 'x' });
    scan.info['title'] = 'x';
    await scan[step]();
    expect(scan.state).toBe(state + 1);
  });

  it('that was changed deep inside is noticed as well', async () => {
    const scan = await on.store.createScan(identity, { motors: [{ name: 'theta', position: 1 }] });
    await scan.prepare();
    Object.assign(Object(scan.info['motors'])[0], { position: 2 });
    expect(await failureOf(scan.start())).toMatchObject({ _tag: 'InfoNotWritable', to: ScanState.STARTED });
    await scan.close();
    expect(await infoOf(scan)).toEqual({ motors: [{ name: 'theta', position: 2 }] });
  });

  it('holds null where it was NaN or infinite', async () => {
    const scan = await on.store.createScan(identity, { nan: NaN, list: [Infinity, -Infinity, 1], deep: { nan: NaN }, typed: Float64Array.of(1, NaN) });
    expect(await infoOf(scan)).toEqual({ nan: null, list: [null, null, 1], deep: { nan: null }, typed: [1, null] });
  });

  it('keeps integers of 64 bits, and leaves out what is undefined', async () => {
    const scan = await on.store.createScan(identity, { time_ns: 1700000000123456789n, most: 2n ** 64n - 1n, least: -(2n ** 63n), absent: undefined });
    expect(await infoOf(scan)).toEqual({ time_ns: 1700000000123456789n, most: 2n ** 64n - 1n, least: -(2n ** 63n) });
  });

  it('keeps dates as text, typed arrays as lists, and any text', async () => {
    const scan = await on.store.createScan(identity, { date: new Date(0), list: Int16Array.of(1, -2), text: 'é"\\\n\u0000😀' });
    expect(await infoOf(scan)).toEqual({ date: '1970-01-01T00:00:00.000Z', list: [1, -2], text: 'é"\\\n\u0000😀' });
  });
});

const nested = (levels: number): unknown => (levels === 1 ? [] : [nested(levels - 1)]);
const circular: Record<string, unknown> = { name: 'me' };
circular['me'] = circular;

const refused: readonly [string, unknown][] = [
  ['a lone surrogate', 'half of \ud83d'],
  ['a lone surrogate in a name', { 'half of \udc00': 1 }],
  ['a bigint of more than 64 bits', 2n ** 64n],
  ['a bigint of less than 64 bits', -(2n ** 63n) - 1n],
  ['a function', () => 1],
  ['a symbol', Symbol('x')],
  ['undefined in a list', [1, undefined]],
  ['itself', circular],
  ['a Map', new Map([['a', 1]])],
  ['a Set', new Set([1])],
  ['more levels than Redis takes', nested(200)],
  ['what cannot be read', Object.defineProperty({}, 'x', { get: () => { throw new Error('no'); }, enumerable: true })],
];

describe('info that holds something JSON cannot say', () => {
  it.each(refused)('(%s) is InvalidArgument of createScan, and nothing was sent', async (_, value) => {
    const before = await on.client.dbsize();
    const error = await failureOf(on.store.createScan(identity, { good: 1, bad: value }));
    expect(error).toMatchObject({ _tag: 'InvalidArgument', argument: 'info', retriable: false });
    expect(String(error)).toContain('bad');
    expect(await on.client.dbsize()).toBe(before);
    expect(await firstValueFrom(on.store.lastTimetag())).toBe('0-0');
  });

  it.each(refused)('(%s) is InvalidArgument of prepare, and the state is what it was', async (_, value) => {
    const scan = await on.store.createScan(identity);
    scan.info['bad'] = value;
    expect(await failureOf(scan.prepare())).toMatchObject({ _tag: 'InvalidArgument', argument: 'info' });
    expect(scan.state).toBe(ScanState.CREATED);
    expect(await statesAt(on.client, scan.key)).toEqual(['0']);
    delete scan.info['bad'];
    await scan.prepare();
    expect(await statesAt(on.client, scan.key)).toEqual(['0', '1']);
  });

  it.each(refused)('(%s) is InvalidArgument of close, which closes the scan with what was uploaded before', async (_, value) => {
    const scan = await on.store.createScan(identity, { title: 'good' });
    const writer = scan.createStream('diode', numeric('float64'));
    await scan.prepare();
    writer.send(1);
    Object.assign(scan.info, { title: 'better', bad: value });
    expect(await failureOf(scan.close())).toMatchObject({ _tag: 'InvalidArgument', argument: 'info' });
    expect(scan.state).toBe(ScanState.CLOSED);
    expect(await statesAt(on.client, scan.key)).toEqual(['0', '1', '4']);
    expect(await infoOf(scan)).toEqual({ title: 'good' });
    expect(await writer.seal()).toBe(1);
  });

  it.each(refused)('(%s) is InvalidArgument of createStream, and there is no such stream', async (_, value) => {
    const scan = await on.store.createScan(identity);
    const error = await failureOf(() => scan.createStream('diode', json(), { bad: value }));
    expect(error).toMatchObject({ _tag: 'InvalidArgument', argument: expect.stringContaining('diode') });
    expect(scan.streams.size).toBe(0);
    scan.createStream('diode', json());
    await scan.prepare();
    expect(Object.keys((await documentAt(on.client, scan.key)).data_streams)).toEqual(['diode']);
  });

  it.each([['a list', []], ['a text', 'x'], ['null', null], ['a number', 5]])('is InvalidArgument if it is %s', async (_, info) => {
    expect(await failureOf(() => Reflect.apply(on.store.createScan, on.store, [identity, info]))).toMatchObject({ _tag: 'InvalidArgument', argument: 'info', expected: 'an object' });
    const scan = await on.store.createScan(identity);
    Reflect.set(scan, 'info', info);
    expect(await failureOf(scan.prepare())).toMatchObject({ _tag: 'InvalidArgument', argument: 'info' });
    expect(await failureOf(() => Reflect.apply(scan.createStream, scan, ['s', json(), info]))).toMatchObject({ _tag: 'InvalidArgument', argument: expect.stringContaining('info') });
  });
});

describe('info as deep as Redis takes', () => {
  it('is accepted to the last level and refused beyond, for scan and stream', async () => {
    // Redis counts the document, the info, and for a stream the streams and the stream around it.
    const scan = await on.store.createScan(identity, { deep: nested(125) });
    expect(await infoOf(scan)).toEqual({ deep: nested(125) });
    expect(await failureOf(on.store.createScan(identity, { deep: nested(126) }))).toMatchObject({ _tag: 'InvalidArgument' });

    scan.createStream('deep', json(), { deep: nested(123) });
    await scan.prepare();
    const loaded = await firstValueFrom(on.store.loadScan(scan.key));
    expect((await firstValueFrom(loaded.stream('deep'))).info).toEqual({ deep: nested(123) });
    expect(await failureOf(() => scan.createStream('deeper', json(), { deep: nested(124) }))).toMatchObject({ _tag: 'InvalidArgument' });
  });
});

describe('NaN in a stream\'s info', () => {
  it.each([NaN, Infinity, -Infinity])('(%d) is InvalidArgument, as it is not filtered out', async (value) => {
    const scan = await on.store.createScan(identity);
    expect(await failureOf(() => scan.createStream('diode', numeric('float64'), { offset: value }))).toMatchObject({ _tag: 'InvalidArgument', argument: 'info of stream "diode"', received: expect.stringContaining('offset') });
  });
});

describe('info of 1 MiB, counted as Python writes it', () => {
  /** `{"text": "..."}` of so many characters; é is six of them, `\u00e9`. */
  const ofLength = (length: number, filling = 'x'): Record<string, unknown> => {
    const width = filling === 'x' ? 1 : 6;
    const room = length - '{"text": ""}'.length;
    return { text: filling.repeat(Math.floor(room / width)) + 'x'.repeat(room % width) };
  };

  it.each(['x', 'é'])('(of "%s") is accepted to the last character and refused beyond', async (filling) => {
    const scan = await on.store.createScan(identity, ofLength(maxInfoLength, filling));
    expect(await infoOf(scan)).toEqual(ofLength(maxInfoLength, filling));
    const error = await failureOf(on.store.createScan(identity, ofLength(maxInfoLength + 1, filling)));
    expect(error).toMatchObject({ _tag: 'MetadataTooLarge', size: maxInfoLength + 1, limit: 2 ** 20, retriable: false });
  });

  it('refuses prepare with more, and the state is what it was', async () => {
    const scan = await on.store.createScan(identity);
    scan.info = ofLength(maxInfoLength + 1);
    expect(await failureOf(scan.prepare())).toMatchObject({ _tag: 'MetadataTooLarge', key: scan.key, size: maxInfoLength + 1 });
    expect(scan.state).toBe(ScanState.CREATED);
    expect(await statesAt(on.client, scan.key)).toEqual(['0']);
    scan.info = ofLength(maxInfoLength);
    await scan.prepare();
    expect(scan.state).toBe(ScanState.PREPARED);
  });
});
