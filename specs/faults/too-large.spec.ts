/** Points and scans larger than the server, or a proxy before it, accepts: their writer gets an error, and nothing else is affected. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { json, numeric, ScanState, type BatchInput, type DataStore, type StreamType, type StreamWriter, type WriterStatus } from '../../lib/index.js';
import { publishing, reading, statesAt, type Published } from '../scan/publishing.js';
import { failureOf } from '../store/outcomes.js';
import { firstValueFrom, toArray } from 'rxjs';
import { flawless, stored, valuesFrom } from './records.js';
import { onFaults, retry } from './on-faults.js';
import { commandsNamed } from './proxy.js';

const on = onFaults();

beforeEach(async () => {
  await on.client.config('SET', 'proto-max-bulk-len', '512mb', 'client-query-buffer-limit', '1gb');
  await on.client.call('ACL', ['SETUSER', 'poor', 'on', '>secret', '~*', '&*', '+@all', '-config']);
});

const login = { username: 'poor', password: 'secret' };

/** How the other writers of the store get on while `fault` lasts. */
async function beside<A>(store: DataStore, fault: () => Promise<A>): Promise<{ readonly outcome: A; readonly statuses: readonly WriterStatus['_tag'][]; readonly acknowledged: number }> {
  const { scan, writer } = await publishing(store, numeric('float64'));
  const statuses: WriterStatus['_tag'][] = [];
  writer.status$.subscribe(({ _tag }) => statuses.push(_tag));
  const over = new AbortController();
  let acknowledged = 0;
  const others = (async () => {
    while (!over.signal.aborted) {
      writer.send(acknowledged);
      await writer.flush();
      acknowledged++;
    }
  })();
  const outcome = await fault().finally(() => over.abort());
  await others;
  await scan.close();
  return { outcome, statuses, acknowledged };
}

describe('a size above a limit that the server reports', () => {
  const limits = [
    ['proto-max-bulk-len', '1mb', 1 << 20],
    ['client-query-buffer-limit', '1mb', (1 << 20) - 2],
  ] as const;

  it.each(limits)('(%s %s) is InvalidPoint at send, for all kinds of points, and one byte less is written', async (name, value, most) => {
    await on.client.config('SET', name, value);
    const store = on.direct();
    const tooMany = await publishing(store, numeric('uint8', [most + 1]));
    const text = await publishing(store, json());
    const ragged = await publishing(store, numeric('uint8', [-1]));
    const invalid = { _tag: 'InvalidPoint', stream: 'diode', retriable: false, expected: expect.stringContaining(String(most)) };
    expect(await failureOf(() => tooMany.writer.send(new Uint8Array(most + 1)))).toMatchObject(invalid);
    expect(await failureOf(() => tooMany.writer.sendBatch([new Uint8Array(most + 1)]))).toMatchObject(invalid);
    expect(await failureOf(() => text.writer.send('x'.repeat(most)))).toMatchObject(invalid);
    expect(await failureOf(() => ragged.writer.sendBatch([new Uint8Array(3), new Uint8Array(most)]))).toMatchObject(invalid);
    for (const { writer } of [tooMany, text, ragged]) expect(writer.length).toBe(0);
    const fits = await publishing(store, numeric('uint8', [most]));
    fits.writer.send(new Uint8Array(most));
    text.writer.send('x'.repeat(most - 2));
    ragged.writer.sendBatch(Array.from({ length: 8 }, () => new Uint8Array(1 << 17)));
    for (const { writer, scan } of [fits, text, ragged]) {
      await writer.flush();
      await scan.close();
    }
    await tooMany.scan.close();
  });

  it.each([...limits, ['client-query-buffer-limit', '1mb', 3 << 20] as const, ['proto-max-bulk-len', '1mb', 20 << 20] as const])(
    '(%s %s) and that the user may not ask for is PointTooLarge for %d bytes and more, and others go on',
    async (name, value, most) => {
      await on.client.config('SET', name, value);
      const store = on.direct({ connection: login });
      const { scan, writer } = await publishing(store, numeric('uint8', [most + 1]), { coalesce: false });
      const tooLarge = { _tag: 'PointTooLarge', key: writer.key, stream: 'diode', index: 0, size: most + 1, retriable: false };
      const { outcome, statuses, acknowledged } = await beside(store, () => {
        writer.send(new Uint8Array(most + 1));
        return failureOf(writer.flush());
      });
      expect(outcome).toMatchObject({ ...tooLarge, reason: expect.stringMatching(name === 'proto-max-bulk-len' ? 'invalid bulk length' : 'breaks the connection') });
      expect(acknowledged).toBeGreaterThan(0);
      expect(statuses).not.toContain('failed');
      expect(await failureOf(() => writer.send(new Uint8Array(most + 1)))).toMatchObject(tooLarge);
      expect(await failureOf(writer.ready())).toMatchObject(tooLarge);
      expect(await failureOf(scan.close())).toMatchObject(tooLarge);
      expect(scan.state).toBe(ScanState.CLOSED);
      await store.close();
    },
  );
});

