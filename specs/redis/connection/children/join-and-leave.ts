/**
 * Subscribes to a stream and unsubscribes ten thousand times, at every stage and by every way of reading, and prints as JSON what the
 * process held before and after. Usage: join-and-leave.ts <url> <scan key> <times>
 */
import { EventEmitter } from 'node:events';
import { firstValueFrom, timer } from 'rxjs';
import { DataStore, type Stream } from '../../../../lib/index.js';
import { readTogether } from '../../../../lib/operators.js';

const [url = '', key = '', times = ''] = process.argv.slice(2);

interface Held {
  readonly sockets: number;
  readonly listeners: number;
  readonly timers: number;
  readonly readers: number;
  readonly heapMB: number;
}

const resources = (kind: string): number => process.getActiveResourcesInfo().filter((name) => name === kind).length;

/** The listeners of everything that can call back: sockets, pipes. */
function listeners(): number {
  const handles: unknown = Reflect.apply(Reflect.get(process, '_getActiveHandles'), process, []);
  if (!Array.isArray(handles)) throw new Error('this Node does not tell its handles');
  const emitters = handles.filter((handle) => handle instanceof EventEmitter);
  return emitters.flatMap((each) => each.eventNames().map((name) => each.listenerCount(name))).reduce((sum, count) => sum + count, 0);
}

async function held(store: DataStore): Promise<Held> {
  // Readers that are left behind: no other one is there now.
  const readers = (await firstValueFrom(store.readers())).length;
  await firstValueFrom(timer(100));
  globalThis.gc?.();
  globalThis.gc?.();
  return { sockets: resources('TCPSocketWrap'), listeners: listeners(), timers: resources('Timeout'), readers, heapMB: process.memoryUsage().heapUsed / 1e6 };
}

const ways: readonly ((stream: Stream<'float64'>) => Promise<unknown>)[] = [
  (stream) => firstValueFrom(stream.chunks$),
  (stream) => firstValueFrom(stream.points$),
  (stream) => firstValueFrom(stream.latest$),
  (stream) => firstValueFrom(stream.consume(({ index }) => Promise.resolve(index))),
  (stream) => firstValueFrom(readTogether([stream])),
  // Unsubscribed before the first reply, and while waiting at the end.
  async (stream) => stream.chunks$.subscribe().unsubscribe(),
  async (stream) => {
    const subscription = stream.chunksFrom(1).subscribe();
    await firstValueFrom(stream.length());
    subscription.unsubscribe();
  },
  async (stream) => {
    using cursor = stream.cursor();
    await cursor.read();
    await cursor.read({ wait: false });
    await cursor.read({ newest: true, wait: 1 });
  },
  async (stream) => {
    for await (const chunk of stream) if (chunk.index === 0) break;
  },
];

async function joinAndLeave(stream: Stream<'float64'>, count: number): Promise<void> {
  for (let done = 0; done < count; done += ways.length) await Promise.all(ways.map((way) => way(stream)));
}

const store = DataStore.connect(url);
const scan = await firstValueFrom(store.loadScan(key));
const stream = await firstValueFrom(scan.stream('diode', 'float64'));
// The first round compiles, fills caches and connects.
await joinAndLeave(stream, Number(times) / 4);
const before = await held(store);
await joinAndLeave(stream, Number(times));
const after = await held(store);
process.stdout.write(JSON.stringify({ before, after }));
await store.close();
