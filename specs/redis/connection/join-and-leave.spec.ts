/** Subscribing to a stream and unsubscribing leaves nothing behind. */
import { expect, it } from '@jest/globals';
import { numeric } from '../../../lib/index.js';
import { run } from '../../../lib/server/run.js';
import { publishing } from '../../scan/publishing.js';
import { onRedis } from '../../store/on-redis.js';

const on = onRedis();

it('joining and leaving 10,000 times leaves no socket, listener, timer or reader behind, and no memory', async () => {
  const { scan, writer } = await publishing(on.store, numeric('float64'));
  writer.send(0);
  await writer.flush();

  const { code, stdout, stderr } = await run(process.execPath, ['--expose-gc', '--import', 'tsx', 'specs/redis/connection/children/join-and-leave.ts', on.url, scan.key, '10000']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { before, after } = JSON.parse(stdout);
  const { heapMB: heapBefore, ...heldBefore } = before;
  const { heapMB: heapAfter, ...heldAfter } = after;
  process.stdout.write(`held before ${JSON.stringify(before)} and after ${JSON.stringify(after)}\n`);
  expect(heldAfter).toEqual(heldBefore);
  expect(heldAfter).toMatchObject({ readers: 0 });
  expect(heapAfter - heapBefore).toBeLessThan(5);
}, 120_000);
