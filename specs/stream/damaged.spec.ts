/** Entries that are not what the encoding says: which one is said, after the points before it were delivered. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, map, of } from 'rxjs';
import { json, numeric, type Encoder, type ReadPolicy, type Stream, type StreamType } from '../../lib/index.js';
import { sealId } from '../../lib/wire/stream-id.js';
import { publishing, reading } from '../scan/publishing.js';
import { failureOf, following } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';
import { ended, float64, valuesOf, withPoints } from './samples.js';

const on = onRedis();

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
    const published = await withPoints(on.store, 3);
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

  it.each<ReadPolicy>(['newest', { every: 1 }, { window: 1 }])('errors for a reader of the newest points, even if it claims to be a batch: policy %j', async (policy) => {
    const from = await damaged(numeric('float64'), float64(1), ['payload', float64(1), 'len', '99']);
    await on.client.xdel(from.key, '6-1');
    expect(await failureOf(from.consume(() => undefined, { policy }))).toMatchObject(invalidEntry(from));
    expect(await failureOf(from.latest$)).toMatchObject(invalidEntry(from));
    await expect(from.cursor().read({ newest: true }).then(async () => from.cursor({ from: 5 }).read())).rejects.toMatchObject(invalidEntry(from));
  });

  it('says what was expected and what came', async () => {
    const from = await damaged(numbers, good.numbers, ['payload', float64(1)]);
    expect(String(await failureOf(from.points$))).toContain('entry at index 5: expected 16 bytes (1 point of float64, shape [2]), received 8 bytes');
  });
});

describe('an end that is none', () => {
  it('is reported after the points before it, however many came with it', async () => {
    const { scan, writer } = await publishing(on.store, numeric('float64'));
    for (let i = 0; i < 5; i++) await on.client.xadd(writer.key, `${i}-1`, 'payload', float64(i));
    await on.client.xadd(writer.key, sealId, 'id', 'five');
    const stream = await reading(on.another(), { scan }, 'float64');
    expect(await ended(valuesOf(stream))).toEqual([0, 1, 2, 3, 4, 'InvalidEntry']);
    expect(await failureOf(stream.chunks$)).toMatchObject({ _tag: 'InvalidEntry', index: 5, expected: 'the number of points in the seal', received: 'NaN' });
    expect(await failureOf(stream.latest$)).toMatchObject({ _tag: 'InvalidEntry' });
  });
});

describe('an entry whose index is too large', () => {
  it.each(['9007199254740992', '9007199254740993', '18446744073709551614'])('(%s) is refused, and never read again and again', async (index) => {
    const { scan, writer } = await publishing(on.store, numeric('float64'));
    await on.client.xadd(writer.key, '0-1', 'payload', float64(0));
    await on.client.xadd(writer.key, `${index}-1`, 'payload', float64(1));
    await on.client.xadd(writer.key, sealId, 'id', '2');
    const stream = await reading(on.another(), { scan }, 'float64');
    for (const bytes of [1, 1000]) {
      const index$ = stream.consume((chunk) => of(chunk.index), { credit: { bytes } });
      expect(await ended(index$)).toEqual([0, 'InvalidEntry']);
    }
  });

  it('unless it is the largest that a number holds', async () => {
    const { scan, writer } = await publishing(on.store, numeric('float64'));
    await on.client.xadd(writer.key, `${Number.MAX_SAFE_INTEGER}-1`, 'payload', float64(1));
    const stream = await reading(on.another(), { scan }, 'float64');
    expect(await firstValueFrom(stream.latest$)).toEqual({ index: Number.MAX_SAFE_INTEGER, value: 1 });
    // In an entry that is not of the commonest form, too.
    await on.client.del(writer.key);
    await on.client.xadd(writer.key, `${Number.MAX_SAFE_INTEGER}-1`, 'len', '1', 'payload', float64(1));
    expect(await firstValueFrom((await reading(on.another(), { scan }, 'float64')).latest$)).toEqual({ index: Number.MAX_SAFE_INTEGER, value: 1 });
  });
});
