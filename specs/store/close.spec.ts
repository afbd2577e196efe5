/** Closing a store writes what is still to be written, and leaves nothing waiting. */
import { describe, expect, it } from '@jest/globals';
import { asyncScheduler, concat, filter, firstValueFrom, lastValueFrom, map, NEVER, of, toArray, type Observable } from 'rxjs';
import { DataStore, json, numeric, type Scan, type ScanWriter, type Stream, type StreamWriter } from '../../lib/index.js';
import { publishTo } from '../../lib/operators.js';
import { expire, identity, publishing, reading } from '../scan/publishing.js';
import { relayTo, type Relay } from '../redis/relay.js';
import { onRedis } from './on-redis.js';
import { failureOf, following } from './outcomes.js';

const on = onRedis();

const storeClosed = { _tag: 'StoreClosed', retriable: false };

interface Live {
  readonly store: DataStore;
  readonly scan: Scan;
  readonly stream: Stream<'float64'>;
  readonly scanWriter: ScanWriter;
  readonly writer: StreamWriter<'float64'>;
}

/** A scan with one point, published and read with the store that will be closed. */
async function live(): Promise<Live> {
  const store = on.another();
  const published = await publishing(store, numeric('float64'));
  published.writer.send(0.5);
  await published.writer.flush();
  const scan = await firstValueFrom(store.loadScan(published.scan.key));
  return { store, scan, stream: await reading(store, published, 'float64'), scanWriter: published.scan, writer: published.writer };
}

/** The values of a stream as another client reads them, up to its end. */
async function valuesOf(scanKey: string): Promise<readonly number[]> {
  const stream = await reading(on.store, { scan: { key: scanKey } }, 'float64');
  return lastValueFrom(stream.slice().pipe(map(({ data }) => [...data])));
}

describe('what is subscribed to when the store is closed', () => {
  const subscriptions: readonly [string, (live: Live) => Observable<unknown>][] = [
    ['scansSince', ({ store }) => store.scansSince('0-0')],
    ['state$', ({ scan }) => scan.state$],
    ['snapshot$', ({ scan }) => scan.snapshot$],
    ['info$', ({ scan }) => scan.info$],
    ['streams$', ({ scan }) => scan.streams$],
    ['chunks$', ({ stream }) => stream.chunks$],
    ['points$', ({ stream }) => stream.points$],
    ['latest$', ({ stream }) => stream.latest$],
    ['acknowledged$', ({ writer }) => writer.acknowledged$],
    ['publishTo', ({ writer }) => concat(of(1), NEVER).pipe(publishTo(writer))],
  ];

  it.each(subscriptions)('%s has emitted, and errors with StoreClosed', async (_, subscribe) => {
    const all = await live();
    const seen$ = following(subscribe(all));
    await firstValueFrom(seen$);
    await all.store.close();
    expect(await failureOf(seen$)).toMatchObject(storeClosed);
  });

  it('scans$ errors with StoreClosed', async () => {
    const store = on.another();
    await firstValueFrom(store.lastTimetag());
    const seen$ = following(store.scans$);
    // The answers of one connection come in order, so by now scans$ waits for the first scan.
    await firstValueFrom(store.lastTimetag());
    await store.close();
    expect(await failureOf(seen$)).toMatchObject(storeClosed);
  });

  it('a stream that the scan does not have yet errors with StoreClosed', async () => {
    const { store, scan } = await live();
    const seen$ = following(scan.stream('motor'));
    await firstValueFrom(scan.state$);
    await store.close();
    expect(await failureOf(seen$)).toMatchObject(storeClosed);
  });

  it('a for await loop throws StoreClosed', async () => {
    const { store, stream } = await live();
    let chunks = 0;
    const loop = async (): Promise<void> => {
      for await (const chunk of stream) {
        chunks += chunk.data.data.length;
        await store.close();
      }
    };
    expect(await failureOf(loop())).toMatchObject(storeClosed);
    expect(chunks).toBe(1);
  });

  it('reads of one answer that are under way error with StoreClosed', async () => {
    const { store, scan, stream } = await live();
    // Nothing is answered for a while.
    await on.client.call('CLIENT', ['PAUSE', '1500']);
    const reads = [store.lastScan(), store.nextScan('0-0'), store.lastTimetag(), store.search(), store.loadScan(scan.key), stream.at(0), stream.slice(), stream.length()];
    const failures = reads.map((read$) => failureOf(read$));
    await store.close();
    for (const failure of failures) expect(await failure).toMatchObject(storeClosed);
  });
});

