/** A consumer far slower than its publisher costs constant memory: the backlog stays in Redis, and no point of it is lost. */
import { expect, it } from '@jest/globals';
import { imageBytes } from '../../bench/points.js';
import { slowRun } from '../../bench/waiting/back-pressure.js';
import { onRedis } from '../../store/on-redis.js';

const on = onRedis();

it('a consumer at a hundredth of the publisher\'s speed stays within 100 MB while 256 MB are published, and gets every image', async () => {
  const images = Math.ceil(256e6 / imageBytes);
  const { slow, rss, heap, ...read } = await slowRun(on.url, images);
  process.stdout.write(`256 MB published, ${slow} of ${images} images read meanwhile: RSS grew by ${rss.toFixed(1)} MB, the heap by ${heap.toFixed(1)} MB\n`);
  expect(read.images).toBe(images);
  expect(slow).toBeLessThan(images / 10);
  expect(rss).toBeLessThan(100);
  expect(heap).toBeLessThan(100);
}, 120_000);
