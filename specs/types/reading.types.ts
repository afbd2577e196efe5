/** What consumers of a stream know of their chunks, and what becomes of the type of their work. */
import { of, type Observable } from 'rxjs';
import type { NdArray } from '../../lib/model/nd-array.js';
import type { Json } from '../../lib/model/json.js';
import type { Chunk, PacedChunk } from '../../lib/model/stream-type.js';
import { readTogether, type Arrival } from '../../lib/operators.js';
import type { CursorResult, StreamCursor } from '../../lib/stream/cursor.js';
import type { Stream } from '../../lib/stream/stream.js';
import { expectType, typeTest, value, type Equal } from './support.js';

typeTest('consume gives the work typed chunks, and emits what Promises resolve to and Observables emit', () => {
  const stream = value<Stream<'float64'>>();
  const saved$ = stream.consume(async ({ data, dropped }) => {
    expectType<Equal<typeof data, NdArray<'float64'>>>();
    return Promise.resolve(dropped);
  });
  expectType<Equal<typeof saved$, Observable<number>>>();
  const lengths$ = stream.consume(({ index }) => of(String(index)));
  expectType<Equal<typeof lengths$, Observable<string>>>();
});

typeTest('consume emits nothing for work that gives nothing', () => {
  const drawn$ = value<Stream<'json'>>().consume(({ data }) => {
    expectType<Equal<typeof data, readonly Json[]>>();
  });
  expectType<Equal<typeof drawn$, Observable<never>>>();
});

typeTest('a stream that is read cannot be written to', () => {
  expectType<Equal<Extract<keyof Stream, 'send' | 'sendBatch' | 'flush' | 'seal'>, never>>();
});

typeTest('policies are literals', () => {
  const stream = value<Stream>();
  stream.consume(() => undefined, { policy: 'newest' });
  stream.consume(() => undefined, { policy: { every: 100 } });
  stream.cursor({ policy: { window: 10 }, credit: { bytes: 1e6, chunks: 2 } });
  // @ts-expect-error no such policy
  stream.consume(() => undefined, { policy: 'oldest' });
  // @ts-expect-error a window is a number of points
  stream.cursor({ policy: { window: '10' } });
});

typeTest('a cursor resolves to a chunk, or to why there is none', () => {
  const cursor = value<Stream<'uint16[]'>>().cursor();
  expectType<Equal<typeof cursor, StreamCursor<'uint16[]'>>>();
  const read = cursor.read({ count: 10, wait: false });
  expectType<Equal<typeof read, Promise<CursorResult<'uint16[]'>>>>();
  void read.then((result) => {
    if (result._tag === 'chunk') expectType<Equal<typeof result.data, NdArray<'uint16'>>>();
    else expectType<Equal<typeof result._tag, 'none' | 'end'>>();
  });
  // @ts-expect-error how long to wait is one option
  void cursor.read({ timeout: 1000 });
});

typeTest('loops over a stream and over a cursor give typed chunks', () => {
  const loops = async (): Promise<void> => {
    for await (const chunk of value<Stream<'bool'>>()) expectType<Equal<typeof chunk, Chunk<'bool'>>>();
    for await (const chunk of value<Stream<'bool'>>().cursor()) expectType<Equal<typeof chunk, PacedChunk<'bool'>>>();
  };
  void loops;
});

typeTest('readTogether tells by the name what a chunk holds', () => {
  const arrivals$ = readTogether({ diode: value<Stream<'float64'>>(), log: value<Stream<'json'>>() });
  expectType<Equal<typeof arrivals$, Observable<Arrival<'float64', 'diode'> | Arrival<'json', 'log'>>>>();
  arrivals$.subscribe((arrival) => {
    if (arrival.name === 'log') expectType<Equal<typeof arrival.chunk.data, readonly Json[]>>();
  });
});

typeTest('readTogether takes arrays and the streams of a scan, and work', () => {
  const array$ = readTogether([value<Stream<'float64'>>(), value<Stream<'json'>>()]);
  expectType<Equal<typeof array$, Observable<Arrival<'float64' | 'json'>>>>();
  const all$ = readTogether(value<ReadonlyMap<string, Stream>>(), ({ name }) => of(name.length));
  expectType<Equal<typeof all$, Observable<number>>>();
});