describe('while too large points are tried', () => {
  it('other large points are not blamed, and arrive', async () => {
    await on.client.config('SET', 'client-query-buffer-limit', '2mb');
    const store = on.direct({ connection: login });
    const innocent = await publishing(store, numeric('uint8', [1_200_000]), { coalesce: false });
    const guilty = await Promise.all([4_000_000, 5_000_000].map(async (size) => ({ size, ...(await publishing(store, numeric('uint8', [size]))) })));
    const failures = Promise.all(
      guilty.map(({ size, writer }) => {
        writer.send(new Uint8Array(size));
        return failureOf(writer.flush());
      }),
    );
    const over = new AbortController();
    void failures.then(() => over.abort());
    let sent = 0;
    while (!over.signal.aborted) {
      innocent.writer.send(new Uint8Array(1_200_000));
      sent++;
      await innocent.writer.flush();
    }
    for (const failure of await failures) expect(failure).toMatchObject({ _tag: 'PointTooLarge', index: 0, reason: expect.stringContaining('breaks the connection') });
    expect(sent).toBeGreaterThan(0);
    await innocent.scan.close();
    expect(await on.client.xlen(innocent.writer.key)).toBe(sent + 1);
  });

  it.each([{ attempts: 3 }, false] as const)('with retry %j, after the last attempt the size is named', async (policy) => {
    await on.client.config('SET', 'client-query-buffer-limit', '1mb');
    const store = on.direct({ connection: login, retry: policy });
    const { scan, writer } = await publishing(store, numeric('uint8', [3_000_000]));
    writer.send(new Uint8Array(3_000_000));
    const failure = { _tag: 'OutcomeUnknown', reason: expect.stringContaining('3000000 bytes') };
    expect(await failureOf(writer.flush())).toMatchObject(failure);
    expect(await failureOf(scan.close())).toMatchObject(failure);
    expect(scan.state).toBe(ScanState.CLOSED);
  });
});

describe('a limit that is raised while a store is connected', () => {
  const size = 2_000_000;

  /** Sends one point until it is not refused any more. */
  async function untilTaken(writer: StreamWriter<'uint8[]'>): Promise<void> {
    for (;;) {
      try {
        writer.send(new Uint8Array(size));
        return;
      } catch (error) {
        expect(error).toMatchObject({ _tag: 'InvalidPoint' });
        await on.client.ping();
      }
    }
  }

  it.each([['may read it', {}] as const, ['may not', login] as const])('is noticed for a user who %s', async (_, connection) => {
    await on.client.config('SET', 'proto-max-bulk-len', '1mb');
    const store = on.direct({ connection });
    const first = await publishing(store, numeric('uint8', [size]));
    const refused = async (): Promise<unknown> => {
      first.writer.send(new Uint8Array(size));
      return failureOf(first.writer.flush());
    };
    expect(await failureOf(refused().then((error) => Promise.reject(error)))).toMatchObject({ _tag: expect.stringMatching('InvalidPoint|PointTooLarge') });
    await on.client.config('SET', 'proto-max-bulk-len', '512mb');
    const { scan, writer } = await publishing(store, numeric('uint8', [size]));
    await untilTaken(writer);
    await scan.close();
    expect(await on.client.xlen(writer.key)).toBe(2);
  });

  it('is noticed by the next update of a large scan', async () => {
    await on.client.config('SET', 'proto-max-bulk-len', '1mb');
    const store = on.direct();
    const scan = await store.createScan({ name: 'large', number: 1, data_policy: 'none' });
    for (let i = 0; i < 20; i++) scan.createStream(`stream ${i}`, numeric('float64'), { about: 'x'.repeat(100_000) });
    expect(await failureOf(scan.prepare())).toMatchObject({ _tag: 'RequestTooLarge' });
    await on.client.config('SET', 'proto-max-bulk-len', '512mb');
    await scan.prepare();
    await scan.close();
  });
});

