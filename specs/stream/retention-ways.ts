/** The ways to read a stream that goes on, each with what it hands out under watch. */
import { filter, firstValueFrom, from, map, ReplaySubject, take, type Observable } from 'rxjs';
import { latestTogether, readTogether, zipByIndex } from '../../lib/operators.js';
import type { Stream, StreamCursor } from '../../lib/index.js';
import type { AnyChunkData } from '../../lib/model/stream-type.js';
import type { Watched } from '../support/retention.js';

type Images = Stream<'uint8[]'>;

/** One that reads: resolves when point `i`, which has been published, was seen. */
interface Reading {
  readonly seen: (i: number) => Promise<unknown>;
  readonly stop: () => void;
}

export type Way = (stream: Images, watched: Watched) => Reading;

const bufferOf = (data: AnyChunkData): object => {
  if ('dtype' in data) return data.data.buffer;
  throw new Error('expected arrays of one shape');
};

/** Of what is emitted, the index after the last point; with each buffer watched. */
function pushed(ends$: Observable<number>): Reading {
  const ends = new ReplaySubject<number>(1);
  const subscription = ends$.subscribe(ends);
  return { seen: (i) => firstValueFrom(ends.pipe(filter((end) => end > i), take(1))), stop: () => subscription.unsubscribe() };
}

function pulled(stream: Images, read: (cursor: StreamCursor<'uint8[]'>) => Promise<unknown>, options: Parameters<Images['cursor']>[0] = {}): Reading {
  const cursor = stream.cursor(options);
  return {
    seen: async (i) => {
      while (cursor.position <= i) await read(cursor);
    },
    stop: () => cursor.close(),
  };
}

/** A read, whose Promise is watched as well as what it gives. */
const watching =
  (watched: Watched, options: Parameters<StreamCursor['read']>[0] = {}) =>
  async (cursor: StreamCursor<'uint8[]'>): Promise<void> => {
    const read = cursor.read(options);
    watched.add(read);
    const chunk = await read;
    if (chunk._tag === 'chunk') watched.add(bufferOf(chunk.data));
  };

const endOf = ({ index, data }: { readonly index: number; readonly data: AnyChunkData }, watched: Watched): number => {
  watched.add(bufferOf(data));
  return index + ('dtype' in data ? (data.shape[0] ?? 0) : 0);
};

const point = (watched: Watched) => ({ index, value }: { readonly index: number; readonly value: { readonly data: { readonly buffer: object } } }): number => {
  watched.add(value.data.buffer);
  return index + 1;
};

export const ways: Readonly<Record<string, Way>> = {
  'for await': (stream, watched) => {
    const iterator = stream[Symbol.asyncIterator]();
    const ends = new ReplaySubject<number>(1);
    const loop = async (): Promise<void> => {
      for await (const chunk of iterator) ends.next(endOf(chunk, watched));
    };
    loop().catch((error: unknown) => ends.error(error));
    return { seen: (i) => firstValueFrom(ends.pipe(filter((end) => end > i))), stop: () => void iterator.return?.() };
  },
  'an iterator of which several chunks are awaited at once': (stream, watched) => {
    const iterator = stream[Symbol.asyncIterator]();
    const ends = new ReplaySubject<number>(1);
    const ask = (): void => {
      const next = iterator.next();
      watched.add(next);
      next.then(
        ({ value }) => {
          if (value === undefined) return;
          ends.next(endOf(value, watched));
          ask();
        },
        (error: unknown) => ends.error(error),
      );
    };
    for (let i = 0; i < 3; i++) ask();
    return { seen: (i) => firstValueFrom(ends.pipe(filter((end) => end > i))), stop: () => void iterator.return?.() };
  },
  'RxJS\' from': (stream, watched) => pushed(from(stream).pipe(map((chunk) => endOf(chunk, watched)))),
  'cursor.read': (stream, watched) => pulled(stream, watching(watched)),
  'cursor.read in parts': (stream, watched) => pulled(stream, watching(watched, { count: 1 })),
  'cursor.read that does not wait': (stream, watched) =>
    pulled(stream, async (cursor) => {
      const read = watching(watched, { wait: false });
      for (let i = 0; i < 5; i++) await read(cursor);
    }),
  'cursor.read that waits for a time': (stream, watched) => pulled(stream, watching(watched, { wait: 1000 })),
  'cursor.read of the newest': (stream, watched) => pulled(stream, watching(watched, { newest: true })),
  'cursor.read of lent chunks': (stream, watched) => pulled(stream, watching(watched), { lend: true }),
  'cursor.read, several at once, some given up': (stream, watched) => {
    const cursor = stream.cursor();
    return {
      seen: async (i) => {
        while (cursor.position <= i) {
          const abort = new AbortController();
          const reads = [cursor.read(), cursor.read({ signal: abort.signal }), cursor.read({ wait: false })];
          reads.forEach((read) => watched.add(read));
          abort.abort();
          for (const read of await Promise.allSettled(reads)) if (read.status === 'fulfilled' && read.value._tag === 'chunk') watched.add(bufferOf(read.value.data));
        }
      },
      stop: () => cursor.close(),
    };
  },
  consume: (stream, watched) => pushed(stream.consume((chunk) => [endOf(chunk, watched)])),
  'consume of Promises': (stream, watched) => pushed(stream.consume((chunk) => Promise.resolve(endOf(chunk, watched)), { concurrency: 2 })),
  'consume of lent chunks': (stream, watched) => pushed(stream.consume((chunk) => Promise.resolve(endOf(chunk, watched)), { lend: true })),
  "consume, policy 'newest'": (stream, watched) => pushed(stream.consume((chunk) => [endOf(chunk, watched)], { policy: 'newest' })),
  'consume, policy every': (stream, watched) => pushed(stream.consume((chunk) => [endOf(chunk, watched)], { policy: { every: 1 } })),
  'consume, policy window': (stream, watched) => pushed(stream.consume((chunk) => [endOf(chunk, watched)], { policy: { window: 3 } })),
  'chunks$': (stream, watched) => pushed(stream.chunks$.pipe(map((chunk) => endOf(chunk, watched)))),
  'points$': (stream, watched) => pushed(stream.points$.pipe(map(point(watched)))),
  'latest$': (stream, watched) => pushed(stream.latest$.pipe(map(point(watched)))),
  readTogether: (stream, watched) => pushed(readTogether({ stream }).pipe(map(({ chunk }) => endOf(chunk, watched)))),
  'readTogether with work': (stream, watched) => pushed(readTogether({ stream }, ({ chunk }) => Promise.resolve(endOf(chunk, watched)))),
  zipByIndex: (stream, watched) =>
    pushed(
      zipByIndex({ a: stream, b: stream }).pipe(
        map(({ index, values: { a, b } }) => {
          for (const { data } of [a, b]) watched.add(data.buffer);
          return index + 1;
        }),
      ),
    ),
  latestTogether: (stream, watched) =>
    pushed(
      latestTogether([stream, stream]).pipe(
        map(([a, b]) => {
          watched.add(a.value.data.buffer);
          return point(watched)(b);
        }),
      ),
    ),
  at: (stream, watched) => ({ seen: async (i) => watched.add((await firstValueFrom(stream.at(i))).data.buffer), stop: () => undefined }),
  slice: (stream, watched) => ({ seen: async (i) => watched.add(bufferOf(await firstValueFrom(stream.slice({ start: i, stop: i + 1 })))), stop: () => undefined }),
};
