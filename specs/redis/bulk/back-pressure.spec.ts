/** A publisher at full speed, and a consumer far slower, cost constant memory: the backlog stays in Redis, and no point of it is lost. */
import { expect, it } from '@jest/globals';
import { imageBytes } from '../../bench/points.js';
import { slowRun } from '../../bench/waiting/back-pressure.js';
import { onRedis } from '../../store/on-redis.js';

const on = onRedis();

it('a publisher at full speed and a consumer at a hundredth of it stay within 100 MB each while 256 MB are published, and every image arrives', async () => {
  const images = Math.ceil(256e6 / imageBytes);
  const { slow, rss, heap, publisherRss, ...read } = await slowRun(on.url, images);
  process.stdout.write(`256 MB published, ${slow} of ${images} images read meanwhile: RSS grew by ${rss.toFixed(1)} MB, the heap by ${heap.toFixed(1)} MB, the publisher's RSS by ${publisherRss.toFixed(1)} MB\n`);
  expect(read.images).toBe(images);
  expect(slow).toBeLessThan(images / 10);
  expect(rss).toBeLessThan(100);
  expect(heap).toBeLessThan(100);
  expect(publisherRss).toBeLessThan(100);
}, 120_000);
