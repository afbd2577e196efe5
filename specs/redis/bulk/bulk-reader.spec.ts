/** Bulk reading over a network that breaks, dribbles and garbles: whole blocks or Disconnected, nothing in between. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import { filter, firstValueFrom, lastValueFrom, map, toArray } from 'rxjs';
import { DataStore, numeric, type ConnectOptions } from '../../../lib/index.js';
import type { Block } from '../../../lib/ports/streams.js';
import { BulkReader } from '../../../lib/redis/bulk/bulk-reader.js';
import { parseAddress, type Purpose } from '../../../lib/redis/connection/redis-address.js';
import { publishing, reading, untilAwaited } from '../../scan/publishing.js';
import { failureOf, following } from '../../store/outcomes.js';
import { onRedis } from '../../store/on-redis.js';
import { relayTo, type Relay } from '../relay.js';

const on = onRedis();

let relay: Relay;
beforeEach(async () => {
  relay = await relayTo(on.url);
});
afterEach(() => relay.close());

/** A reader on its own connection through the relay. */
async function bulkReader(purpose: Purpose = 'bulk', url = relay.url): Promise<BulkReader> {
  const address = parseAddress(url);
  if (E.isLeft(address)) throw address.left;
  const redis = address.right.connection(purpose);
  redis.on('error', () => undefined);
  await redis.connect();
  return new BulkReader(redis, relay.url);
}

const key = 'some:stream';
const request = { key, after: '0-0', maxEntries: 1000 };

/** Three entries of 50 kB. */
async function givenEntries(): Promise<void> {
  for (let i = 0; i < 3; i++) await on.client.xadd(key, `${i}-1`, 'payload', Buffer.alloc(50_000, i));
}

const read = (reader: BulkReader): Promise<Block | undefined> => firstValueFrom(reader.read([request]).pipe(map(([block]) => block)));

const isWhole = (block: Block | undefined): void => {
  expect(block?.firsts).toEqual(Float64Array.of(0, 1, 2));
  expect(block?.ends).toEqual(Float64Array.of(50_000, 100_000, 150_000));
  for (let i = 0; i < 3; i++) expect(block?.bytes.subarray(i * 50_000, (i + 1) * 50_000).every((byte) => byte === i)).toBe(true);
};

describe('a bulk reader', () => {
  it('gives whole blocks, however small the pieces in which they arrive', async () => {
    await givenEntries();
    const reader = await bulkReader();
    relay.replies = (piece, client) => {
      for (let at = 0; at < piece.length; at += 997) client.write(piece.subarray(at, at + 997));
    };
    isWhole(await read(reader));
    isWhole(await read(reader));
  });

  it('reads from a socket that allocates its buffers as from one that lends them', async () => {
    await givenEntries();
    const reader = await bulkReader('commands');
    isWhole(await read(reader));
    isWhole(await read(reader));
  });

  it('gives blocks that do not change while others are read', async () => {
    await givenEntries();
    const reader = await bulkReader();
    const blocks = await Promise.all([read(reader), read(reader), read(reader)]);
    for (const block of blocks) isWhole(block);
    blocks[0]?.bytes.fill(255);
    isWhole(blocks[1]);
  });

  it('leaves login and database to ioredis', async () => {
    await on.client.call('ACL', ['SETUSER', 'reader', 'on', '>secret', '~*', '+@all']);
    await on.client.call('SELECT', '1');
    await givenEntries();
    await on.client.call('SELECT', '0');
    const url = relay.url.replace('//', '//reader:secret@').concat('/1');
    isWhole(await read(await bulkReader('bulk', url)));
  });

  it('fails every read in flight with Disconnected when the connection is lost', async () => {
    await givenEntries();
    const reader = await bulkReader();
    // The requests arrive, the replies do not.
    relay.replies = () => relay.cut();
    const failures = await Promise.all([1, 2, 3].map(() => failureOf(read(reader))));
    for (const error of failures) expect(error).toMatchObject({ _tag: 'Disconnected', url: relay.url, retriable: true });
  });

  it('gives nothing of a truncated reply', async () => {
    await givenEntries();
    const reader = await bulkReader();
    let passed = 0;
    relay.replies = (piece, client) => {
      client.write(piece.subarray(0, 70_000 - passed));
      passed += piece.length;
      if (passed >= 70_000) client.end();
    };
    const seen: unknown[] = [];
    const reading$ = following(reader.read([request]));
    reading$.subscribe({ next: (blocks) => seen.push(blocks), error: () => undefined });
    expect(await failureOf(reading$)).toMatchObject({ _tag: 'Disconnected', url: relay.url });
    expect(seen).toEqual([]);
  });

  it.each(['$5\r\nhello\r\n', ':1\r\n', 'HTTP/1.1 200 OK\r\n', '*1\r\n:5\r\n', '*1\r\n*2\r\n$1\r\nk\r\n*1\r\n*2\r\n$-1\r\n'])('is Disconnected by a reply like %j, and reads nothing after it', async (garbage) => {
    await givenEntries();
    const reader = await bulkReader();
    relay.replies = (_, client) => client.write(garbage);
    const failures = await Promise.all([failureOf(read(reader)), failureOf(read(reader))]);
    for (const error of failures) expect(error).toMatchObject({ _tag: 'Disconnected', reason: expect.stringMatching(/^expected/) });
  });

  it('fails reads after the loss with Disconnected at once', async () => {
    const reader = await bulkReader();
    relay.replies = () => relay.cut();
    await failureOf(read(reader));
    const { requested } = relay;
    expect(await failureOf(read(reader))).toMatchObject({ _tag: 'Disconnected' });
    expect(relay.requested).toBe(requested);
  });

  it('reports what the server refuses, and reads on', async () => {
    await on.client.set('text', 'x');
    await givenEntries();
    const reader = await bulkReader();
    expect(await failureOf(reader.read([{ ...request, key: 'text' }]))).toMatchObject({ _tag: 'ServerError', code: 'WRONGTYPE', command: 'XREAD' });
    expect(await failureOf(reader.read([{ ...request, after: 'yesterday' }]))).toMatchObject({ _tag: 'ServerError', code: 'ERR' });
    isWhole(await read(reader));
  });

  it.each([0, -1, NaN])('refuses to read %d entries, which would mean all to Redis', async (maxEntries) => {
    const reader = await bulkReader();
    expect(await failureOf(reader.read([{ ...request, maxEntries }]))).toMatchObject({ _tag: 'InvalidArgument', argument: 'maxEntries' });
  });
});

