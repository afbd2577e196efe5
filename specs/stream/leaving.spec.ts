/** Node's streams and RxJS over a stream on a real Redis: leaving while waiting ends at once, and so does the reader. */
import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { firstValueFrom, from } from 'rxjs';
import { numeric, type DataStore, type Stream } from '../../lib/index.js';
import { publishing, reading, untilAwaited } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

/** A stream of one point, and a store whose only readers are the test's. */
async function open(): Promise<{ readonly store: DataStore; readonly stream: Stream<'float64'> }> {
  const published = await publishing(on.store, numeric('float64'));
  published.writer.send(1);
  await published.writer.flush();
  const store = on.another();
  return { store, stream: await reading(store, published, 'float64') };
}

const readersOf = async (store: DataStore): Promise<number> => (await firstValueFrom(store.readers())).length;

describe('leaving a stream while it waits', () => {
  it('by destroying a Readable', async () => {
    const { store, stream } = await open();
    const readable = Readable.from(stream);
    const got = once(readable, 'data');
    await got;
    await untilAwaited(on.client, 1);
    expect(await readersOf(store)).toBe(1);
    readable.destroy();
    await once(readable, 'close');
    expect(await readersOf(store)).toBe(0);
  });

  it('by destroying a Readable with an error', async () => {
    const { store, stream } = await open();
    const readable = Readable.from(stream).resume();
    await untilAwaited(on.client, 1);
    readable.destroy(new Error('enough'));
    await expect(once(readable, 'close')).rejects.toThrow('enough');
    expect(await readersOf(store)).toBe(0);
  });

  it('by aborting a pipeline', async () => {
    const { store, stream } = await open();
    const abort = new AbortController();
    const piped = pipeline(Readable.from(stream), new Writable({ objectMode: true, write: (_, _encoding, next) => next() }), { signal: abort.signal });
    await untilAwaited(on.client, 1);
    abort.abort();
    await expect(piped).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readersOf(store)).toBe(0);
  });

  it('by cancelling a web stream', async () => {
    const { store, stream } = await open();
    const reader = Readable.toWeb(Readable.from(stream)).getReader();
    await reader.read();
    await untilAwaited(on.client, 1);
    await reader.cancel();
    expect(await readersOf(store)).toBe(0);
  });

  it('by unsubscribing from what RxJS makes of it', async () => {
    const { store, stream } = await open();
    const subscription = from(stream).subscribe();
    await untilAwaited(on.client, 1);
    expect(await readersOf(store)).toBe(1);
    subscription.unsubscribe();
    expect(await readersOf(store)).toBe(0);
  });

  it('by `return` after a race that another has won', async () => {
    const { store, stream } = await open();
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    const waiting: Promise<unknown>[] = [];
    for (let i = 0; i < 100; i++) {
      waiting.push(iterator.next());
      expect(await Promise.race([waiting[i], firstValueFrom(stream.length())])).toBe(1);
    }
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    for (const next of waiting) expect(await next).toEqual({ done: true, value: undefined });
    expect(await readersOf(store)).toBe(0);
  });
});
