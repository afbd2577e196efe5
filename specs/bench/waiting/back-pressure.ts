/** What images that are published at full speed do to the memory of their publisher, and of a consumer a hundred times slower. */
import * as t from 'io-ts';
import { us, type WaitingBench } from '../bench.js';
import { imageBytes } from '../points.js';
import { Child } from './child.js';
import type { Comparison, Figures } from './figures.js';

const warmUpImages = 200;
const mostMegabytes = 100;

const Consumed = t.type({
  images: t.number,
  /** How many of them were read while they were still being published. */
  slow: t.number,
  drainSeconds: t.number,
  /** How far it grew, in megabytes: the resident set, and what JavaScript holds on and off its heap. */
  rss: t.number,
  heap: t.number,
});

const Published = t.type({
  seconds: t.number,
  /** How far the publisher's resident set grew, in megabytes. */
  rss: t.number,
});

export interface SlowRun extends t.TypeOf<typeof Consumed> {
  readonly publishSeconds: number;
  readonly publisherRss: number;
}

/** Publishes so many images and reads them; rejects if they are not all read, each as it was published. */
export async function slowRun(url: string, images: number): Promise<SlowRun> {
  await using publisher = Child.start('publish-backlog', url);
  await using consumer = Child.start('consume-slowly', url, await publisher.ask('scan', t.string));
  await publisher.ask('warmUp', t.unknown, warmUpImages);
  await consumer.ask('warmUp', t.literal(warmUpImages));
  const [{ seconds: publishSeconds, rss: publisherRss }, consumed] = await Promise.all([publisher.ask('publish', Published, images), consumer.ask('consume', Consumed)]);
  if (consumed.images !== images) throw new Error(`${consumed.images} images were read instead of ${images}`);
  return { ...consumed, publishSeconds, publisherRss };
}

export function backPressure({ url, sizes }: WaitingBench): Comparison {
  const images = Math.ceil((sizes.megabytes * 1e6) / imageBytes);
  const run = async (): Promise<Figures> => {
    const { rss, heap, slow, publishSeconds, publisherRss, drainSeconds } = await slowRun(url, images);
    const megabytes = (count: number): number => (count * imageBytes) / 1e6;
    return {
      'RSS growth MB': rss,
      'heap growth MB': heap,
      'publisher RSS growth MB': publisherRss,
      'published MB/s': megabytes(images) / publishSeconds,
      'read meanwhile MB': megabytes(slow),
      'then read MB/s': megabytes(images - slow) / drainSeconds,
    };
  };
  const bars = ['RSS growth MB', 'heap growth MB', 'publisher RSS growth MB'].map((figure) => ({ figure, atMost: mostMegabytes }));
  return { title: `Waiting: back-pressure of ${sizes.megabytes} MB of images, a consumer at 1/100 of the speed`, candidates: [{ name: `${us}, consume`, run, bars }] };
}