describe('a stream that is read while the connection is lost', () => {
  /** Follows a stream of three points through the relay, and has seen the first. */
  const reader = async (options: ConnectOptions = {}) => {
    const published = await publishing(on.store, numeric('float64'));
    published.writer.sendBatch([0, 1, 2]);
    await published.writer.flush();
    const store = DataStore.connect(relay.url, options);
    const stream = await reading(store, published, 'float64');
    const seen$ = following(stream.points$.pipe(map(({ value }) => value)));
    await firstValueFrom(seen$);
    return { published, store, stream, seen$ };
  };

  it('errors with Disconnected without retries, and is read whole by the next subscriber', async () => {
    const { published, store, stream, seen$ } = await reader({ retry: false });
    const { replies } = relay;
    relay.replies = () => relay.cut();
    published.writer.send(3);
    expect(await failureOf(seen$)).toMatchObject({ _tag: 'Disconnected', url: relay.url, retriable: true });
    relay.replies = replies;
    await published.writer.seal();
    const again$ = stream.points$.pipe(map(({ value }) => value), toArray());
    // The store notices the loss of its other connections one by one.
    let values: unknown;
    while (!Array.isArray(values)) values = await firstValueFrom(again$).catch((error: unknown) => expect(error).toMatchObject({ _tag: 'Disconnected' }));
    expect(values).toEqual([0, 1, 2, 3]);
    await store.close();
  });

  it('goes on where it was, once the network is back', async () => {
    const { published, store, seen$ } = await reader();
    const { replies } = relay;
    relay.replies = () => relay.cut();
    published.writer.send(3);
    await firstValueFrom(store.status$.pipe(filter((status) => status._tag === 'retrying' && status.attempt > 1)));
    relay.replies = replies;
    await published.writer.seal();
    expect(await lastValueFrom(seen$.pipe(toArray()))).toEqual([0, 1, 2, 3]);
    expect(await firstValueFrom(store.status$)).toEqual({ _tag: 'ready' });
    await store.close();
  });

  it('does not notice if it only waited: it goes on over a new connection', async () => {
    const { published, store, seen$ } = await reader();
    await untilAwaited(on.client, 1);
    relay.cut();
    published.writer.send(3);
    await published.writer.seal();
    expect(await firstValueFrom(seen$.pipe(toArray()))).toEqual([0, 1, 2, 3]);
    await store.close();
  });
});
