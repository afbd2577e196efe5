/** Streams that are trimmed, damaged, deleted or begun anew: every reader is told what happened, after the points that are good. */
import { describe, expect, it } from '@jest/globals';
import { catchError, firstValueFrom, lastValueFrom, map, of, skip, take, toArray, type Observable } from 'rxjs';
import { json, numeric, type Encoder, type Stream, type StreamType } from '../../lib/index.js';
import { expire, publishing, reading, stateKeyOf, untilAwaited, type Published } from '../scan/publishing.js';
import { failureOf, following } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

const float64 = (...values: readonly number[]): Buffer => Buffer.from(Float64Array.from(values).buffer);

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** The points 0 to `count - 1`, one an entry, with their index as value. */
async function withPoints(count: number): Promise<Published<'float64'>> {
  const published = await publishing(on.store, numeric('float64'), { coalesce: false });
  for (let i = 0; i < count; i++) published.writer.send(i);
  await published.writer.flush();
  return published;
}

const stream = (published: Published<'float64'>): Promise<Stream<'float64'>> => reading(on.another(), published, 'float64');

/** All values, and the tag of the error that ended them. */
const ended = (values$: Observable<unknown>): Promise<readonly unknown[]> => lastValueFrom(values$.pipe(catchError((error: unknown) => of(Object(error)._tag)), toArray()));

const valuesOf = (from: Stream<'float64'>): Observable<number> => from.points$.pipe(map(({ value }) => value));

describe('an entry that is not what the encoding says', () => {
  const numbers = numeric('float64', [2]);
  const ragged = numeric('float64', [-1]);
  const good = { numbers: float64(1, 2), ragged: Buffer.from('92' + '9101' + 'c408' + '000000000000f03f', 'hex'), json: '{"a":1}' };
  const damages: readonly [string, Encoder, Buffer | string, readonly (Buffer | string)[]][] = [
    ['too few bytes', numbers, good.numbers, ['payload', float64(1)]],
    ['too many bytes', numbers, good.numbers, ['payload', float64(1, 2, 3)]],
    ['half a number', numbers, good.numbers, ['payload', Buffer.alloc(15)]],
    ['no bytes', numbers, good.numbers, ['payload', '']],
    ['no payload', numbers, good.numbers, ['something', 'else']],
    ['a len of more points than it has', numbers, good.numbers, ['payload', good.numbers, 'len', '2']],
    ['a len of 0', numbers, good.numbers, ['payload', '', 'len', '0']],
    ['a len that is no number', numbers, good.numbers, ['payload', good.numbers, 'len', 'one']],
    ['a negative len', numbers, good.numbers, ['payload', good.numbers, 'len', '-1']],
    ['an enormous len', numbers, good.numbers, ['payload', good.numbers, 'len', '9'.repeat(400)]],
    ['no msgpack', ragged, good.ragged, ['payload', Buffer.from([0xc1, 1, 2])]],
    ['msgpack of something else', ragged, good.ragged, ['payload', Buffer.from('a3616263', 'hex')]],
    ['a shape of other dimensions', ragged, good.ragged, ['payload', Buffer.from('92' + '920101' + 'c408' + '000000000000f03f', 'hex')]],
    ['a shape that does not fit its bytes', ragged, good.ragged, ['payload', Buffer.from('92' + '9102' + 'c408' + '000000000000f03f', 'hex')]],
    ['broken JSON', json(), good.json, ['payload', '{"a":']],
    ['two documents', json(), good.json, ['payload', '{} {}']],
    ['no text', json(), good.json, ['payload', Buffer.from([0xff, 0xfe])]],
    ['a document for many points', json(), good.json, ['payload', '1', 'len', '3']],
  ];

  /** Five good entries, a bad one at index 5, a good one after it; sealed. */
  async function damaged(encoder: Encoder, payload: Buffer | string, bad: readonly (Buffer | string)[]): Promise<Stream> {
    const { scan, writer } = await publishing<StreamType>(on.store, encoder);
    for (let i = 0; i < 5; i++) await on.client.xadd(writer.key, `${i}-1`, 'payload', payload);
    await on.client.xadd(writer.key, '5-1', ...bad);
    await on.client.xadd(writer.key, '6-1', 'payload', payload);
    const scanOf = await firstValueFrom(on.another().loadScan(scan.key));
    return firstValueFrom(scanOf.stream('diode'));
  }
  const invalidEntry = ({ key }: Stream) => ({ _tag: 'InvalidEntry', key, stream: 'diode', index: 5, retriable: false });

  it.each(damages)('but has %s: its index is named, after the points before it were delivered', async (_, encoder, payload, bad) => {
    const from = await damaged(encoder, payload, bad);
    const indices$ = following(from.points$.pipe(map(({ index }) => index)));
    expect(await failureOf(indices$)).toMatchObject(invalidEntry(from));
    expect(await ended(indices$)).toEqual([0, 1, 2, 3, 4, 'InvalidEntry']);
  });

  it.each(damages)('but has %s: a for await loop gets the points before it, then throws', async (_, encoder, payload, bad) => {
    const from = await damaged(encoder, payload, bad);
    const chunks: number[] = [];
    const loop = async (): Promise<void> => {
      for await (const { index } of from) chunks.push(index);
    };
    expect(await failureOf(loop())).toMatchObject(invalidEntry(from));
    expect(chunks).toEqual([0]);
  });

  it('does not concern another stream that is read at the same time', async () => {
    const bad = await damaged(numbers, good.numbers, ['payload', good.numbers, 'len', 'one']);
    const published = await withPoints(3);
    const store = on.another();
    const neighbour = await reading(store, published, 'float64');
    const seen$ = following(valuesOf(neighbour));
    await failureOf(bad.points$);
    await published.writer.seal();
    expect(await ended(seen$)).toEqual([0, 1, 2]);
  });

  it('is named by at and slice as well', async () => {
    const from = await damaged(numbers, good.numbers, ['payload', float64(1)]);
    expect(await failureOf(from.at(5))).toMatchObject(invalidEntry(from));
    expect(await failureOf(from.slice({ start: 3 }))).toMatchObject(invalidEntry(from));
    expect(await firstValueFrom(from.at(4))).toMatchObject({ shape: [2] });
    expect(await firstValueFrom(from.slice({ stop: 5 }))).toMatchObject({ shape: [5, 2] });
  });

  it('says what was expected and what came', async () => {
    const from = await damaged(numbers, good.numbers, ['payload', float64(1)]);
    expect(String(await failureOf(from.points$))).toContain('entry at index 5: expected 16 bytes (1 point of float64, shape [2]), received 8 bytes');
  });
});

