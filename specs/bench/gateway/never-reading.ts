/** What ten clients that never read do to the others of the gateway, and to its memory. */
import * as t from 'io-ts';
import { numeric, type ScanWriter } from '../../../lib/index.js';
import { us, type WaitingBench } from '../bench.js';
import { imageBytes, imageShape } from '../points.js';
import { Child } from '../waiting/child.js';
import type { Candidate, Comparison, Figures } from '../waiting/figures.js';
import { streamKeys } from '../waiting/processes/stream-keys.js';
import { crowdRun, pointsPerSecond } from './crowd-run.js';
import { processes, type Serving } from './serving.js';

const idlers = 10;
const megabytesPerSecond = 20;

const image = (scan: ScanWriter): void => void scan.createStream('image', numeric('uint16', imageShape));

export function neverReading({ url, redis, sizes }: WaitingBench): Comparison {
  const { gatewaySeconds: seconds, clients } = sizes;
  const whole = Math.min(sizes.wholeClients, clients);
  const follow = (count: number) => async (): Promise<Figures> => {
    await using publisher = Child.start('publish-images', url);
    const beside = async (scanKey: string, serving: Serving): Promise<() => Promise<void>> => {
      await publisher.ask('start', t.unknown, `${scanKey} ${(megabytesPerSecond * 1e6) / imageBytes}`);
      const [key = ''] = await streamKeys(url, scanKey, 'uint16[]');
      // One reads the images in either case.
      const reader = Child.startIn(processes, 'follow-leanly', serving.socketUrl, scanKey, key, 1);
      await reader.ask('begun', t.unknown);
      const idle = Child.startIn(processes, 'never-read', serving.socketUrl, scanKey, key, count);
      await idle.ask('begun', t.unknown);
      return async () => {
        await publisher.ask('stop', t.unknown);
        await idle.stop();
        await reader.stop();
      };
    };
    const run = await crowdRun({ url, redis, seconds, whole, lean: clients - whole, declare: image, beside });
    return { 'p50 ms': run.p50, 'p99 ms': run.p99, 'gateway RSS growth MB': run.rss, 'gateway holds more MB': run.held, 'gateway CPU %': run.gatewayCpu };
  };
  const without: Candidate = { name: `${us}, without them`, run: follow(0) };
  const bars = [
    { figure: 'p99 ms', atMost: 5, moreThanThatOf: without.name },
    { figure: 'gateway RSS growth MB', atMost: 30, moreThanThatOf: without.name },
  ];
  return {
    title: `Gateway: ${idlers} clients of images at ${megabytesPerSecond} MB/s that never read, beside ${clients} of one stream, ${pointsPerSecond} points/s`,
    candidates: [{ name: `${us}, with ${idlers} that never read`, run: follow(idlers), bars }, without],
  };
}