describe('what was sent before the store is closed', () => {
  it('is written, flushed or not', async () => {
    const store = on.another();
    const { scan, writer } = await publishing(store, numeric('float64'));
    const values = Array.from({ length: 5000 }, (_, i) => i / 2);
    for (const value of values) writer.send(value);
    await store.close();
    expect(await valuesOf(scan.key)).toEqual(values);
  });

  it('is written to every stream, also beside one that cannot be written to any more', async () => {
    const store = on.another();
    const deleted = await publishing(store, numeric('float64'));
    await expire(on.client, deleted.scan.key, deleted.writer.key);
    const scan = await store.createScan(identity);
    // More than one window, so that writing takes longer than being refused does.
    const writer = scan.createStream('diode', numeric('float64'), {}, { coalesce: false });
    await scan.prepare();
    deleted.writer.send(1);
    const values = Array.from({ length: 10_000 }, (_, i) => i);
    for (const value of values) writer.send(value);
    expect(await failureOf(store.close())).toMatchObject({ _tag: 'ScanNotFound', key: deleted.scan.key });
    expect(await valuesOf(scan.key)).toEqual(values);
    expect(await firstValueFrom(store.status$, { defaultValue: 'completed' })).toBe('completed');
  });
});

it('a store whose server is slow, but there, is closed once all is written, whatever the limit', async () => {
  const relay = await relayTo(on.url);
  const store = DataStore.connect(relay.url);
  const { scan, writer } = await publishing(store, numeric('float64'), { coalesce: false });
  // From here on every answer takes far longer than the limit, and the points need several windows.
  relay.replies = (piece, client) => void asyncScheduler.schedule(() => client.write(piece), 30);
  const values = Array.from({ length: 5000 }, (_, i) => i);
  for (const value of values) writer.send(value);
  await store.close({ within: 0 });
  expect(await valuesOf(scan.key)).toEqual(values);
  await relay.close();
});

describe('a store that is closed while its server is away', () => {
  /** A store that has sent a point which cannot arrive: its only way to the server is cut. */
  async function cutOff(): Promise<{ readonly relay: Relay; readonly store: DataStore; readonly scanKey: string; readonly writer: StreamWriter<'float64'> }> {
    const relay = await relayTo(on.url);
    const store = DataStore.connect(relay.url);
    const { scan, writer } = await publishing(store, numeric('float64'));
    writer.send(0);
    await writer.flush();
    relay.replies = () => relay.cut();
    relay.cut();
    writer.send(1);
    await firstValueFrom(store.status$.pipe(filter(({ _tag }) => _tag === 'retrying')));
    return { relay, store, scanKey: scan.key, writer };
  }

  it('waits for it no longer than it may, and rejects with what kept the points from being written', async () => {
    const { relay, store, writer } = await cutOff();
    const flushed = failureOf(writer.flush());
    expect(await failureOf(store.close({ within: 20 }))).toMatchObject({ _tag: expect.stringMatching('Disconnected|OutcomeUnknown') });
    expect(await flushed).toMatchObject({ _tag: expect.stringMatching('Disconnected|OutcomeUnknown') });
    expect(await firstValueFrom(store.status$, { defaultValue: 'completed' })).toBe('completed');
    await relay.close();
  });

  it('writes what it has once the server is back in time', async () => {
    const { relay, store, scanKey } = await cutOff();
    const closed = store.close();
    relay.replies = (piece, client) => client.write(piece);
    await closed;
    expect(await valuesOf(scanKey)).toEqual([0, 1]);
    await relay.close();
  });

  it('is not closed for a time that is none', async () => {
    const store = on.another();
    expect(await failureOf(store.close({ within: -1 }))).toMatchObject({ _tag: 'InvalidArgument', argument: 'within' });
    expect(await firstValueFrom(store.lastTimetag())).toBe('0-0');
  });
});