describe('points that were trimmed off', () => {
  it('are reported by chunks$, which goes on with what is left', async () => {
    const published = await withPoints(10);
    await on.client.xtrim(published.writer.key, 'MINID', '4-0');
    await published.writer.seal();
    const [chunk, ...others] = await lastValueFrom((await stream(published)).chunks$.pipe(toArray()));
    expect(chunk).toMatchObject({ index: 0, expired: 4, data: { data: Float64Array.of(4, 5, 6, 7, 8, 9) } });
    expect(others).toEqual([]);
  });

  it('are IndexNoMoreThere of points$, unless it is asked to skip them', async () => {
    const published = await withPoints(10);
    await on.client.xtrim(published.writer.key, 'MINID', '4-0');
    await published.writer.seal();
    const from = await stream(published);
    expect(await failureOf(from.points$)).toMatchObject({ _tag: 'IndexNoMoreThere', key: from.key, stream: 'diode', index: 0, retriable: false });
    expect(await ended(from.points({ expired: 'error' }))).toEqual(['IndexNoMoreThere']);
    expect(await ended(from.points({ expired: 'skip' }))).toEqual(upTo(10).slice(4).map((i) => ({ index: i, value: i })));
  });

  it('are reported in the middle of a stream to a reader that was too slow', async () => {
    const published = await withPoints(3);
    const chunks$ = following((await stream(published)).chunks$);
    await firstValueFrom(chunks$);
    await on.client
      .multi()
      .xadd(published.writer.key, '3-1', 'payload', float64(3))
      .xadd(published.writer.key, '4-1', 'payload', float64(4))
      .xtrim(published.writer.key, 'MINID', '4-0')
      .exec();
    expect(await firstValueFrom(chunks$.pipe(skip(1)))).toMatchObject({ index: 3, expired: 1, data: { data: Float64Array.of(4) } });
  });

  it('may be all there were: the reader waits for the next, and completes at the seal', async () => {
    const published = await withPoints(5);
    await on.client.xtrim(published.writer.key, 'MINID', '5-0');
    const chunks$ = following((await stream(published)).chunks$);
    await untilAwaited(on.client, 1);
    published.writer.send(5);
    expect(await firstValueFrom(chunks$)).toMatchObject({ index: 0, expired: 5, data: { data: Float64Array.of(5) } });
    await published.writer.seal();
    expect(await lastValueFrom(chunks$.pipe(toArray()))).toHaveLength(1);
  });

  it('may be all of a sealed stream: chunks$ says how many, points$ that they are gone', async () => {
    const published = await withPoints(5);
    await published.writer.seal();
    await on.client.xtrim(published.writer.key, 'MINID', '5-0');
    const from = await stream(published);
    expect(await lastValueFrom(from.chunks$.pipe(toArray()))).toMatchObject([{ index: 0, expired: 5, data: { shape: [0] } }]);
    expect(await failureOf(from.points$)).toMatchObject({ _tag: 'IndexNoMoreThere', index: 0 });
    expect(await ended(from.points({ expired: 'skip' }))).toEqual([]);
  });

  it('are reported by chunksFrom from its index on', async () => {
    const published = await withPoints(10);
    await on.client.xtrim(published.writer.key, 'MINID', '6-0');
    const from = await stream(published);
    expect(await firstValueFrom(from.chunksFrom(4))).toMatchObject({ index: 4, expired: 2, data: { data: Float64Array.of(6, 7, 8, 9) } });
    expect(await firstValueFrom(from.chunksFrom(7))).toMatchObject({ index: 7, expired: 0, data: { data: Float64Array.of(7, 8, 9) } });
  });

  it('do not concern latest$', async () => {
    const published = await withPoints(10);
    await on.client.xtrim(published.writer.key, 'MINID', '9-0');
    expect(await firstValueFrom((await stream(published)).latest$)).toEqual({ index: 9, value: 9 });
  });
});

