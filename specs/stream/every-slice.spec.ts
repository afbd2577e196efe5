/** Every index and every slice within reach of a stream of ten points, and points that are asked for while they are being written. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, map } from 'rxjs';
import { isBlissdataError, numeric, type Stream } from '../../lib/index.js';
import { publishing, reading, type Published } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';
import { sendLayout, upTo } from './samples.js';

const on = onRedis();

const ten = upTo(10);
/** Beyond both ends. */
const reach = Array.from({ length: 31 }, (_, i) => i - 15);

async function tenPoints(): Promise<Published<'float64'> & { readonly stream: Stream<'float64'> }> {
  const published = await publishing(on.store, numeric('float64'), { coalesce: false });
  await sendLayout(published.writer, [2, 1, 4, 3]);
  return { ...published, stream: await reading(on.another(), published, 'float64') };
}

const tagOf = (error: unknown): string => {
  if (isBlissdataError(error)) return error._tag;
  throw error;
};
const at = (stream: Stream<'float64'>, i: number): Promise<unknown> => firstValueFrom(stream.at(i)).catch(tagOf);
const slice = (stream: Stream<'float64'>, start: number, stop?: number): Promise<unknown> =>
  firstValueFrom(stream.slice(stop === undefined ? { start } : { start, stop }).pipe(map(({ data }) => [...data]))).catch(tagOf);

/** What all of `reach` give, in pairs with what they are asked for. */
const each = <A>(read: (i: number) => A | Promise<A>): Promise<readonly (readonly [number, A])[]> => Promise.all(reach.map(async (i) => [i, await read(i)] as const));

describe('a sealed stream of ten points', () => {
  it('gives every index and every slice as a list does', async () => {
    const { stream, writer } = await tenPoints();
    await writer.seal();
    expect(await each((i) => at(stream, i))).toEqual(await each((i) => ten.at(i) ?? (i < 0 ? 'IndexOutOfRange' : 'IndexWontBeThere')));
    for (const start of reach) {
      expect(await slice(stream, start)).toEqual(ten.slice(start));
      expect([start, await each((stop) => slice(stream, start, stop))]).toEqual([start, await each((stop) => ten.slice(start, stop))]);
    }
  });
});

describe('an open stream of ten points', () => {
  it('gives every index and every slice that does not depend on its end; others are IndexNotYetThere', async () => {
    const { stream } = await tenPoints();
    const later = 'IndexNotYetThere';
    expect(await each((i) => at(stream, i))).toEqual(await each((i) => (i < 0 ? later : (ten[i] ?? later))));
    for (const start of reach) {
      expect(await slice(stream, start)).toEqual(start < 0 ? later : ten.slice(start));
      expect([start, await each((stop) => slice(stream, start, stop))]).toEqual([start, await each((stop) => (start < 0 || stop < 0 ? later : ten.slice(start, stop)))]);
    }
  });
});

describe('a stream that is being written', () => {
  it('gives each point as soon as it is there, and says before that it is not yet', async () => {
    const published = await publishing(on.store, numeric('int32'), { coalesce: false });
    const stream = await reading(on.another(), published, 'int32');
    const writing = (async () => {
      for (let i = 0; i < 1000; i++) {
        published.writer.send(i);
        await published.writer.flush();
      }
    })();
    // Always at the present end of the stream, so that some of them are written between one request and another.
    for (let end = 0; end < 1000; ) {
      end = await firstValueFrom(stream.length());
      const indices = upTo(end + 4).slice(Math.max(end - 1, 0));
      const answers = await Promise.all(indices.map((i) => firstValueFrom(stream.at(i)).catch(tagOf)));
      expect(answers).toEqual(indices.map((i, k) => (i < end || typeof answers[k] === 'number' ? i : 'IndexNotYetThere')));
    }
    await writing;
  });
});
