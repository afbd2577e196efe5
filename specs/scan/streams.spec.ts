/** The streams of a scan as readers find them: when they appear, what is known of them, and that one is of the type asked for. */
import { describe, expect, it } from '@jest/globals';
import { first, firstValueFrom, lastValueFrom, map, toArray } from 'rxjs';
import { json, numeric, type Scan, type Stream, type StreamType } from '../../lib/index.js';
import { onRedis } from '../store/on-redis.js';
import { failureOf, following } from '../store/outcomes.js';
import { identity } from './publishing.js';

const on = onRedis();

const load = (key: string): Promise<Scan> => firstValueFrom(on.another().loadScan(key));

const namesOf = (streams: ReadonlyMap<string, Stream>): readonly string[] => [...streams.keys()];

describe('streams$', () => {
  it('is empty before PREPARED, grows when streams are added, and completes with the scan', async () => {
    const writer = await on.store.createScan(identity);
    const names$ = following((await load(writer.key)).streams$.pipe(map(namesOf)));
    expect(await firstValueFrom(names$)).toEqual([]);
    writer.createStream('diode', numeric('float64'));
    await writer.prepare();
    await firstValueFrom(names$.pipe(first((names) => names.length === 1)));
    writer.createStream('late', json());
    await writer.start();
    await writer.stop();
    await writer.close();
    expect(await lastValueFrom(names$.pipe(toArray()))).toEqual([[], ['diode'], ['diode', 'late']]);
  });

  it('shows a stream added in the last moment before the scan is closed', async () => {
    const writer = await on.store.createScan(identity);
    await writer.prepare();
    const names$ = following((await load(writer.key)).streams$.pipe(map(namesOf)));
    await firstValueFrom(names$);
    writer.createStream('late', json());
    await writer.close();
    expect(await lastValueFrom(names$)).toEqual(['late']);
  });

  it('replays what is known to a late subscriber, with the very same streams', async () => {
    const writer = await on.store.createScan(identity);
    writer.createStream('diode', numeric('float64'));
    await writer.prepare();
    const scan = await load(writer.key);
    const early$ = following(scan.streams$);
    const early = await firstValueFrom(early$);
    const late = await firstValueFrom(scan.streams$);
    expect(late).toBe(early);
    expect(await firstValueFrom(scan.stream('diode'))).toBe(early.get('diode'));
  });
});

describe('stream()', () => {
  it('waits for its stream, emits it and completes', async () => {
    const writer = await on.store.createScan(identity);
    const waiting$ = following((await load(writer.key)).stream('diode').pipe(map(({ name }) => name)));
    await writer.prepare();
    writer.createStream('motor', json());
    await writer.start();
    writer.createStream('diode', json());
    await writer.stop();
    expect(await lastValueFrom(waiting$.pipe(toArray()))).toEqual(['diode']);
  });

  it('emits a stream of a closed scan', async () => {
    const writer = await on.store.createScan(identity);
    writer.createStream('diode', json());
    await writer.close();
    expect((await firstValueFrom((await load(writer.key)).stream('diode'))).name).toBe('diode');
  });

  it('errors with StreamNotFound when the scan is closed without it', async () => {
    const writer = await on.store.createScan(identity);
    writer.createStream('diode 1', json());
    const scan = await load(writer.key);
    const waiting$ = following(scan.stream('diode'));
    await firstValueFrom(scan.state$);
    writer.createStream('late', json());
    await writer.close();
    const error = await failureOf(waiting$);
    expect(error).toMatchObject({ _tag: 'StreamNotFound', key: writer.key, stream: 'diode', streams: ['diode 1', 'late'], retriable: false });
    expect(String(error)).toContain('has no stream "diode": it has "diode 1", "late"');
    expect(await failureOf(scan.stream('diode'))).toMatchObject({ _tag: 'StreamNotFound' });
  });

  it('names the first twenty streams of many in the message, and all of them in the error', async () => {
    const writer = await on.store.createScan(identity);
    const names = Array.from({ length: 25 }, (_, i) => `s${i}`);
    for (const name of names) writer.createStream(name, json());
    await writer.close();
    const error = await failureOf((await load(writer.key)).stream('diode'));
    expect(error).toMatchObject({ _tag: 'StreamNotFound', streams: names });
    expect(String(error)).toMatch(/"s19" and 5 more$/);
  });

  it.each(['toString', 'constructor', 'hasOwnProperty'])('does not take %s for a stream that is there', async (name) => {
    const writer = await on.store.createScan(identity);
    await writer.close();
    expect(await failureOf((await load(writer.key)).stream(name))).toMatchObject({ _tag: 'StreamNotFound', stream: name });
  });

  const names = ['__proto__', 'constructor', '', 'axis:theta', 'two words', '"quoted" \\ \n', 'été 😀', '$.x', '0'];
  it.each(names)('finds a stream called %j', async (name) => {
    const writer = await on.store.createScan(identity);
    const diode = writer.createStream(name, numeric('int32'), { unit: 'mm' });
    await writer.prepare();
    diode.send(5);
    await writer.close();
    const scan = await load(writer.key);
    const stream = await firstValueFrom(scan.stream(name, 'int32'));
    expect(stream.name).toBe(name);
    expect(stream.info['unit']).toBe('mm');
    expect(await firstValueFrom(stream.at(0))).toBe(5);
    expect(await firstValueFrom(scan.streams$.pipe(map(namesOf)))).toEqual([name]);
  });
});