describe('a stream that two writers wrote to', () => {
  it('is StreamOverlap where the second begins inside an entry of the first, after all points of that', async () => {
    const published = await publishing(on.store, numeric('float64'));
    await on.client.xadd(published.writer.key, '0-1', 'payload', float64(...upTo(1000)), 'len', '1000');
    await on.client.xadd(published.writer.key, '1-1', 'payload', float64(-1));
    const from = await stream(published);
    const seen$ = following(valuesOf(from));
    expect(await failureOf(seen$)).toMatchObject({ _tag: 'StreamOverlap', key: from.key, stream: 'diode', expected: 1000, found: 1, retriable: false });
    expect(await ended(seen$)).toEqual([...upTo(1000), 'StreamOverlap']);
  });

  it('is StreamOverlap as well where that happens to a reader at the live end', async () => {
    const published = await publishing(on.store, numeric('float64'));
    published.writer.sendBatch(upTo(10));
    await published.writer.flush();
    const seen$ = following(valuesOf(await stream(published)));
    await firstValueFrom(seen$.pipe(skip(9)));
    await on.client.xadd(published.writer.key, '5-1', 'payload', float64(-1));
    expect(await failureOf(seen$)).toMatchObject({ _tag: 'StreamOverlap', expected: 10, found: 5 });
  });

  it('is StreamOverlap for a slice that reaches so far', async () => {
    const { writer, scan } = await withPoints(3);
    await on.client.xadd(writer.key, '3-1', 'payload', float64(3, 4, 5), 'len', '3');
    await on.client.xadd(writer.key, '4-1', 'payload', float64(-1));
    await on.client.xadd(writer.key, '6-1', 'payload', float64(6));
    const from = await reading(on.another(), { scan }, 'float64');
    expect(await failureOf(from.slice())).toMatchObject({ _tag: 'StreamOverlap', expected: 6, found: 4 });
    expect(await firstValueFrom(from.slice({ stop: 4 }))).toMatchObject({ data: Float64Array.of(0, 1, 2, 3) });
  });

  it('is IndexNoMoreThere for a slice over points that are missing', async () => {
    const published = await withPoints(3);
    await on.client.xadd(published.writer.key, '7-1', 'payload', float64(7));
    const from = await stream(published);
    expect(await failureOf(from.slice())).toMatchObject({ _tag: 'IndexNoMoreThere', index: 3 });
    expect(await firstValueFrom(from.slice({ stop: 3 }))).toMatchObject({ data: Float64Array.of(0, 1, 2) });
    expect(await firstValueFrom(from.slice({ start: 7 }))).toMatchObject({ data: Float64Array.of(7) });
  });

  it('reports points that are missing in the middle as expired', async () => {
    const published = await withPoints(3);
    await on.client.xadd(published.writer.key, '7-1', 'payload', float64(7));
    const [, chunk] = await lastValueFrom((await stream(published)).chunks$.pipe(take(2), toArray()));
    expect(chunk).toMatchObject({ index: 3, expired: 4, data: { data: Float64Array.of(7) } });
  });
});