describe('behind a proxy that resets connections after too large requests', () => {
  const limit = 100_000;

  async function publishingThrough<T extends StreamType>(type: Parameters<typeof publishing<T>>[1], batch: BatchInput<T>): Promise<Published<T>> {
    const published = await publishing(on.proxied(), type, { coalesce: false });
    on.proxy.requestLimit = limit;
    published.writer.sendBatch(batch);
    return published;
  }

  it.each([150_000, 3_000_000])('a point of %d bytes is PointTooLarge, those before it are written, those after it are not, and others do not notice', async (size) => {
    const store = on.proxied();
    const { scan, writer } = await publishing(store, numeric('uint8', [-1]), { coalesce: false });
    const acknowledged: number[] = [];
    writer.acknowledged$.subscribe({ next: (count) => acknowledged.push(count), error: () => undefined });
    on.proxy.requestLimit = limit;
    const { outcome, statuses } = await beside(store, () => {
      for (const length of [10, 20_000, size, 30]) writer.send(new Uint8Array(length).fill(7));
      return failureOf(writer.flush());
    });
    expect(outcome).toMatchObject({ _tag: 'PointTooLarge', stream: 'diode', index: 2, retriable: false });
    expect(Object(outcome).size).toBeGreaterThanOrEqual(size);
    expect(statuses).not.toContain('failed');
    expect(acknowledged.at(-1)).toBe(2);
    expect(await on.client.xlen(writer.key)).toBe(2);
    expect(await failureOf(scan.close())).toMatchObject({ _tag: 'PointTooLarge' });
    expect(await statesAt(on.client, scan.key)).toEqual(['0', '1', '2', '4']);
    expect(await firstValueFrom((await reading(on.direct(), { scan }, 'uint8[*]')).length())).toBe(2);
    await store.close();
  });

  it('many points in one entry go in smaller ones', async () => {
    const { writer } = await publishingThrough(numeric('int32'), valuesFrom(0, 200_000));
    expect(await writer.seal()).toBe(200_000);
    expect(await stored(on.client, writer.key, 200_000)).toEqual(flawless);
  });

  it('many points of one shape in one ragged entry go in smaller ones', async () => {
    const points = Array.from({ length: 300 }, (_, i) => new Float64Array(100).fill(i));
    const { scan, writer } = await publishingThrough(numeric('float64', [-1]), points);
    expect(await writer.seal()).toBe(300);
    const values = await firstValueFrom((await reading(on.direct(), { scan }, 'float64[*]')).points$.pipe(toArray()));
    expect(values.map(({ index, value }) => [index, value.shape, value.data[99]])).toEqual(points.map((_, i) => [i, [100], i]));
  });

  it('many documents in one window go in smaller ones, and one that is too large is reported', async () => {
    const documents = Array.from({ length: 100 }, (_, i) => `${i}`.padEnd(5000));
    const { scan, writer } = await publishingThrough(json(), documents);
    await writer.flush();
    writer.send('x'.repeat(limit));
    expect(await failureOf(writer.flush())).toMatchObject({ _tag: 'PointTooLarge', index: 100, size: limit + 2 });
    expect(await firstValueFrom((await reading(on.direct(), { scan }, 'json')).slice({ stop: 100 }))).toEqual(documents);
  });

  it('a scan is RequestTooLarge, and closed all the same with what was there before', async () => {
    const store = on.proxied();
    const scan = await store.createScan({ name: 'large', number: 1, data_policy: 'none' });
    on.proxy.requestLimit = limit;
    for (let i = 0; i < 20; i++) scan.createStream(`stream ${i}`, numeric('float64'), { about: 'x'.repeat(10_000) });
    const tooLarge = { _tag: 'RequestTooLarge', key: scan.key, retriable: false };
    expect(await failureOf(scan.prepare())).toMatchObject(tooLarge);
    expect(scan.state).toBe(ScanState.CREATED);
    expect(await failureOf(scan.close())).toMatchObject(tooLarge);
    expect(await statesAt(on.client, scan.key)).toEqual(['0', '4']);
    await store.close();
    expect(await failureOf(on.proxied().createScan({ name: 'large', number: 2, data_policy: 'none' }, { about: 'x'.repeat(limit) }))).toMatchObject({ _tag: 'RequestTooLarge' });
  });
});

describe('a network that breaks again and again', () => {
  it.each([
    ['a request', 'reset', 30_000],
    ['an answer', 'reset in the answer', 0],
  ] as const)('while %s passes is not taken for a point that is too large', async (_, what, after) => {
    const { writer }: { readonly writer: StreamWriter<'uint8[]'> } = await publishing(on.proxied({ retry }), numeric('uint8', [50_000]));
    writer.send(new Uint8Array(50_000));
    await writer.flush();
    for (let i = 0; i < 5; i++) void on.proxy.strike(commandsNamed('EVALSHA'), { what, after });
    writer.send(new Uint8Array(50_000).fill(1));
    await writer.flush();
    expect(await writer.seal()).toBe(2);
    expect(await on.client.xlen(writer.key)).toBe(3);
  });
});