describe('what is known of a stream', () => {
  it('is what its publisher said, with dtype and shape for numbers', async () => {
    const writer = await on.store.createScan(identity);
    const written = writer.createStream('frelon', numeric('uint16', [3, 2]), { unit: 'counts', big: 2n ** 60n });
    await writer.prepare();
    const stream = await firstValueFrom((await load(writer.key)).stream('frelon'));
    expect(stream).toMatchObject({ name: 'frelon', key: written.key, type: 'uint16[]', dtype: 'uint16', shape: [3, 2] });
    expect(stream.info).toEqual({ dtype: 'uint16', shape: [3, 2], unit: 'counts', big: 2n ** 60n });
    expect(stream.encoding).toMatchObject({ _tag: 'numeric', byteOrder: '<', ragged: false });
    expect(stream.problem).toBeUndefined();
  });

  it('is less for JSON', async () => {
    const writer = await on.store.createScan(identity);
    writer.createStream('log', json());
    await writer.prepare();
    const stream = await firstValueFrom((await load(writer.key)).stream('log'));
    expect(stream).toMatchObject({ type: 'json', dtype: undefined, shape: [], info: {} });
  });

  it('may be said otherwise by the publisher', async () => {
    const writer = await on.store.createScan(identity);
    writer.createStream('diode', numeric('float64'), { dtype: 'calibrated', shape: null });
    await writer.prepare();
    const stream = await firstValueFrom((await load(writer.key)).stream('diode', 'float64'));
    expect(stream.info).toEqual({ dtype: 'calibrated', shape: null });
  });
});

describe('streams by type', () => {
  async function scanOfAll(): Promise<string> {
    const writer = await on.store.createScan(identity);
    writer.createStream('float64', numeric('float64'));
    writer.createStream('float32', numeric('float32'));
    writer.createStream('float64[]', numeric('float64', [4]));
    writer.createStream('float64[*]', numeric('float64', [-1]));
    writer.createStream('json', json());
    await writer.prepare();
    return writer.key;
  }
  const types: readonly StreamType[] = ['float64', 'float32', 'float64[]', 'float64[*]', 'json'];

  it('gives the stream that holds it, and DtypeMismatch for each that holds another', async () => {
    const scan = await load(await scanOfAll());
    for (const holds of types) {
      for (const asked of types) {
        if (asked === holds) expect((await firstValueFrom(scan.stream(holds, asked))).type).toBe(asked);
        else expect(await failureOf(scan.stream(holds, asked))).toMatchObject({ _tag: 'DtypeMismatch', key: scan.key, stream: holds, expected: asked, received: holds, retriable: false });
      }
    }
  });

  it('says in the message of DtypeMismatch which type it has', async () => {
    const scan = await load(await scanOfAll());
    expect(String(await failureOf(scan.stream('float64[]', 'json')))).toContain('was requested as json, but holds float64[]');
  });

  it('that does not exist is a mismatch like any other', async () => {
    const scan = await load(await scanOfAll());
    expect(await failureOf(() => Reflect.apply(scan.stream, scan, ['float64', 'double']))).toMatchObject({ _tag: 'DtypeMismatch', expected: 'double', received: 'float64' });
  });
});
