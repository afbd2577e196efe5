/** A server that is too small for what is published: the tracker makes room, the publisher gets through, readers know what they lost. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { first, firstValueFrom, lastValueFrom, Subject, toArray, type Subscription } from 'rxjs';
import { isOutOfMemory, numeric, type Chunk, type DataStore, type ScanWriter, type Stream, type StreamWriter } from '../../lib/index.js';
import { trackMemory, type TrackerEvent } from '../../lib/tracker.js';
import { identity, reading } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

const megabyte = 1 << 20;
/** The payload of a point is 8 KiB. */
const shape = [1024];
const pointsInAll = 12_000;
const pointsAtOnce = 250;

/** What the tracker tells. */
let events$: Subject<TrackerEvent>;
let tracking: Subscription | undefined;

beforeEach(async () => {
  const used = Number(/used_memory:(\d+)/.exec(await on.client.info('memory'))?.[1]);
  await on.client.config('SET', 'maxmemory', String(used + 24 * megabyte));
});
afterEach(async () => {
  tracking?.unsubscribe();
  await on.client.config('SET', 'maxmemory', '0');
});

/** The history that is protected is as short as the test's. */
function track(cleaningThreshold: number): void {
  events$ = new Subject();
  tracking = trackMemory(on.url, { monitoringPeriod: 50, protectedHistory: 100, cleaningThreshold }).subscribe(events$);
}

/** Resolves after the next round that finds more room than the tracker makes. */
const untilThereIsRoom = (): Promise<unknown> => firstValueFrom(events$.pipe(first((event) => event._tag === 'round' && event.usedMemory < 0.8 * (event.memoryLimit ?? 0))));

const point = (index: number): Float64Array => new Float64Array(1024).fill(index);

interface Seen {
  readonly points: number;
  readonly expired: number;
  readonly silent: number;
}

/** What a reader got, checked point by point. */
function tally(chunks: readonly Chunk<'float64[]'>[]): Seen {
  let next = 0;
  let points = 0;
  let expired = 0;
  let silent = 0;
  for (const chunk of chunks) {
    if (chunk.index !== next) silent += Math.abs(chunk.index - next);
    expired += chunk.expired;
    const count = chunk.data.shape[0] ?? 0;
    for (let i = 0; i < count; i++) if (chunk.data.data[i * 1024] !== chunk.index + chunk.expired + i) silent++;
    points += count;
    next = chunk.index + chunk.expired + count;
  }
  return { points, expired, silent };
}

async function beginScan(): Promise<{ scan: ScanWriter; writer: StreamWriter<'float64[]'> }> {
  const scan = await on.store.createScan(identity);
  const writer = scan.createStream('diode', numeric('float64', shape), {}, { coalesce: false });
  await scan.prepare();
  await scan.start();
  return { scan, writer };
}

const openStream = (store: DataStore, scan: ScanWriter): Promise<Stream<'float64[]'>> => reading(store, { scan }, 'float64[]');

describe('with a tracker, on a server with room for a quarter of it, a publisher', () => {
  it('gets through if it waits while there is little room; a reader that follows and one that comes later know what they lost', async () => {
    track(60);
    const { scan, writer } = await beginScan();
    const live = await openStream(on.another(), scan);
    const followed = lastValueFrom(live.chunks$.pipe(toArray()));

    for (let i = 0; i < pointsInAll; i++) {
      writer.send(point(i));
      if (i % pointsAtOnce !== 0) continue;
      await writer.flush();
      await untilThereIsRoom();
    }
    await scan.stop();
    await scan.close();

    expect(await tallyOf(followed)).toMatchObject({ silent: 0, all: pointsInAll });
    const late = await openStream(on.another(), scan);
    const seen = await tallyOf(lastValueFrom(late.chunks$.pipe(toArray())));
    expect(seen).toMatchObject({ silent: 0, all: pointsInAll });
    expect(seen.expired).toBeGreaterThan(pointsInAll / 2);
    expect(await firstValueFrom(late.length())).toBe(pointsInAll);
  });

  it('gets through if it sends when there is room, however often the server is full', async () => {
    track(80);
    const { scan, writer } = await beginScan();
    let refusals = 0;
    writer.status$.subscribe((status) => {
      if (status._tag === 'retrying' && isOutOfMemory(status.error)) refusals++;
    });
    for (let i = 0; i < pointsInAll; i++) if (!writer.send(point(i))) await writer.ready();
    expect(await writer.seal()).toBe(pointsInAll);
    const late = await openStream(on.another(), scan);
    expect(await tallyOf(lastValueFrom(late.chunks$.pipe(toArray())))).toMatchObject({ silent: 0, all: pointsInAll });
    expect(refusals).toBeGreaterThan(0);
  });
});

async function tallyOf(chunks: Promise<readonly Chunk<'float64[]'>[]>): Promise<Seen & { readonly all: number }> {
  const seen = tally(await chunks);
  return { ...seen, all: seen.points + seen.expired };
}