describe('a stream that is being read', () => {
  /** Somebody who has read five points and waits for the sixth, with `points$` and with `latest$`. */
  async function waiting() {
    const published = await withPoints(5);
    const points$ = following(valuesOf(await stream(published)));
    await firstValueFrom(points$.pipe(skip(4)));
    const latest$ = following((await stream(published)).latest$);
    await firstValueFrom(latest$);
    await untilAwaited(on.client, 1);
    return { published, points$, latest$, key: published.writer.key };
  }

  it('is StreamDeleted when its key is', async () => {
    const { key, points$, latest$ } = await waiting();
    await on.client.del(key);
    expect(await failureOf(points$)).toMatchObject({ _tag: 'StreamDeleted', key, stream: 'diode', retriable: false });
    expect(await failureOf(latest$)).toMatchObject({ _tag: 'StreamDeleted' });
  });

  it('is StreamRewound when it begins anew', async () => {
    const { key, points$, latest$ } = await waiting();
    await on.client.multi().del(key).xadd(key, '0-1', 'payload', float64(-1)).exec();
    expect(await failureOf(points$)).toMatchObject({ _tag: 'StreamRewound', key, stream: 'diode', expected: 5, found: 1, retriable: false });
    expect(await failureOf(latest$)).toMatchObject({ _tag: 'StreamRewound' });
  });

  it('is ScanNotFound when its scan is deleted', async () => {
    const { published, key, points$, latest$ } = await waiting();
    await expire(on.client, published.scan.key, key, await stateKeyOf(on.client, published.scan.key));
    expect(await failureOf(points$)).toMatchObject({ _tag: 'ScanNotFound', key: published.scan.key, retriable: false });
    expect(await failureOf(latest$)).toMatchObject({ _tag: 'ScanNotFound' });
  });

  it('is ScanNotFound when the whole database is emptied', async () => {
    const { points$, latest$ } = await waiting();
    await on.client.flushall();
    expect(await failureOf(points$)).toMatchObject({ _tag: 'ScanNotFound' });
    expect(await failureOf(latest$)).toMatchObject({ _tag: 'ScanNotFound' });
  });

  it('before its first point is ScanNotFound when its scan is deleted', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const from = await stream(published);
    const points$ = following(from.points$);
    const latest$ = following(from.latest$);
    await untilAwaited(on.client, 1);
    await expire(on.client, published.scan.key, await stateKeyOf(on.client, published.scan.key));
    expect(await failureOf(points$)).toMatchObject({ _tag: 'ScanNotFound' });
    expect(await failureOf(latest$)).toMatchObject({ _tag: 'ScanNotFound' });
  });

  it('is a ServerError where its key holds something else', async () => {
    const published = await publishing(on.store, numeric('float64'));
    const from = await stream(published);
    await on.client.set(from.key, 'x');
    for (const read$ of [from.points$, from.latest$, from.at(0), from.slice(), from.length()]) expect(await failureOf(read$)).toMatchObject({ _tag: 'ServerError', code: 'WRONGTYPE' });
  });
});
