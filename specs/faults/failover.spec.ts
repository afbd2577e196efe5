/** Another server takes over: readers and writers go on there, and report if it has less than the previous one. */
import { afterEach, describe, it, expect } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map, take, toArray, type Observable } from 'rxjs';
import { DataStore, numeric, type Stream, type StreamWriter } from '../../lib/index.js';
import { failureOf, following } from '../store/outcomes.js';
import { startWatched, type Watched } from './sentinel.js';
import { useTrials } from './trials.js';

const trying = useTrials();

/** What has to be ended after a trial. */
let open: { readonly watched: Watched; readonly stores: readonly DataStore[] } | undefined;
async function end(): Promise<void> {
  const present = open;
  open = undefined;
  if (present === undefined) return;
  await Promise.allSettled(present.stores.map((store) => store.close({ within: 1000 })));
  await present.watched.stop();
}
afterEach(end);

/** The payload of a point is 80 kB, of which connections hold but a few megabytes. */
const width = 10_000;

interface Published {
  readonly watched: Watched;
  readonly writer: StreamWriter<'float64[]'>;
  readonly stream: Stream<'float64[]'>;
  /** The first number of each point, as the reader gets them. */
  readonly values$: Observable<number>;
  /** Sends points that hold their indices, and resolves when the server has them. */
  publish(count: number): Promise<void>;
  /** Resolves when the reader has got so many in all. */
  read(count: number): Promise<readonly number[]>;
}

/** A stream that one store writes and another one reads, from servers of its own. */
async function published(): Promise<Published> {
  const watched = await startWatched();
  await DataStore.init(watched.url);
  const [writing, reading] = [0, 1].map(() => DataStore.connect(watched.url, { connection: { connectTimeout: 1000, socketTimeout: 1500 } }));
  if (writing === undefined || reading === undefined) throw new Error('there are two stores');
  open = { watched, stores: [writing, reading] };
  const scan = await writing.createScan({ name: 'watched', number: 1, data_policy: 'none' });
  const writer = scan.createStream('camera', numeric('float64', [width]));
  await scan.prepare();
  const loaded = await firstValueFrom(reading.loadScan(scan.key));
  const stream = await firstValueFrom(loaded.stream('camera', 'float64[]'));
  const values$ = following(stream.points$.pipe(map(({ value }) => value.data[0] ?? NaN)));
  return {
    watched,
    writer,
    stream,
    values$,
    async publish(count) {
      for (let i = 0; i < count; i++) if (!writer.send(new Float64Array(width).fill(writer.length))) await writer.ready();
      await writer.flush();
    },
    read: (count) => lastValueFrom(values$.pipe(take(count), toArray())),
  };
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

describe('a failover', () => {
  const faults: readonly (readonly [string, (watched: Watched) => Promise<unknown>])[] = [
    ['failover by hand', (watched) => watched.failover()],
    ['failover, the master killed', (watched) => watched.kill()],
    ['failover, the master frozen', (watched) => watched.freeze()],
  ];

  it.each(faults)('%s, is nothing but a delay', async (fault, strike) => {
    await trying(fault, 2, async (trial) => {
      const { watched, publish, read } = await published();
      await publish(20);
      await read(20);
      await watched.replicated();
      const [first, second] = watched.ports;
      await strike(watched);
      trial.struck();
      // One is on its way while the servers change over, the others come after.
      await publish(20);
      expect(await read(40)).toEqual(upTo(40));
      trial.recovered();
      expect(await watched.switched(first)).toBe(second);
      await publish(20);
      expect(await read(60)).toEqual(upTo(60));
      await end();
    });
  });

  it('is StreamRewound of readers and writers where the next master never got what the last one had confirmed', async () => {
    await trying('failover, points lost', 2, async (trial) => {
      const { watched, writer, values$, publish, read } = await published();
      await publish(20);
      await watched.replicated();
      const replica = await watched.freezeReplica();
      // More than fits into what lies between the two.
      await publish(600);
      expect(await read(620)).toEqual(upTo(620));
      const failure = failureOf(values$);
      await watched.kill();
      trial.struck();
      replica.thaw();
      expect(await failure).toMatchObject({ _tag: 'StreamRewound', expected: 620, retriable: false });
      trial.recovered();
      writer.send(new Float64Array(width));
      expect(await failureOf(writer.flush())).toMatchObject({ _tag: 'StreamRewound', expected: 620, retriable: false });
      await end();
    });
  });
});
