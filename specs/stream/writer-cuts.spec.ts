/** A writer whose connection breaks in the middle of a request or of an answer: no point is lost, none is there twice. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map, toArray } from 'rxjs';
import { DataStore, numeric } from '../../lib/index.js';
import { relayTo, type Relay } from '../redis/relay.js';
import { publishing, reading, type Published } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';
import { failureOf, following } from '../store/outcomes.js';

const on = onRedis();

let relay: Relay;
let store: DataStore;
let published: Published<'float64'>;

beforeEach(async () => {
  relay = await relayTo(on.url);
  store = DataStore.connect(relay.url, { retry: { firstDelay: 1, maxDelay: 20 } });
  published = await publishing(store, numeric('float64'));
  published.writer.send(0);
  await published.writer.flush();
});
afterEach(async () => {
  // What its writer could not write the store says once more.
  await Promise.allSettled([store.close()]);
  await relay.close();
});

/** The next request gets as far as this byte, then the connection breaks. */
function cutNextRequest(at: number): void {
  relay.requests = (piece, redis) => {
    relay.requests = (next, socket) => socket.write(next);
    redis.write(piece.subarray(0, at), () => redis.destroy());
  };
}

/** The next request is carried out, but of its answer arrive so many bytes only. */
function cutNextReply(at: number): void {
  relay.replies = (piece, client) => {
    relay.replies = (next, socket) => socket.write(next);
    client.write(piece.subarray(0, at), () => client.destroy());
  };
}

const valuesThere = async (): Promise<readonly number[]> => {
  const stream = await reading(on.another(), published, 'float64');
  return firstValueFrom(stream.slice().pipe(map(({ data }) => [...data])));
};
const idsThere = async (): Promise<readonly string[]> => (await on.client.xrange(published.writer.key, '-', '+')).map(([id]) => id);

describe('a request that is cut', () => {
  it.each([0, 1, 40, 100, 150, 200, 250])('after %d bytes leaves no hole', async (at) => {
    const { writer } = published;
    cutNextRequest(at);
    writer.sendBatch([1, 2]);
    await writer.flush();
    writer.send(3);
    expect(await writer.seal()).toBe(4);
    expect(await valuesThere()).toEqual([0, 1, 2, 3]);
    expect(await idsThere()).toEqual(['0-1', '1-1', '3-1', '18446744073709551615-18446744073709551615']);
  });
});

describe('an answer that is cut', () => {
  it.each([0, 1, 10])('after %d bytes leaves no duplicate', async (at) => {
    const { writer } = published;
    const statuses = following(writer.status$.pipe(map(({ _tag }) => _tag)));
    cutNextReply(at);
    writer.sendBatch([1, 2]);
    await writer.flush();
    expect(await idsThere()).toEqual(['0-1', '1-1']);
    writer.send(3);
    expect(await writer.seal()).toBe(4);
    expect(await valuesThere()).toEqual([0, 1, 2, 3]);
    const steps = await lastValueFrom(statuses.pipe(toArray()));
    expect(steps).toEqual(['writing', ...steps.slice(1, -2).map(() => 'retrying'), 'writing', 'sealed']);
    expect(steps.length).toBeGreaterThan(3);
  });

  it('to a seal is requested again', async () => {
    cutNextReply(0);
    expect(await published.writer.seal()).toBe(1);
    expect(await idsThere()).toHaveLength(2);
  });
});

it('a second writer with as many points of its own is not taken for this one', async () => {
  const { writer, scan } = published;
  const other = await on.another().streamWriter(scan.key, 'diode', 'float64');
  let asked = false;
  // The first request gets lost, and before the second comes the other one writes.
  relay.requests = (_, redis) => {
    if (asked) return;
    asked = true;
    redis.destroy();
    other.sendBatch([-1, -2]);
    void other.flush().then(() => {
      relay.requests = (next, socket) => socket.write(next);
      relay.cut();
    });
  };
  writer.sendBatch([1, 2]);
  expect(await failureOf(writer.flush())).toMatchObject({ _tag: 'WriteConflict', expected: '0-1', found: '1-1' });
  expect(await valuesThere()).toEqual([0, -1, -2]);
});
