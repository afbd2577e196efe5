/** A slow loop over many images takes as much memory as one over few. */
import { expect, it } from '@jest/globals';
import { numeric } from '../../../lib/index.js';
import { run } from '../../../lib/server/run.js';
import { publishing } from '../../scan/publishing.js';
import { onRedis } from '../../store/on-redis.js';

const on = onRedis();

const images = 320;

it('a for await loop with 5 ms of work a chunk stays within 100 MB above idle, however much it reads', async () => {
  const { scan, writer } = await publishing(on.store, numeric('uint8', [1 << 20]));
  for (let i = 0; i < images; i++) if (!writer.send(new Uint8Array(1 << 20))) await writer.ready();
  await writer.seal();
  const { code, stdout, stderr } = await run(process.execPath, ['--import', 'tsx', 'specs/redis/bulk/children/read-images.ts', on.url, scan.key]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { readMB, aboveIdleMB } = JSON.parse(stdout);
  process.stdout.write(`read ${readMB} MB, at most ${Math.round(aboveIdleMB)} MB above idle\n`);
  expect(readMB).toBe(images);
  expect(aboveIdleMB).toBeLessThan(100);
}, 120_000);
