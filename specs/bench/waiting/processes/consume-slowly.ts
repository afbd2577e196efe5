/** Reads images at a hundredth of their publisher's speed for as long as they are published, then the rest at full speed; checks every one and watches its memory. */
import { setTimeout } from 'node:timers/promises';
import { firstValueFrom, lastValueFrom, type Subscription } from 'rxjs';
import { DataStore, ScanState, type Chunk, type Stream } from '../../../../lib/index.js';
import { answer } from './answer.js';
import { MemoryWatch } from './memory-watch.js';
import { isStamped } from './stamp.js';

const [url = '', scanKey = ''] = process.argv.slice(2);
/** How many times faster the publisher is. */
const slowness = 100;
const lookEveryMs = 10;
const creditBytes = 8 << 20;

const store = DataStore.connect(url);
const scan = await firstValueFrom(store.loadScan(scanKey));
const memory = new MemoryWatch();
let state: ScanState = ScanState.CREATED;
const isPublished = (): boolean => state >= ScanState.STOPPED;
let following: Subscription | undefined;

/** Checks the images of a chunk and tells the index of the next. */
function checked({ index, expired, data }: Chunk<'uint16[]'>, expected: number): number {
  const [count = 0, ...shape] = data.shape;
  const size = shape.reduce((product, side) => product * side, 1);
  if (index !== expected || expired !== 0) throw new Error(`point ${index} after ${expired} expired instead of point ${expected}`);
  for (let i = 0; i < count; i++) if (!isStamped(data.data, i * size, size, index + i)) throw new Error(`image ${index + i} is another`);
  return index + count;
}

/** Reads to the end, as slowly as `pace` resolves; tells how many there were. */
async function readAll(stream: Stream<'uint16[]'>, pace: (images: number) => Promise<void>): Promise<number> {
  let images = 0;
  const work = async (chunk: Chunk<'uint16[]'>): Promise<void> => {
    images = checked(chunk, images);
    memory.look();
    await pace(images);
  };
  await lastValueFrom(stream.consume(work, { credit: { bytes: creditBytes } }), { defaultValue: undefined });
  return images;
}

/** Resolves when the publisher is a hundred times ahead, or has done. */
async function slowly(stream: Stream, images: number): Promise<void> {
  while (!isPublished() && (await firstValueFrom(stream.length())) < images * slowness) await setTimeout(lookEveryMs);
}

answer({
  /** Reads another stream to its end, so that all that is allocated once is; from then on memory is watched. */
  warmUp: async () => {
    const images = await readAll(await firstValueFrom(scan.stream('warm-up', 'uint16[]')), () => Promise.resolve());
    following = scan.state$.subscribe((now) => (state = now));
    memory.start();
    return images;
  },
  consume: async () => {
    const stream = await firstValueFrom(scan.stream('image', 'uint16[]'));
    let slow = 0;
    let draining = NaN;
    const images = await readAll(stream, async (read) => {
      if (isPublished()) return;
      slow = read;
      await slowly(stream, read);
      draining = performance.now();
    });
    const seconds = (performance.now() - draining) / 1000;
    following?.unsubscribe();
    const { rss, heap } = memory.stop();
    return { images, slow, drainSeconds: seconds, rss, heap };
  },
});