describe('a closed store', () => {
  it('has a status$ that completed, after it said so', async () => {
    const { store } = await live();
    const status$ = following(store.status$);
    await store.close();
    expect(await lastValueFrom(status$.pipe(toArray()))).toEqual([{ _tag: 'ready' }, { _tag: 'closed' }]);
  });

  it('answers every use with StoreClosed', async () => {
    const { store, scan, stream, scanWriter, writer } = await live();
    await store.close();
    const uses: readonly (() => unknown)[] = [
      () => store.scans$,
      () => store.scansSince('0-0'),
      () => store.nextScan('0-0'),
      () => store.lastScan(),
      () => store.lastTimetag(),
      () => store.search(),
      () => store.loadScan(scan.key),
      () => store.createScan(identity),
      () => scan.state$,
      () => scan.stream('diode'),
      () => stream.chunks$,
      () => stream.points$,
      () => stream.latest$,
      () => stream.at(0),
      () => stream.slice(),
      () => stream.length(),
      () => stream[Symbol.asyncIterator]().next(),
      () => scanWriter.stop(),
      () => scanWriter.close(),
      () => writer.seal(),
    ];
    for (const use of uses) expect(await failureOf(use)).toMatchObject(storeClosed);
  });

  it('takes no more points: flush rejects with StoreClosed, and so does what comes after', async () => {
    const { store, scanWriter, writer } = await live();
    await store.close();
    writer.send(1);
    expect(await failureOf(writer.flush())).toMatchObject(storeClosed);
    expect(await failureOf(() => writer.send(2))).toMatchObject(storeClosed);
    expect(await valuesOf(scanWriter.key)).toEqual([0.5]);
  });

  it('may be closed again', async () => {
    const { store } = await live();
    await store.close();
    await store.close();
  });

  it('may be one that was never used', async () => {
    const store = DataStore.connect(on.url);
    await store.close();
    expect(await failureOf(store.lastScan())).toMatchObject(storeClosed);
  });

  it('may be one that could not connect', async () => {
    const store = DataStore.connect('nonsense');
    await failureOf(store.lastScan());
    await store.close();
    expect(await firstValueFrom(store.status$, { defaultValue: 'completed' })).toBe('completed');
  });

  it('keeps no connection, and other stores keep theirs', async () => {
    const { store } = await live();
    await firstValueFrom(on.store.lastTimetag());
    const connections = async (): Promise<number> => String(await on.client.client('LIST')).trim().split('\n').length;
    await store.close();
    // The test's own connection and the other store's; that a socket is closed takes the server a moment to see.
    while ((await connections()) > 2);
    expect(await firstValueFrom(on.store.lastTimetag())).not.toBe('0-0');
  });
});

it('leaving the scope of await using closes a store', async () => {
  const { store } = await live();
  await store[Symbol.asyncDispose]();
  expect(await failureOf(store.lastScan())).toMatchObject(storeClosed);
});

it('a JSON stream of a store that is closed at once is written as well', async () => {
  const store = on.another();
  const { scan, writer } = await publishing(store, json());
  writer.sendBatch([1, 'two', [3]]);
  await store.close();
  const stream = await reading(on.store, { scan }, 'json');
  expect(await firstValueFrom(stream.slice())).toEqual([1, 'two', [3]]);
});
