/** Publishing at full speed takes as much memory for many images as for few. */
import { expect, it } from '@jest/globals';
import { run } from '../../lib/server/run.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

const megabytes = 512;

it.each(['copied', 'lend'])('images that are sent stay within 100 MB above idle, and leave no more than what is reused (%s)', async (lend) => {
  const { code, stdout, stderr } = await run(process.execPath, ['--expose-gc', '--import', 'tsx', 'specs/stream/children/publish-images.ts', on.url, String(megabytes), lend]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { published, peakMB, keptMB } = JSON.parse(stdout);
  process.stdout.write(`${megabytes} MB published, at most ${Math.round(peakMB)} MB above idle, ${Math.round(keptMB)} MB kept\n`);
  expect(published).toBe(megabytes * 5);
  expect(peakMB).toBeLessThan(100);
  expect(keptMB).toBeLessThan(24);
}, 120_000);
